"""`roarbase export`: a table as a Parquet file."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

import roarbase
from roarbase.backup.fetching import fetch_backup
from roarbase.backup.index import INDEX_KEY, get_index
from roarbase.backup.opening import open_target
from roarbase.backup.places import place_of
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.errors import OperatorError, RoarbaseError

__all__ = ["command"]


def command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A database that nobody has open, or a backup: a folder, or such as s3://bucket/path.",
        ),
    ],
    table: Annotated[str, typer.Argument(metavar="TABLE")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The Parquet file to write.")],
    fields: Annotated[str | None, typer.Option(help="Only these, separated by commas.", show_default="all")] = None,
) -> None:
    """Write a table to a Parquet file. A service's deployment is exported from its backup."""
    names = None if fields is None else [name.strip() for name in fields.split(",") if name.strip()]
    try:
        with _directory(source) as directory, roarbase.open(directory) as db:
            count = db.export(table, file, fields=names, progress=_show if sys.stderr.isatty() else None)
    except (RoarbaseError, OSError) as error:
        typer.echo(f"roarbase: {error.message if isinstance(error, RoarbaseError) else error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{file}: {count:,} record{'' if count == 1 else 's'} of {table}, {file.stat().st_size:,} bytes")


@contextmanager
def _directory(source: str) -> Iterator[Path]:
    """A database's own directory, or one made of a backup for the while."""
    place = place_of(source)
    if place.kind == "folder" and not (Path(place.path) / INDEX_KEY).exists():
        if not Path(place.path).is_dir():  # opening would make it
            raise OperatorError(f"there is no {place.path}")
        yield Path(place.path)
        return
    target = open_target(place)
    with tempfile.TemporaryDirectory(prefix="roarbase-export-") as folder:
        directory = Path(folder) / "copy"
        fetch_backup(target, get_index(target), DiskFileStore(), directory)
        yield directory


def _show(count: int) -> None:
    print(f"\r{count:,} records ", end="", file=sys.stderr, flush=True)
