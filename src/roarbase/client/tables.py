"""Tables over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from roarbase.client.fields import RemoteField, read_field
from roarbase.client.session import Session, path_of

__all__ = ["RemoteTable", "Tables"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteTable:
    """A table as the service showed it.

    Attributes:
        is_keyed: Records are known by keys (True), by ids (False), or nobody has decided yet (None).
        fields: By name.
        sequence: Of its making, as `IngestReport.sequence`; 0 where it was only shown.
    """

    id: str
    name: str
    description: str
    owner: str
    created_at: str
    is_keyed: bool | None = None
    fields: tuple[RemoteField, ...] = ()
    sequence: int = field(default=0, compare=False)


class Tables:
    """The tables of deployments. A table is known by its deployment's id and its name."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(
        self, deployment_id: str, name: str, *, description: str = "", is_keyed: bool | None = None
    ) -> RemoteTable:
        """Make a table. `is_keyed` None leaves it to the first sink whether records have ids or keys."""
        body: dict[str, object] = {"name": name, "description": description}
        if is_keyed is not None:
            body["options"] = {"keys": is_keyed}
        reply = self._session.exchange("POST", path_of("tables", deployment_id), body)
        return _read(reply.body, reply.sequence)

    def list(self, deployment_id: str) -> list[RemoteTable]:
        """All tables of a deployment."""
        answer = self._session.send("GET", path_of("tables", deployment_id))
        return [_read(item) for item in cast("list[dict[str, object]]", answer["resources"])]

    def get(self, deployment_id: str, name: str) -> RemoteTable:
        """One table."""
        return _read(self._session.send("GET", path_of("tables", deployment_id, name)))

    def delete(self, deployment_id: str, name: str) -> int:
        """Drop a table and what it holds; its sinks go first. Returns the sequence number of the drop."""
        return self._session.exchange("DELETE", path_of("tables", deployment_id, name)).sequence


def _read(item: Mapping[str, object], sequence: int = 0) -> RemoteTable:
    return RemoteTable(
        id=str(item["id"]),
        name=str(item["name"]),
        description=str(item.get("description", "")),
        owner=str(item.get("owner", "")),
        created_at=str(item.get("created_at", "")),
        is_keyed=cast("dict[str, bool | None]", item.get("options") or {}).get("keys"),
        fields=tuple(map(read_field, cast("list[dict[str, object]]", item.get("fields") or []))),
        sequence=sequence,
    )
