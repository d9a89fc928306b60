"""`roarbase user`: who may sign in. Works on the metastore, also beside a running service."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from roarbase.errors import OperatorError, RoarbaseError
from roarbase.metastore.migrate import migrate
from roarbase.metastore.store import Metastore, sqlite_url
from roarbase.model.users import Role
from roarbase.server.config import load_settings
from roarbase.services.clock import utc_now
from roarbase.services.passwords import Passwords
from roarbase.services.users import DEFAULT_ORGANIZATION, Users

__all__ = [
    "DataDir",
    "Email",
    "EmailFlag",
    "MetastoreUrl",
    "Password",
    "add",
    "app",
    "deactivate",
    "list_users",
    "reactivate",
    "reset_password",
]

app = typer.Typer(
    name="user",
    help="Add, list, deactivate and reactivate users, and reset their passwords.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would show passwords.
    pretty_exceptions_show_locals=False,
)

_T = TypeVar("_T")
_SQLITE = "sqlite:///"

Email = Annotated[str | None, typer.Argument(metavar="EMAIL", help="The user's e-mail.", show_default=False)]
EmailFlag = Annotated[str | None, typer.Option("--email", help="The same as EMAIL.", show_default=False)]
Password = Annotated[
    str | None,
    typer.Option(envvar="ROARBASE_PASSWORD", help="Asked for where it is not given.", show_default=False),
]
DataDir = Annotated[
    str | None,
    typer.Option(help="The service's data directory.", show_default="$ROARBASE_DATA_DIR or ~/.local/share/roarbase"),
]
MetastoreUrl = Annotated[
    str | None, typer.Option(help="The metastore, where it is not in the data directory.", show_default=False)
]


@app.command()
def add(
    email: Email = None,
    email_flag: EmailFlag = None,
    password: Password = None,
    organization: Annotated[str, typer.Option(help="Made if it is absent.")] = DEFAULT_ORGANIZATION,
    role: Annotated[Role, typer.Option(case_sensitive=False)] = Role.USER,
    data_dir: DataDir = None,
    metastore_url: MetastoreUrl = None,
) -> None:
    """Add a user. The first one of an organization is its Administrator."""
    chosen, secret = _email(email, email_flag), _password(password)
    with _opened(data_dir, metastore_url) as run:
        user = run(lambda users: users.add(email=chosen, password=secret, organization=organization, role=role))
    typer.echo(f"added {user.email} to organization {organization} as {user.role}")


@app.command("list")
def list_users(
    organization: Annotated[str | None, typer.Option(help="Only this organization's.", show_default=False)] = None,
    data_dir: DataDir = None,
    metastore_url: MetastoreUrl = None,
) -> None:
    """List users with their organizations, roles and states."""
    with _opened(data_dir, metastore_url) as run:
        found = run(lambda users: users.find(organization))
    table = Table("e-mail", "organization", "role", "status", "created", box=None, pad_edge=False)
    for home, user in found:
        table.add_row(user.email, home.name, user.role, user.status, f"{user.created_at:%Y-%m-%d %H:%M} UTC")
    # A narrow terminal, or none, must not cut e-mails short.
    Console(width=max(Console().width, 200), soft_wrap=True, markup=False, highlight=False).print(table)


@app.command()
def deactivate(
    email: Email = None, email_flag: EmailFlag = None, data_dir: DataDir = None, metastore_url: MetastoreUrl = None
) -> None:
    """Refuse a user from now on; his living tokens are refused within a second."""
    chosen = _email(email, email_flag)
    with _opened(data_dir, metastore_url) as run:
        user = run(lambda users: users.deactivate(chosen))
    typer.echo(f"deactivated {user.email}")


@app.command()
def reactivate(
    email: Email = None, email_flag: EmailFlag = None, data_dir: DataDir = None, metastore_url: MetastoreUrl = None
) -> None:
    """Let a deactivated user sign in again."""
    chosen = _email(email, email_flag)
    with _opened(data_dir, metastore_url) as run:
        user = run(lambda users: users.reactivate(chosen))
    typer.echo(f"reactivated {user.email}")


@app.command()
def reset_password(
    email: Email = None,
    email_flag: EmailFlag = None,
    password: Password = None,
    data_dir: DataDir = None,
    metastore_url: MetastoreUrl = None,
) -> None:
    """Give a user another password; tokens had with the old one no longer work."""
    chosen, secret = _email(email, email_flag), _password(password)
    with _opened(data_dir, metastore_url) as run:
        user = run(lambda users: users.reset_password(chosen, secret))
    typer.echo(f"{user.email} has a new password")


def _email(argument: str | None, flag: str | None) -> str:
    if argument and flag and argument != flag:
        raise typer.BadParameter("EMAIL and --email differ: give one of them")
    return argument or flag or str(typer.prompt("E-mail"))


def _password(given: str | None) -> str:
    return given or str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@contextmanager
def _opened(
    data_dir: str | None, metastore_url: str | None
) -> Iterator[Callable[[Callable[[Users], Awaitable[_T]]], _T]]:
    """Give a function that runs a use case of users; an error of it is one sentence and exit code 1."""
    passwords = Passwords()
    try:
        metastore = _metastore(data_dir, metastore_url)
        try:
            users = Users(metastore, passwords, utc_now)

            async def use(case: Callable[[Users], Awaitable[_T]]) -> _T:
                return await case(users)

            yield lambda case: asyncio.run(use(case))
        finally:
            metastore.close()
    except RoarbaseError as error:
        typer.echo(f"roarbase: {error.message}", err=True)
        raise typer.Exit(1) from None
    finally:
        passwords.close()


def _metastore(data_dir: str | None, metastore_url: str | None) -> Metastore:
    settings = load_settings({"data_dir": data_dir, "metastore_url": metastore_url})
    home, given = Path(settings.text("data_dir")), settings.text("metastore_url")
    url = given or sqlite_url(home)
    # A mistyped directory or file must not become a second, empty service that nobody asks.
    file = url.removeprefix(_SQLITE) if url.startswith(_SQLITE) else ""
    if file and not Path(file).exists():
        where = f"no service keeps its metastore in {file}" if given else f"no service has been started on {home}"
        raise OperatorError(
            f"{where}; name its data directory with --data-dir "
            "(make run keeps it in ./roarbase-data), or its metastore with --metastore-url"
        )
    return Metastore.open(url, migrate)
