"""Fields over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from roarbase.client.session import Session, path_of

__all__ = ["Fields", "RemoteField", "read_field"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteField:
    """A field as the service showed it.

    Attributes:
        options: Define the same field again, its type included.
        sequence: Of its making, as `IngestReport.sequence`; 0 where it was only shown.
    """

    id: str
    name: str
    type: str
    options: Mapping[str, object] = field(default_factory=dict)
    sequence: int = field(default=0, compare=False)


class Fields:
    """The fields of tables. A field is known by its deployment's id, its table's name and its own."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, deployment_id: str, table: str, name: str, type: str, **options: object) -> RemoteField:
        """Add a field to a table.

        Args:
            type: How values are kept: set, mutex, bool, int, decimal, timestamp, time, or SQL's name of the type.
            options: As the HTTP API spells them: `keys`, `min`, `max`, `scale`, `timeUnit`, `timeQuantum` and
                so on. Decimals and times may be Python's own; None is as if not given.
        """
        body = {"options": {"type": type, **options}}
        reply = self._session.exchange("POST", _path(deployment_id, table, name), body)
        return read_field(reply.body, reply.sequence)

    def list(self, deployment_id: str, table: str) -> list[RemoteField]:
        """All fields of a table, by name."""
        answer = self._session.send("GET", path_of("tables", deployment_id, table, "fields"))
        return [read_field(item) for item in cast("list[dict[str, object]]", answer["resources"])]

    def get(self, deployment_id: str, table: str, name: str) -> RemoteField:
        """One field."""
        return read_field(self._session.send("GET", _path(deployment_id, table, name)))

    def delete(self, deployment_id: str, table: str, name: str) -> int:
        """Drop a field and its values; the sinks that feed it go first. Returns the sequence number of the drop."""
        return self._session.exchange("DELETE", _path(deployment_id, table, name)).sequence


def read_field(item: Mapping[str, object], sequence: int = 0) -> RemoteField:
    """A field out of an answer."""
    options = cast("dict[str, object]", item.get("options") or {})
    name, type = str(item["name"]), str(item["type"])
    return RemoteField(id=str(item["id"]), name=name, type=type, options=options, sequence=sequence)


def _path(deployment_id: str, table: str, name: str) -> str:
    return path_of("tables", deployment_id, table, "fields", name)
