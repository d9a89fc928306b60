"""Commands that ask a running service: how its address and its user are given."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from roarbase.cli.guide import administrator_candidates
from roarbase.client import Client, RemoteDeployment
from roarbase.errors import OperatorError, RoarbaseError
from roarbase.server.config import load_settings

__all__ = [
    "Authority",
    "DataDir",
    "Email",
    "Password",
    "ServiceUrl",
    "Who",
    "find_deployment_or_none",
    "signed_in",
]

_URL, _EMAIL, _PASSWORD, _TOKEN = "ROARBASE_URL", "ROARBASE_EMAIL", "ROARBASE_PASSWORD", "ROARBASE_TOKEN"

ServiceUrl = Annotated[str, typer.Option("--url", envvar=_URL, help="Where the service is.")]
Email = Annotated[
    str | None,
    typer.Option(envvar=_EMAIL, help="Who signs in.", show_default="the administrator that the data directory names"),
]
Password = Annotated[
    str | None, typer.Option(envvar=_PASSWORD, help="Asked for where it is not given.", show_default=False)
]
Authority = Annotated[
    Path | None, typer.Option("--ca", help="PEM file of the authority that the service's certificate is of.")
]
DataDir = Annotated[
    str | None,
    typer.Option(help="The service's data directory.", show_default="$ROARBASE_DATA_DIR or ~/.local/share/roarbase"),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Who:
    """Which service, and who asks it, as the command line said."""

    url: str
    email: str | None
    password: str | None
    ca: Path | None
    data_dir: str | None


@contextmanager
def signed_in(who: Who) -> Iterator[Client]:
    """A client of a running service; an error of it is one sentence and exit code 1."""
    try:
        with _client(who) as client:
            yield client
    except RoarbaseError as error:
        typer.echo(f"roarbase: {error.message}", err=True)
        raise typer.Exit(1) from None


def find_deployment_or_none(client: Client, name_or_id: str) -> RemoteDeployment | None:
    """The deployment of that name or id."""
    found = client.deployments.list()
    named = [each for each in found if each.name == name_or_id]
    return next(iter(named or [each for each in found if each.id == name_or_id]), None)


def _client(who: Who) -> Client:
    verify = str(who.ca) if who.ca is not None else True
    token = os.environ.get(_TOKEN, "")
    if token and who.email is None:
        return Client(who.url, token=token, verify=verify)
    email, password = _credentials(who)
    return Client(who.url, email=email, password=password, verify=verify)


def _credentials(who: Who) -> tuple[str, str]:
    if who.email is not None:
        return who.email, who.password or str(typer.prompt("Password", hide_input=True))
    data_dir = Path(load_settings({"data_dir": who.data_dir}).text("data_dir"))
    found = administrator_candidates(data_dir)
    if not found:
        raise OperatorError(
            f"nobody to sign in as: give --email, or {_TOKEN}, or the --data-dir whose first-admin.json says it "
            f"({data_dir} does not)"
        )
    return found[0].email, found[0].password
