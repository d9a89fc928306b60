"""Deployments and the shapes they come in."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

__all__ = ["SHAPES", "Deployment", "DeploymentStatus", "Shape", "shapes_for_memory"]


class DeploymentStatus(StrEnum):
    """CREATING -> RUNNING -> DELETING -> gone; FAILED if its engine cannot be opened.

    RUNNING -> RESTORING -> RUNNING while a backup is put in place; questions are answered meanwhile.
    """

    CREATING = "CREATING"
    RUNNING = "RUNNING"
    RESTORING = "RESTORING"
    DELETING = "DELETING"
    FAILED = "FAILED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A size of deployment. `memory_bytes` bounds its engine; disk and vCPU are what 2022 stated.

    Attributes:
        later_name: What version 2 of the API called it; taken as well.
    """

    name: str
    memory_bytes: int
    disk_gb: int
    vcpu: int
    later_name: str = ""


def _shape(gigabytes: int, disk_gb: int, vcpu: int, later_name: str = "") -> Shape:
    memory_bytes = gigabytes * 2**30
    return Shape(name=f"{gigabytes}GB", memory_bytes=memory_bytes, disk_gb=disk_gb, vcpu=vcpu, later_name=later_name)


SHAPES: tuple[Shape, ...] = (
    _shape(8, 32, 2, "8GB-Development"),
    _shape(32, 100, 12),
    _shape(64, 300, 24, "64GB-Development"),
    _shape(128, 500, 48),
    _shape(256, 1200, 96),
    _shape(512, 2500, 192),
    _shape(1024, 5000, 320),
    _shape(2048, 10000, 576),
)
"""Every shape there is, smallest first."""


def shapes_for_memory(machine_bytes: int) -> tuple[Shape, ...]:
    """The shapes to offer on a machine (or container) with this much memory.

    The smallest is always offered, its bound then the lesser of the shape and 60 % of the
    machine; larger ones only where they fit. Bounds are ceilings, not reservations.

    >>> [s.name for s in shapes_for_memory(40 * 2**30)]
    ['8GB', '32GB']
    >>> shapes_for_memory(10 * 2**30)[0].memory_bytes == 6 * 2**30
    True
    """
    smallest = SHAPES[0]
    first = replace(smallest, memory_bytes=min(smallest.memory_bytes, machine_bytes * 6 // 10))
    return (first, *(s for s in SHAPES[1:] if s.memory_bytes <= machine_bytes))


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """A deployment at rest. `shape` is a shape's name; `owner` the e-mail of who made it."""

    id: str
    organization_id: str
    name: str
    shape: str
    status: DeploymentStatus
    owner: str
    created_at: datetime
    updated_at: datetime
    reason: str = ""
    description: str = ""
