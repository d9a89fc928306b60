"""`roarbase verify`: work out again what writes maintain, and compare."""

from pathlib import Path

import typer

from roarbase.cli.engines import DataDir, Directory, engines_of, is_data_dir, place_of
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.verify import Verified, verify_engine
from roarbase.errors import OperatorError

__all__ = ["command", "size_of", "verify"]


def command(directory: Directory = None, data_dir: DataDir = None) -> None:
    """Compare counters and caches with the columns, for every table of a service that is stopped, or of a database.

    Prints what differs. Exit code 1: something does, or a log is damaged, or it is in use.
    """
    if not verify(place_of(directory, data_dir)):
        raise typer.Exit(1)


def verify(place: Path) -> bool:
    """Verify what a directory holds, print it, and say whether all is well.

    Raises:
        OperatorError: It is in use, or there is nothing in it.
    """
    with engines_of(place) as engines:
        found = [_verify_one(name, path) for name, path in engines]
    well = sum(found)
    if is_data_dir(place):
        print(f"{well} of {len(found)} deployments are as they should be")
    return well == len(found)


def _verify_one(name: str, directory: Path) -> bool:
    try:
        found = verify_engine(directory, DiskFileStore())
    except OperatorError as error:
        print(f"{name}: {error.message}")
        return False
    print(f"{name}: {size_of(found)}: {'differences:' if found.differences else 'nothing differs'}", flush=True)
    for difference in found.differences:
        print(f"  {difference}")
    return not found.differences


def size_of(found: Verified) -> str:
    """How much was found, in words."""
    tables, records = ("" if count == 1 else "s" for count in (found.tables, found.records))
    return f"{found.tables} table{tables}, {found.records:,} record{records}"
