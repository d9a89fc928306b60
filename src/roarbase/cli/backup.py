"""`roarbase backup`: have a running service back up one of its deployments."""

from typing import Annotated

import typer

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
from roarbase.errors import ResourceNotFound

__all__ = ["command"]


def command(
    deployment: Annotated[str, typer.Argument(metavar="DEPLOYMENT", help="Its name or id.")],
    target: Annotated[
        str,
        typer.Argument(metavar="TARGET", help="A folder below the service's own, or such as s3://bucket/path."),
    ],
    url: ServiceUrl = "http://127.0.0.1:8080",
    email: Email = None,
    password: Password = None,
    ca: Authority = None,
    data_dir: DataDir = None,
) -> None:
    """Back up a deployment, which goes on serving. What TARGET has of an earlier backup is not sent again.

    The service does it: folders and credentials are those of its machine and its environment.
    """
    with signed_in(Who(url=url, email=email, password=password, ca=ca, data_dir=data_dir)) as client:
        found = find_deployment_or_none(client, deployment)
        if found is None:
            raise ResourceNotFound(f"deployment not found: {deployment!r}")
        client.transfers.back_up(found.id, target)
        done = ended(client, found.id, "backup")
        typer.echo(
            f"backed up {found.name} to {done.url}: {done.files} files, {done.size_bytes:,} bytes, as of log entry "
            f"{done.sequence}; {done.sent_files} files, {done.sent_bytes:,} bytes were sent"
        )
