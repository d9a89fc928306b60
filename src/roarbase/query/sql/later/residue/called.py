"""Functions of ours that DuckDB calls, and the types of their arguments."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from roarbase.query.sql.kinds import Kind, SqlType

__all__ = ["Called", "duck_type"]

_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.STRING: "VARCHAR",
    Kind.NULL: "VARCHAR",
    Kind.IDSET: "UBIGINT[]",
    Kind.IDSETQ: "UBIGINT[]",
    Kind.STRINGSET: "VARCHAR[]",
    Kind.STRINGSETQ: "VARCHAR[]",
    Kind.VECTOR: "DOUBLE[]",
}


def duck_type(kind: SqlType) -> str:
    """What DuckDB calls a type; numbers are as wide as any."""
    return _TYPES.get(kind.kind, "HUGEINT")


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """A function as DuckDB knows it: of one meaning under one name.

    Attributes:
        what: Tells it from every other.
        is_strict: It is not called where an argument is null.
        of_vectors: `Operation.of_vectors`.
    """

    what: str
    plain: Callable[..., Any]
    takes: tuple[str, ...]
    gives: str
    is_strict: bool = True
    of_vectors: Callable[..., Sequence[Any]] | None = None

    @property
    def name(self) -> str:
        """A name that says all that matters of it."""
        text = f"{self.what}|{','.join(self.takes)}|{self.gives}|{self.is_strict}"
        return f"f_{hashlib.sha256(text.encode()).hexdigest()[:20]}"
