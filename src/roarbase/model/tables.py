"""What the metastore keeps of a table: the words around it. The engine holds the rest."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["TableRecord"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRecord:
    """Description and owner of the engine table with the uuid `id`."""

    id: str
    deployment_id: str
    name: str
    description: str
    owner: str
    created_at: datetime
    updated_at: datetime
