"""Deployments over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from roarbase.client.session import Session, path_of
from roarbase.client.waiting import wait_gone, wait_ready

__all__ = ["Deployments", "RemoteDeployment"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteDeployment:
    """A deployment as the service showed it; `status` is CREATING, RUNNING, DELETING or FAILED."""

    id: str
    name: str
    status: str
    shape: str
    owner: str
    created_at: str


class Deployments:
    """The deployments of the user's organization."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, name: str, *, shape: str = "8GB") -> RemoteDeployment:
        """Ask for a deployment; `wait` until it runs."""
        body = {"name": name, "deployment_options": {"shape": shape}}
        return _read(self._session.send("POST", path_of("deployments"), body))

    def list(self) -> list[RemoteDeployment]:
        """All of them."""
        answer = self._session.send("GET", path_of("deployments"))
        return [_read(item) for item in cast("list[dict[str, object]]", answer["resources"])]

    def get(self, deployment_id: str) -> RemoteDeployment:
        """One of them."""
        return _read(self._session.send("GET", path_of("deployments", deployment_id)))

    def delete(self, deployment_id: str) -> None:
        """Ask for its end; its sinks and tables go first."""
        self._session.send("DELETE", path_of("deployments", deployment_id))

    def wait(self, deployment_id: str, *, timeout_s: float = 60.0) -> RemoteDeployment:
        """Return it once it is RUNNING."""
        return wait_ready(lambda: self.get(deployment_id), timeout_s)

    def wait_gone(self, deployment_id: str, *, timeout_s: float = 60.0) -> None:
        """Return once it is no longer found."""
        wait_gone(lambda: self.get(deployment_id), timeout_s)


def _read(item: Mapping[str, object]) -> RemoteDeployment:
    options = cast("dict[str, object]", item.get("deployment_options") or {})
    return RemoteDeployment(
        id=str(item["id"]),
        name=str(item["name"]),
        status=str(item["deployment_status"]),
        shape=str(options.get("shape", "")),
        owner=str(item.get("owner", "")),
        created_at=str(item.get("created_at", "")),
    )
