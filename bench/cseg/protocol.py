"""What the runner and the process of a system say to each other: one JSON message to a line.

The runner asks, the worker answers once; between questions the worker is silent and idle.
"""

from typing import Any

import msgspec
from msgspec import Struct

from bench.cseg.conditions import Condition

__all__ = [
    "Answered",
    "Ask",
    "Failed",
    "Load",
    "Loaded",
    "Measure",
    "Measured",
    "NotYet",
    "Ready",
    "Reply",
    "Request",
    "Stop",
    "Weigh",
    "Weighed",
    "read_reply",
    "read_request",
    "write_line",
]


class Load(Struct, frozen=True, tag="load"):
    """Load the dataset saved in this directory."""

    directory: str


class Ask(Struct, frozen=True, tag="ask"):
    """Answer a query once, for the comparison."""

    query: str
    way: str


class Measure(Struct, frozen=True, tag="measure"):
    """Time a query: run after run until there are `runs` or `seconds` are over, at least one.

    The condition is brought about before each run.
    """

    query: str
    way: str
    runs: int
    seconds: float
    condition: Condition = Condition.WARM


class Weigh(Struct, frozen=True, tag="weigh"):
    """Say how much memory the data takes now."""


class Stop(Struct, frozen=True, tag="stop"):
    """End the process."""


class Ready(Struct, frozen=True, tag="ready"):
    """The first line of a worker: which version it runs, and the ways to ask each query."""

    version: str
    ways: dict[str, list[str]]


class Loaded(Struct, frozen=True, tag="loaded"):
    """What loading took."""

    figures: dict[str, float]


class Answered(Struct, frozen=True, tag="answered"):
    """The rows of an answer."""

    rows: list[list[Any]]


class Measured(Struct, frozen=True, tag="measured"):
    """How long each run took. Empty: the system knows no such condition."""

    times_ms: list[float]


class Weighed(Struct, frozen=True, tag="weighed"):
    """Bytes of memory; None if the system cannot tell."""

    memory_bytes: int | None


class NotYet(Struct, frozen=True, tag="not yet"):
    """The system cannot answer the query yet."""

    reason: str


class Failed(Struct, frozen=True, tag="failed"):
    """Something broke that must not."""

    error: str


Request = Load | Ask | Measure | Weigh | Stop
Reply = Ready | Loaded | Answered | Measured | Weighed | NotYet | Failed

_requests = msgspec.json.Decoder(Request)
_replies = msgspec.json.Decoder(Reply)


def read_request(line: bytes) -> Request:
    request: Request = _requests.decode(line)
    return request


def read_reply(line: bytes) -> Reply:
    reply: Reply = _replies.decode(line)
    return reply


def write_line(message: Request | Reply) -> bytes:
    return msgspec.json.encode(message) + b"\n"
