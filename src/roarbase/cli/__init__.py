"""The command line: a table of commands, each loaded when it is called.

`roarbase --help` answers from this table alone, without the engine, the service or a database.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from roarbase import __version__
from roarbase.errors import OperatorError
from roarbase.server.collector import paused_collector

__all__ = ["COMMANDS", "main"]

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("roarbase.cli.serve:command", "Start the service."),
    "quickstart": ("roarbase.cli.quickstart:command", "Start the service, walk through the quick start, keep serving."),
    "backup": ("roarbase.cli.backup:command", "Back up a deployment of a running service, to a folder or a bucket."),
    "export": ("roarbase.cli.export:command", "Write a table of a database, or of a backup, to a Parquet file."),
    "restore": ("roarbase.cli.restore:command", "Put a backup in place of what a deployment holds, or in a directory."),
    "verify": ("roarbase.cli.verify:command", "Work out again what is maintained beside the data, and compare."),
    "doctor": ("roarbase.cli.doctor:command", "Check every file, and save what is whole of damaged data."),
    "user": ("roarbase.cli.user:app", "Add, list, deactivate and reactivate users, and reset their passwords."),
}
"""A command's name, where the function or typer app stands that runs it, and its line in the help."""

_PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; ends the process with the command's exit code."""
    _top()(arguments, prog_name="roarbase")


def _top() -> typer.Typer:
    app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)
    app.callback()(_introduction)
    for name, (place, sentence) in COMMANDS.items():
        app.command(name, help=sentence, context_settings=_PASS_ON)(_loader(name, place))
    return app


def _loader(name: str, place: str) -> Callable[[typer.Context], None]:
    """A command that hands all its arguments, --help too, to the module that knows them."""

    def run(context: typer.Context) -> None:
        try:
            _load(place)(context.args, prog_name=f"roarbase {name}")
        except OperatorError as error:
            print(f"roarbase: {error.message}", file=sys.stderr)
            raise typer.Exit(1) from None

    return run


def _load(place: str) -> typer.Typer:
    module, _, attribute = place.partition(":")
    with paused_collector():
        found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        return found
    app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
    app.command()(found)
    return app


def _print_version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


def _introduction(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Roarbase: post JSON records, ask in PQL or SQL a moment later."""
