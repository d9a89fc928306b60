"""`roarbase serve`: every setting is a flag, made from the table in `model/settings.py`."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from roarbase.model.settings import SETTINGS, SettingRow
from roarbase.server.config import load_settings
from roarbase.server.run import serve

__all__ = ["command", "with_setting_flags"]

_PANELS = {"service": "Service", "network": "Network", "identity": "Identity", "limit": "Limits"}


def with_setting_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one flag per setting, and --config.

    The command takes `config`, and the settings as `**flags`: None where a flag was not given.
    """
    config = Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="TOML file of settings, one per line.")
    ]
    flags = [_parameter("config", config), *(_parameter(row.name, _flag(row)) for row in SETTINGS)]

    def run(**values: Any) -> None:
        command(**values)

    run.__doc__ = command.__doc__
    run.__signature__ = inspect.Signature(flags)  # type: ignore[attr-defined]
    return run


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _flag(row: SettingRow) -> Any:
    """The typer option of a setting. Its text is read by the setting itself, as in every other source."""
    panel = _PANELS[row.group]
    if isinstance(row.default, bool):
        option = typer.Option(f"{row.flag}/--no-{row.flag[2:]}", help=row.sentence, rich_help_panel=panel)
        return Annotated[bool | None, option]
    default = ", ".join(row.default) if isinstance(row.default, tuple) else str(row.default)
    shown = f" Default: {default}{' ' + row.unit if row.unit else ''}." if default else ""
    option = typer.Option(row.flag, help=row.sentence + shown, metavar=_metavar(row), rich_help_panel=panel)
    return Annotated[str | None, option]


def _metavar(row: SettingRow) -> str:
    if isinstance(row.default, tuple):
        return "A,B,..."
    return "NUMBER" if isinstance(row.default, int | float) else "TEXT"


@with_setting_flags
def command(config: Path | None = None, **flags: Any) -> None:
    """Start the service and run until a signal.

    Every flag may also be a variable (--port: ROARBASE_PORT) or a line of the --config file (port = 8080).
    """
    raise typer.Exit(serve(load_settings(flags, file=config)))
