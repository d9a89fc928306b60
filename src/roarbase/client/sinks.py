"""Sinks over HTTP, and what they say about the records posted to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from roarbase.client.session import Session, path_of
from roarbase.client.waiting import wait_gone, wait_ready

__all__ = ["IngestReport", "RecordVerdict", "RemoteSink", "Sinks"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteSink:
    """A sink as the service showed it; `status` is CREATING, RUNNING, DELETING or FAILED."""

    id: str
    name: str
    status: str
    deployment_id: str
    table: str
    schema: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordVerdict:
    """What became of one record; code and message are empty where it was taken."""

    is_success: bool
    error_code: str = ""
    error_message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestReport:
    """What became of a request's records, in their order. Those taken are stored and visible.

    Attributes:
        sequence: The place in the deployment's log up to which all is stored and visible, these records included.
    """

    success_count: int
    error_count: int
    records: tuple[RecordVerdict, ...]
    sequence: int = field(default=0, compare=False)


class Sinks:
    """The sinks of the user's organization."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, name: str, *, deployment_id: str, table: str, schema: Mapping[str, object]) -> RemoteSink:
        """Ask for a sink that feeds a table; `wait` until it runs.

        Args:
            schema: The record schema as the HTTP API takes it: `id_field` or `primary_key_fields`,
                `allow_missing_fields`, and under `definition` a list of `name`, `path`, `type`, `config`.
        """
        body = {"name": name, "sink_details": {"deployment_id": deployment_id, "table": table}, "schema": schema}
        return _read(self._session.send("POST", path_of("sinks"), body))

    def list(self) -> list[RemoteSink]:
        """All of them, over all deployments."""
        answer = self._session.send("GET", path_of("sinks"))
        return [_read(item) for item in cast("list[dict[str, object]]", answer["resources"])]

    def get(self, sink_id: str) -> RemoteSink:
        """One of them."""
        return _read(self._session.send("GET", path_of("sinks", sink_id)))

    def delete(self, sink_id: str) -> None:
        """Ask for its end; what it brought stays."""
        self._session.send("DELETE", path_of("sinks", sink_id))

    def wait(self, sink_id: str, *, timeout_s: float = 60.0) -> RemoteSink:
        """Return it once it takes records."""
        return wait_ready(lambda: self.get(sink_id), timeout_s)

    def wait_gone(self, sink_id: str, *, timeout_s: float = 60.0) -> None:
        """Return once it is no longer found."""
        wait_gone(lambda: self.get(sink_id), timeout_s)

    def ingest(self, sink_id: str, records: Iterable[Mapping[str, object]]) -> IngestReport:
        """Post records, in one request. Decimals and times may be Python's own."""
        body = {"records": [{"value": record} for record in records]}
        reply = self._session.exchange("POST", path_of("sinks", sink_id), body)
        answer = reply.body
        return IngestReport(
            success_count=cast("int", answer["success_count"]),
            error_count=cast("int", answer["error_count"]),
            records=tuple(_read_verdict(item) for item in cast("list[dict[str, str]]", answer["records"])),
            sequence=reply.sequence,
        )


def _read(item: Mapping[str, object]) -> RemoteSink:
    details = cast("dict[str, object]", item.get("sink_details") or {})
    return RemoteSink(
        id=str(item["id"]),
        name=str(item["name"]),
        status=str(item["sink_status"]),
        deployment_id=str(details.get("deployment_id", "")),
        table=str(details.get("table", "")),
        schema=cast("dict[str, object]", item.get("schema") or {}),
    )


def _read_verdict(item: Mapping[str, str]) -> RecordVerdict:
    return RecordVerdict(
        is_success=item["status"] == "success",
        error_code=item.get("error_code", ""),
        error_message=item.get("error_message", ""),
    )
