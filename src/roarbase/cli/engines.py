"""The engines that a command works on while no service runs: those of a data directory, or a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from roarbase.server.config import load_settings
from roarbase.server.data_dir import held

__all__ = ["DataDir", "Directory", "engines_of", "is_data_dir", "place_of"]

_ENGINES = "engines"
_NOT_WHOLE = (".removed", ".restored")
"""One that is being removed is no deployment any more, and what a restore was fetching is none yet."""

Directory = Annotated[
    Path | None, typer.Argument(help="A database made by roarbase.open, or a data directory.", show_default=False)
]
DataDir = Annotated[
    str | None,
    typer.Option(help="The service's data directory.", show_default="$ROARBASE_DATA_DIR or ~/.local/share/roarbase"),
]


def place_of(directory: Path | None, data_dir: str | None) -> Path:
    """The directory that the command line names.

    Raises:
        typer.BadParameter: It names two.
    """
    if directory is not None and data_dir is not None:
        raise typer.BadParameter("give DIRECTORY or --data-dir, not both")
    given = load_settings({"data_dir": data_dir}).text("data_dir") if directory is None else directory
    return Path(given).expanduser().absolute()


def is_data_dir(place: Path) -> bool:
    """Whether it is a service's, and not a database."""
    return (place / _ENGINES).is_dir()


@contextmanager
def engines_of(place: Path) -> Iterator[list[tuple[str, Path]]]:
    """What to call each engine, and its directory; no service starts on a data directory meanwhile.

    Raises:
        OperatorError: A service runs on it.
    """
    if not is_data_dir(place):
        yield [(f"database {place.name}", place)]
        return
    with held(place):
        found = sorted(path for path in (place / _ENGINES).iterdir() if path.is_dir())
        yield [(f"deployment {path.name}", path) for path in found if not path.name.endswith(_NOT_WHOLE)]
