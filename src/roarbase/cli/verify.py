"""`roarbase verify`: work out again what writes maintain, and compare."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.verify import Verified, verify_engine
from roarbase.errors import OperatorError
from roarbase.server.config import load_settings
from roarbase.server.data_dir import held

__all__ = ["command", "verify"]

_ENGINES = "engines"
_REMOVED = ".removed"


def command(
    directory: Annotated[
        Path | None,
        typer.Argument(help="A database made by roarbase.open, or a data directory.", show_default=False),
    ] = None,
    data_dir: Annotated[
        str | None,
        typer.Option(
            help="The service's data directory.", show_default="$ROARBASE_DATA_DIR or ~/.local/share/roarbase"
        ),
    ] = None,
) -> None:
    """Compare counters and caches with the columns, for every table of a service that is stopped, or of a database.

    Prints what differs. Exit code 1: something does, or a log is damaged, or it is in use.
    """
    if directory is not None and data_dir is not None:
        raise typer.BadParameter("give DIRECTORY or --data-dir, not both")
    given = load_settings({"data_dir": data_dir}).text("data_dir") if directory is None else directory
    if not verify(Path(given).expanduser().absolute()):
        raise typer.Exit(1)


def verify(directory: Path) -> bool:
    """Verify what a directory holds, print it, and say whether all is well.

    Raises:
        OperatorError: It is in use, or there is nothing in it.
    """
    if not (directory / _ENGINES).is_dir():
        return _verify_one(directory, "database")
    with held(directory):
        found = [_verify_one(engine, "deployment") for engine in _engines(directory / _ENGINES)]
    well = sum(found)
    print(f"{well} of {len(found)} deployments are as they should be")
    return well == len(found)


def _engines(folder: Path) -> Iterator[Path]:
    """The directories of deployments; one that is being removed is none any more."""
    return (path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.endswith(_REMOVED))


def _verify_one(directory: Path, what: str) -> bool:
    name = f"{what} {directory.name}"
    try:
        found = verify_engine(directory, DiskFileStore())
    except OperatorError as error:
        print(f"{name}: {error.message}")
        return False
    print(f"{name}: {_size(found)}: {'differences:' if found.differences else 'nothing differs'}", flush=True)
    for difference in found.differences:
        print(f"  {difference}")
    return not found.differences


def _size(found: Verified) -> str:
    tables, records = ("" if count == 1 else "s" for count in (found.tables, found.records))
    return f"{found.tables} table{tables}, {found.records:,} record{records}"
