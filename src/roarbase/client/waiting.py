"""Waiting until a resource is ready, or gone."""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from roarbase.errors import IncorrectState, RequestTimeout, ResourceNotFound

__all__ = ["HasStatus", "wait_gone", "wait_ready"]

_POLL_S = 0.05
_READY = ("RUNNING", "ACTIVE")


class HasStatus(Protocol):
    """Anything with a name and a status."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...


_R = TypeVar("_R", bound=HasStatus)


def wait_ready(get: Callable[[], _R], timeout_s: float) -> _R:
    """Ask until the resource is ready, and return it.

    Raises:
        IncorrectState: It failed, or is being deleted.
        RequestTimeout: It was not ready in time.
    """
    stop = time.monotonic() + timeout_s
    while True:
        resource = get()
        if resource.status in _READY:
            return resource
        if resource.status in ("FAILED", "DELETING"):
            raise IncorrectState(f"{resource.name} is {resource.status} and will not be ready", status=resource.status)
        if time.monotonic() >= stop:
            raise RequestTimeout(f"{resource.name} is still {resource.status} after {timeout_s:g} s")
        time.sleep(_POLL_S)


def wait_gone(get: Callable[[], HasStatus], timeout_s: float) -> None:
    """Ask until the resource is no longer found.

    Raises:
        RequestTimeout: It was still there at the end.
    """
    stop = time.monotonic() + timeout_s
    while True:
        try:
            resource = get()
        except ResourceNotFound:
            return
        if time.monotonic() >= stop:
            raise RequestTimeout(f"{resource.name} is still {resource.status} after {timeout_s:g} s")
        time.sleep(_POLL_S)
