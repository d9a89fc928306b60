"""What `roarbase quickstart` does beside the service: sign in, walk, keep an example, say where things are."""

import json
import logging
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from roarbase.cli.iris import EXAMPLE, TABLE, keep_example
from roarbase.cli.walk import StepFailed, Walk, free_name, remove_leftovers
from roarbase.client import Client
from roarbase.errors import AuthenticationError, RateLimit, RoarbaseError
from roarbase.server.run import Running

__all__ = ["Credentials", "Guide", "administrator_candidates"]

_PASSED = "quick start: passed"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """An administrator's e-mail and password, and where they were found."""

    email: str
    password: str
    source: str


class Guide:
    """A newcomer's guide through a running service. `has_walked` tells afterwards whether the walk passed.

    Args:
        ends: Stop the service after the walk, with exit code 1 if there was none.
    """

    def __init__(self, *, ends: bool, console: Console) -> None:
        self._ends = ends
        self._console = console
        self.has_walked = False

    def __call__(self, running: Running) -> None:
        """Guide, and stop the service where that is asked for or a step has failed."""
        try:
            with _without_access_log():
                self._guide(running)
        except (RoarbaseError, StepFailed) as error:
            if running.is_stopping():  # by a signal: no step is to blame, nor the exit code to be changed
                self._say("\nquick start: stopped before its end")
                return
            self._say(f"\nquick start: failed: {error}")
            running.stop(1)
        else:
            if self._ends:
                running.stop(0 if self.has_walked else 1)

    def _guide(self, running: Running) -> None:
        data_dir = Path(running.settings.text("data_dir"))
        signed_in = self._sign_in(running, data_dir)
        if signed_in is None:
            self._say(_how_to_reset(data_dir))
            if not self._ends:
                self._say(f"Roarbase is serving at {running.address}; Ctrl-C stops it.")
            return
        client, credentials = signed_in
        with client, _client(running, credentials) as walker:
            self._say(f"Walking through the quick start.\n\n    API={running.address}")
            for name in remove_leftovers(client):
                self._say(f"    (removed {name}, left by a walk that did not end)")
            Walk(walker, self._console, free_name(client)).run()
            self.has_walked = True
            self._say(f"\n{_PASSED}")
            if not self._ends:
                self._say(_example(client))
                self._say(_addresses(running, credentials))

    def _sign_in(self, running: Running, data_dir: Path) -> tuple[Client, Credentials] | None:
        for credentials in administrator_candidates(data_dir):
            client = _client(running, credentials)
            try:
                client.token()
            except (AuthenticationError, RateLimit) as error:
                client.close()
                self._say(f"{credentials.email} cannot sign in with the password from {credentials.source}: {error}")
            else:
                return client, credentials
        return None

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False)


@contextmanager
def _without_access_log() -> Iterator[None]:
    """A line per request would bury the walk, whose every request is printed anyway."""
    access = logging.getLogger("roarbase.access")
    level = access.level
    access.setLevel(logging.WARNING)
    try:
        yield
    finally:
        access.setLevel(level)


def administrator_candidates(data_dir: Path) -> list[Credentials]:
    """Who may be the administrator: first as the data directory says, then as the environment says."""
    found = []
    path = data_dir / "first-admin.json"
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        found.append(Credentials(email=written["email"], password=written["password"], source=str(path)))
    except (OSError, ValueError, KeyError, TypeError):
        # Absent, or changed by hand: the environment may still know.
        pass
    password = os.environ.get("ROARBASE_ADMIN_PASSWORD")
    if password:
        email = os.environ.get("ROARBASE_ADMIN_EMAIL") or "admin@example.com"
        found.append(Credentials(email=email, password=password, source="ROARBASE_ADMIN_PASSWORD"))
    return found


def _client(running: Running, credentials: Credentials) -> Client:
    return Client(
        running.address,
        email=credentials.email,
        password=credentials.password,
        verify=running.trust or True,
        # The service is this process: a proxy could only be in the way.
        uses_proxies=False,
    )


def _example(client: Client) -> str:
    try:
        example = keep_example(client)
    except RoarbaseError as error:
        return f"\nThe example deployment {EXAMPLE} could not be made: {error}"
    return f"\nThe deployment {example.name} ({example.id}) keeps the flowers in its table {TABLE}."


def _how_to_reset(data_dir: Path) -> str:
    return f"""\
The quick start needs an administrator, and knows no password that is right. The walk is skipped.
Set a new password:    roarbase user reset-password <email> --data-dir {shlex.quote(str(data_dir))}
and start again with ROARBASE_ADMIN_EMAIL and ROARBASE_ADMIN_PASSWORD set to it."""


def _addresses(running: Running, credentials: Credentials) -> str:
    address = running.public_url
    return f"""
Roarbase is serving; Ctrl-C stops it.

    console   {address}/console
    API       {address}/v1
    docs      {address}/docs
    sign in   as {credentials.email}, with the password from {credentials.source}:
              curl {address} -d '{{"USERNAME": "{credentials.email}", "PASSWORD": "<password>"}}'"""
