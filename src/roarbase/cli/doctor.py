"""`roarbase doctor`: look at what is on disk, and put what is whole of it into another directory."""

from pathlib import Path
from typing import Annotated

import typer

from roarbase.cli.engines import DataDir, Directory, engines_of, is_data_dir, place_of
from roarbase.cli.verify import size_of
from roarbase.engine.doctor.inspecting import Inspection, inspect_engine
from roarbase.engine.doctor.salvaging import salvage_engine
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.errors import OperatorError

__all__ = ["command"]


def command(
    directory: Directory = None,
    data_dir: DataDir = None,
    salvage: Annotated[
        Path | None,
        typer.Option(help="Write what is whole of all that is damaged to this directory, which is made."),
    ] = None,
    files: Annotated[bool, typer.Option("--files", help="Name the files that are whole, too.")] = False,
) -> None:
    """Check every file of a service that is stopped, or of a database, without starting it. Nothing there is changed.

    Exit code 1: something is damaged, or it is in use. With --salvage: something could not be saved.
    """
    place = place_of(directory, data_dir)
    target = None if salvage is None else salvage.expanduser().absolute()
    with engines_of(place) as engines:
        well = [
            _examine(
                name, path, target if target is None or not is_data_dir(place) else target / path.name, files=files
            )
            for name, path in engines
        ]
    if not all(well):
        raise typer.Exit(1)


def _examine(name: str, directory: Path, target: Path | None, *, files: bool) -> bool:
    """Tell of one engine; whether it is whole, or was made so."""
    try:
        # Nobody else opens it meanwhile.
        lock = DiskFileStore().lock(directory)
    except (OperatorError, OSError) as error:
        print(f"{name}: {error}")
        return False
    try:
        found = inspect_engine(directory, DiskFileStore())
        _tell(name, found, files=files)
        return found.is_whole or _salvage(directory, target)
    except OperatorError as error:
        print(f"{name}: {error.message}", flush=True)
        return False
    finally:
        lock.release()


def _tell(name: str, found: Inspection, *, files: bool) -> None:
    sizes = sum(file.size_bytes for file in found.files) / 1e6
    print(f"{name}: {len(found.files)} files, {sizes:,.1f} MB: {'whole' if found.is_whole else 'damaged:'}", flush=True)
    for file in found.files:
        if files or file.damage is not None:
            state = "whole" if file.damage is None else str(file.damage)
            print(f"  {file.name} ({file.what}): {state}{'; ' if file.note else ''}{file.note}")
    if found.gap:
        print(f"  {found.gap}")


def _salvage(directory: Path, target: Path | None) -> bool:
    if target is None:
        print("  no start is possible: restore it from a backup, or see with --salvage DIRECTORY what can be saved")
        return False
    done = salvage_engine(directory, target, DiskFileStore())
    print(f"  saved to {target}: {size_of(done.verified)}{'; lost is' if done.lost else ''}", flush=True)
    for sentence in done.lost:
        print(f"    {sentence}")
    for difference in done.verified.differences:
        print(f"    not as it should be: {difference}")
    return not done.lost and not done.verified.differences
