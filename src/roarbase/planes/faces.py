"""The two spellings of one API: v1 says deployments (2022), v2 says databases (later).

Both stand on every path; a router is made once per face. What differs is listed here, and only here.
"""

from dataclasses import dataclass

from roarbase.model.sinks import SinkStatus

__all__ = ["FACES", "Face"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """One API version: its path prefix, its noun, and the word for a working sink."""

    version: str
    noun: str
    running_sink: str

    @property
    def nouns(self) -> str:
        """The collection's path segment."""
        return f"{self.noun}s"

    def sink_status(self, status: SinkStatus) -> str:
        """The status of a sink as this version spells it."""
        return self.running_sink if status == SinkStatus.RUNNING else status.value


FACES = (
    Face(version="v1", noun="deployment", running_sink="RUNNING"),
    Face(version="v2", noun="database", running_sink="ACTIVE"),
)
