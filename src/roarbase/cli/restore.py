"""`roarbase restore`: have a running service restore a deployment, or make a directory of a backup."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from roarbase.backup.archive import unpacked
from roarbase.backup.fetching import fetch_backup
from roarbase.backup.index import Index, get_index
from roarbase.backup.opening import open_source
from roarbase.backup.places import place_of
from roarbase.backup.target import Target
from roarbase.cli.signing_in import (
    Authority,
    DataDir,
    Email,
    Password,
    ServiceUrl,
    Who,
    find_deployment_or_none,
    signed_in,
)
from roarbase.cli.transferring import ended
from roarbase.client import Client, RemoteDeployment
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.errors import IncorrectState, OperatorError, RoarbaseError

__all__ = ["command"]


def command(
    first: Annotated[
        str, typer.Argument(metavar="DEPLOYMENT", help="Its name or id; one of that name is made if there is none.")
    ],
    second: Annotated[
        str | None,
        typer.Argument(metavar="SOURCE", help="Where the backup is, as `backup` was told.", show_default=False),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Also where the deployment has tables: they go.")] = False,
    shape: Annotated[str, typer.Option(help="Of a deployment that is made.")] = "8GB",
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="DIRECTORY",
            help="Ask no service: make a directory for roarbase.open of the SOURCE, which is then all that is given.",
        ),
    ] = None,
    url: ServiceUrl = "http://127.0.0.1:8080",
    email: Email = None,
    password: Password = None,
    ca: Authority = None,
    data_dir: DataDir = None,
) -> None:
    """Put a backup in place of all that a deployment holds: wholly, or not at all."""
    if into is not None:
        if second is not None:
            raise typer.BadParameter("with --into, give SOURCE only")
        return _restore_into(first, into)
    if second is None:
        raise typer.BadParameter("give DEPLOYMENT and SOURCE, or SOURCE and --into DIRECTORY")
    with signed_in(Who(url=url, email=email, password=password, ca=ca, data_dir=data_dir)) as client:
        _restore(client, first, second, replace=replace, shape=shape)
    return None


def _restore(client: Client, name: str, source: str, *, replace: bool, shape: str) -> None:
    found = find_deployment_or_none(client, name)
    is_made = found is None
    deployment = client.deployments.wait((found or client.deployments.create(name, shape=shape)).id)
    try:
        if not is_made and not replace:
            _check_empty(client, deployment)
        client.transfers.restore(deployment.id, source)
        done = ended(client, deployment.id, "restore")
    except RoarbaseError:
        if is_made:  # nobody asked for an empty one
            client.deployments.delete(deployment.id)
        raise
    tables = client.tables.list(deployment.id)
    typer.echo(
        f"restored {deployment.name} from {done.url}: {len(tables)} table{'' if len(tables) == 1 else 's'}, "
        f"{done.size_bytes:,} bytes, as of log entry {done.sequence}"
    )


def _check_empty(client: Client, deployment: RemoteDeployment) -> None:
    names = [table.name for table in client.tables.list(deployment.id)]
    if names:
        raise IncorrectState(
            f"the deployment {deployment.name!r} has tables, which the backup would replace: {', '.join(names)}; "
            "give --replace if that is wanted"
        )


def _fetch(target: Target, index: Index, directory: Path) -> None:
    try:
        fetch_backup(target, index, DiskFileStore(), directory)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def _restore_into(source: str, directory: Path) -> None:
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise OperatorError(f"{directory} is there already, and not empty: name a directory that is not")
    try:
        room = directory.with_name(f"{directory.name}.archive")
        with unpacked(open_source(place_of(source)), room, sys.maxsize) as target:
            index = get_index(target)
            _fetch(target, index, directory)
    except (RoarbaseError, OSError) as error:
        typer.echo(f"roarbase: {error.message if isinstance(error, RoarbaseError) else error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(
        f"{directory}: {len(index.tables)} table{'' if len(index.tables) == 1 else 's'} of {index.source.name}, "
        f"{index.size_bytes:,} bytes, backed up {index.made_at} as of log entry {index.sequence}"
    )
