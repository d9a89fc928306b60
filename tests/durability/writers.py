"""The clients: each sends one request after the other until the service dies under it, and keeps its ledger."""

import time

import httpx

from tests.durability.ledger import Ledger
from tests.durability.operations import Operation, Operations

__all__ = ["settled_sinks", "write_until_it_dies"]

_PASSING = ("CREATING", "DELETING")


def write_until_it_dies(client: httpx.Client, ledger: Ledger, operations: Operations) -> None:
    """Write, and note in the ledger what came of it; returns when the connection is cut."""
    with client:
        try:
            operations.sinks = settled_sinks(client)
            while True:
                _send(client, ledger, operations, operations.next(ledger.certain))
        except httpx.TransportError:
            return


def _send(client: httpx.Client, ledger: Ledger, operations: Operations, operation: Operation) -> None:
    ledger.ask(operation.effect)
    try:
        headers = {"Roarbase-Min-Seq": str(ledger.sequence)} if operation.counted is not None else {}
        answer = client.request(operation.method, operation.path, json=operation.body, headers=headers)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        ledger.give_up()  # nothing of it went out
        raise
    sent = f"{operation.method} {operation.path} {operation.body}"
    assert answer.status_code == operation.status, f"{answer.status_code} {answer.text} to {sent:.2000}"
    if not answer.is_success:
        ledger.give_up()
        return
    assert operation.taken is None or answer.json()["success_count"] == operation.taken, (
        f"{answer.text} to {sent:.2000}"
    )
    if operation.counted is not None:
        (row,) = answer.json()["results"]["rows"]
        assert row["columns"] == [{"ColumnVal": {"Uint64Val": operation.counted}}], f"{row} is not {operation.counted}"
    ledger.take(int(answer.headers["roarbase-seq"]) if operation.is_logged else None)
    if operation.settles:
        operations.sinks = settled_sinks(client)


def settled_sinks(client: httpx.Client, timeout_s: float = 30) -> dict[str, str]:
    """The ids of all sinks by name, once none is on its way into or out of being."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        sinks = client.get("/v1/sinks").json()["resources"]
        failed = [sink for sink in sinks if sink["status"] not in (*_PASSING, "RUNNING")]
        assert failed == []
        if all(sink["status"] == "RUNNING" for sink in sinks):
            return {sink["name"]: sink["id"] for sink in sinks}
        time.sleep(0.005)
    raise AssertionError(f"sinks stay on their way for {timeout_s} s: {sinks}")
