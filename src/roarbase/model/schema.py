"""The schema of one engine at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from roarbase.errors import ResourceNotFound
from roarbase.model.fields import TableSpec

__all__ = ["Schema"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """All tables by name. `version` grows with each change: equal versions, equal schemas."""

    version: int = 0
    tables: Mapping[str, TableSpec] = field(default_factory=dict)

    def get_table(self, name: str) -> TableSpec:
        """The table of that name.

        Raises:
            ResourceNotFound: There is none.
        """
        table = self.tables.get(name)
        if table is None:
            raise ResourceNotFound(f"table not found: {name!r}", table=name)
        return table
