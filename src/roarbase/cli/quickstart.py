"""`roarbase quickstart`: the service in this process, and a guide through it for a newcomer."""

from typing import Annotated

import typer
from rich.console import Console

from roarbase.cli.guide import Guide
from roarbase.server.config import load_settings
from roarbase.server.run import serve

__all__ = ["command"]


def command(
    port: Annotated[int | None, typer.Option(help="The port to listen on.", show_default="8080")] = None,
    data_dir: Annotated[
        str | None,
        typer.Option(help="Where everything is kept.", show_default="$ROARBASE_DATA_DIR or ~/.local/share/roarbase"),
    ] = None,
    exit: Annotated[bool, typer.Option("--exit", help="Stop after the walk.")] = False,
) -> None:
    """Start the service, walk through the quick start, and keep serving."""
    settings = load_settings({"port": port, "data_dir": data_dir})
    console = Console(highlight=False, soft_wrap=True)
    guide = Guide(ends=exit, console=console)
    code = serve(settings, on_ready=guide)
    # A signal ends a service well, but whoever asked for the walk alone must not take that for a walk that passed.
    raise typer.Exit(code or (1 if exit and not guide.has_walked else 0))
