"""Backups of a database that no service has."""

from datetime import UTC, datetime

from roarbase.backup.index import Source
from roarbase.backup.making import make_backup
from roarbase.backup.opening import open_target
from roarbase.backup.places import place_of
from roarbase.engine.port import Engine

__all__ = ["back_up"]


def back_up(engine: Engine, name: str, target: str) -> int:
    """Make a backup, and tell how many bytes were sent; raises as `Database.backup`."""
    place = open_target(place_of(target))
    with engine.holding() as held:
        source = Source(deployment=held.log_id.hex(), name=name, organization="", memory_bytes=engine.memory_bytes())
        return make_backup(place, held, source, datetime.now(UTC)).sent_bytes
