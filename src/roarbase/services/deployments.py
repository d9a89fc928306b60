"""Deployments: making, listing, renaming, resizing and deleting them."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from roarbase.errors import (
    IncorrectState,
    InvalidParameter,
    MissingParameter,
    ResourceAlreadyExists,
    ResourceNotFound,
)
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import Deployment, DeploymentStatus, Shape
from roarbase.model.names import check_name
from roarbase.model.users import Principal, Privilege
from roarbase.services.clock import Clock
from roarbase.services.engines import Engines

__all__ = ["Deployments"]


class Deployments:
    """Use cases of deployments. `wake` tells the reconciler that there is work."""

    def __init__(
        self,
        metastore: Metastore,
        engines: Engines,
        *,
        shapes: Sequence[Shape],
        maximum_per_organization: int,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._metastore = metastore
        self._engines = engines
        self._shapes = {shape.name: shape for shape in shapes}
        self._maximum = maximum_per_organization
        self._clock = clock
        self._wake = wake

    def shapes(self, caller: Principal) -> list[Shape]:
        """The shapes that the caller's organization may use, smallest first."""
        caller.require(Privilege.READ_RESOURCES)
        return list(self._shapes.values())

    def create(self, caller: Principal, *, name: str, shape: str, description: str = "") -> Deployment:
        """Begin to make a deployment; it is CREATING until the reconciler has opened its engine.

        Raises:
            InvalidParameter: The name or the shape is not allowed.
            ResourceAlreadyExists: The organization has a deployment of that name.
            ResourceLimitExceeded: The organization has as many deployments as it may have.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        check_name("deployment", name)
        shape = self._offered(shape)
        now = self._clock()
        deployment = Deployment(
            id=str(uuid.uuid4()),
            organization_id=caller.organization_id,
            name=name,
            shape=shape,
            status=DeploymentStatus.CREATING,
            owner=caller.email,
            created_at=now,
            updated_at=now,
            description=description,
        )
        self._metastore.deployments.add(deployment, at_most=self._maximum)
        self._wake()
        return deployment

    def find(self, caller: Principal) -> list[Deployment]:
        """The organization's deployments, oldest first."""
        caller.require(Privilege.READ_RESOURCES)
        return self._metastore.deployments.find(caller.organization_id)

    def get(self, caller: Principal, deployment_id: str) -> Deployment:
        """One deployment.

        Raises:
            ResourceNotFound: There is none, or it belongs to another organization.
        """
        caller.require(Privilege.READ_RESOURCES)
        deployment = self._metastore.deployments.get_or_none(caller.organization_id, deployment_id)
        if deployment is None:
            raise ResourceNotFound(f"deployment not found: {deployment_id!r}", deployment_id=deployment_id)
        return deployment

    def get_readable(self, caller: Principal, deployment_id: str) -> Deployment:
        """One deployment that can be asked: it is RUNNING or RESTORING; raises as `get_running`."""
        return self._in_state(caller, deployment_id, DeploymentStatus.RUNNING, DeploymentStatus.RESTORING)

    def memory_limit(self, deployment: Deployment) -> int:
        """How much memory a deployment's shape gives it; of a shape that is no longer offered, the most there is."""
        shape = self._shapes.get(deployment.shape) or max(self._shapes.values(), key=lambda each: each.memory_bytes)
        return shape.memory_bytes

    def get_running(self, caller: Principal, deployment_id: str) -> Deployment:
        """One deployment that can be worked with.

        Raises:
            IncorrectState: It is creating, deleting or failed.
        """
        return self._in_state(caller, deployment_id, DeploymentStatus.RUNNING)

    def _in_state(self, caller: Principal, deployment_id: str, *states: DeploymentStatus) -> Deployment:
        deployment = self.get(caller, deployment_id)
        if deployment.status not in states:
            raise IncorrectState(
                f"the deployment {deployment.name!r} is {deployment.status}, not RUNNING", status=deployment.status
            )
        return deployment

    @contextmanager
    def changing(self, caller: Principal, deployment_id: str) -> Iterator[Deployment]:
        """Let the caller alone change a deployment that is RUNNING; raises as `get_running`."""
        # Asked before the wait too: nobody waits for, or holds up, what is not his.
        self.get_running(caller, deployment_id)
        with self._engines.exclusively(deployment_id):
            yield self.get_running(caller, deployment_id)

    def change(
        self, caller: Principal, deployment_id: str, *, name: str | None = None, shape: str | None = None
    ) -> Deployment:
        """Give a deployment another name, or another shape, which is that of its next write.

        Raises:
            MissingParameter: Neither is given.
            InvalidParameter: The name or the shape is not allowed.
            ResourceAlreadyExists: The organization has another deployment of that name.
            IncorrectState: It is not RUNNING, or has more data than the shape has memory.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        if name is None and shape is None:
            raise MissingParameter("the body needs what to change - at `$.name`", parameter="$.name")
        if name is not None:
            check_name("deployment", name)
        with self.changing(caller, deployment_id) as deployment:
            wanted = deployment.shape if shape is None else self._known_as(shape)
            if wanted != deployment.shape:
                self._check_room(deployment, self._shapes[self._offered(wanted)])
            if name not in (None, deployment.name):
                self._rename(deployment, str(name))
            if wanted != deployment.shape:
                self._metastore.deployments.reshape(deployment.id, wanted, at=self._clock())
                self._engines.get(deployment.id).limit_memory(self._shapes[wanted].memory_bytes)
            return self.get(caller, deployment_id)

    def _offered(self, name: str) -> str:
        """The name here of a shape that may be used."""
        shape = self._known_as(name)
        if shape not in self._shapes:
            names = ", ".join(self._shapes)
            raise InvalidParameter(f"there is no shape {shape!r:.80}; choose one of {names}", shape=shape)
        return shape

    def _check_room(self, deployment: Deployment, shape: Shape) -> None:
        """Raise if a deployment has more data than a shape has memory."""
        used = self._engines.get(deployment.id).memory_bytes()
        if used > shape.memory_bytes:
            raise IncorrectState(
                f"the deployment {deployment.name!r} has {used} bytes of data in memory; "
                f"the shape {shape.name} has {shape.memory_bytes}",
                shape=shape.name,
            )

    def _known_as(self, name: str) -> str:
        """The name here of the shape that a client calls so; the same where it is another's or nobody's."""
        return next((shape.name for shape in self._shapes.values() if name == shape.later_name), name)

    def _rename(self, deployment: Deployment, name: str) -> None:
        if any(d.name == name for d in self._metastore.deployments.find(deployment.organization_id)):
            raise ResourceAlreadyExists(f"there is a deployment named {name!r} already", name=name)
        self._metastore.deployments.rename(deployment.id, name, at=self._clock())

    def delete(self, caller: Principal, deployment_id: str) -> None:
        """Begin to delete an empty deployment; asking again while it goes is fine.

        Raises:
            IncorrectState: Tables or sinks stand in it, and the message names them; or a backup is being restored.
        """
        caller.require(Privilege.CHANGE_RESOURCES)
        self.get(caller, deployment_id)
        with self._engines.exclusively(deployment_id):
            deployment = self.get(caller, deployment_id)
            if deployment.status == DeploymentStatus.DELETING:
                return
            if deployment.status == DeploymentStatus.RESTORING:
                raise IncorrectState(
                    f"the deployment {deployment.name!r} is RESTORING; wait until that has ended",
                    status=deployment.status,
                )
            blocking = self._contents(deployment)
            if blocking:
                raise IncorrectState(
                    f"the deployment {deployment.name!r} is not empty; delete first, and wait until it is gone: "
                    f"{', '.join(blocking)}",
                    blocking=blocking,
                )
            self._metastore.deployments.set_status(deployment_id, DeploymentStatus.DELETING, at=self._clock())
        self._wake()

    def _contents(self, deployment: Deployment) -> list[str]:
        sinks = [f"sink {s.told}" for s in self._metastore.sinks.find_in_deployment(deployment.id)]
        if deployment.status != DeploymentStatus.RUNNING:
            return sinks
        tables = self._engines.get(deployment.id).schema().tables
        return sinks + [f"table {name!r}" for name in sorted(tables)]
