"""Backups and restores through the client: what is asked, and until when it is asked again."""

from typing import Any

import pytest

from roarbase.client import Client, RemoteTransfer
from roarbase.errors import IncorrectState, RequestTimeout
from tests.client.fake_service import FakeService

TOLD: dict[str, Any] = {
    "deployment_id": "d1",
    "action": "backup",
    "status": "IN_PROGRESS",
    "url": "/srv/backups/a",
    "started_at": "2026-01-01T00:00:00Z",
    "finished_at": None,
    "files": 9,
    "done_files": 4,
    "size_bytes": 0,
    "sequence": 77,
    "sent_files": 0,
    "sent_bytes": 0,
}


@pytest.mark.parametrize("action", ["backup", "restore"])
def test_a_transfer_is_asked_for_until_it_has_ended(action: Any) -> None:
    """The URL is sent; progress is told while there is some; a failure comes back as what it is."""
    service, seen = FakeService(), []
    with Client("http://service", token="t", transport=service.transport()) as client:
        service.answer(202, TOLD)
        begin = client.transfers.back_up if action == "backup" else client.transfers.restore
        assert begin("d1", "a").status == "IN_PROGRESS"
        request = service.requests[-1]
        assert (request.method, request.path) == ("PUT", f"/v1/deployments/d1/action/{action}")
        assert request.body == {"url": "a"}
        service.answer(200, TOLD)
        service.answer(200, TOLD | {"status": "FAILED", "reason": "the disk is full", "done_files": 5})
        done = client.transfers.wait("d1", action, progress=seen.append)
    assert [each.done_files for each in seen] == [4]
    assert done == RemoteTransfer(
        status="FAILED",
        reason="the disk is full",
        url="/srv/backups/a",
        files=9,
        done_files=5,
        sent_files=0,
        sent_bytes=0,
        size_bytes=0,
        sequence=77,
    )


def test_refusals_and_time_outs() -> None:
    """What the service refuses is raised under its code, and so is the end of patience."""
    service = FakeService()
    with Client("http://service", token="t", transport=service.transport()) as client:
        service.answer(409, {"code": "IncorrectState", "message": "sinks are in the way"})
        with pytest.raises(IncorrectState, match="sinks are in the way"):
            client.transfers.restore("d1", "a")
        service.answer(200, TOLD)
        with pytest.raises(RequestTimeout, match="still in progress after 0 s"):
            client.transfers.wait("d1", "backup", timeout_s=0)
