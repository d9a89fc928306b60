"""A PostgreSQL cluster of our own: made in a temporary directory, on 127.0.0.1, stopped at the end.

Tests take the fixture `postgres_url`: the URL of a fresh, empty database. Without `initdb` they are
skipped, or fail if the environment variable ROARBASE_REQUIRE lists `postgres`.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

__all__ = ["PostgresCluster", "postgres_cluster", "postgres_url", "require_postgres", "running_cluster"]

_START_S = 30


class PostgresCluster:
    """A running cluster; `create_database` gives the URL of a new database in it."""

    def __init__(self, port: int) -> None:
        self._port = port

    def url(self, database: str) -> str:
        return f"postgresql://roarbase@127.0.0.1:{self._port}/{database}"

    def create_database(self) -> str:
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def is_up(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """One cluster for the whole run."""
    binaries = require_postgres()
    with running_cluster(binaries) as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> str:
    """The URL of a fresh, empty database."""
    return postgres_cluster.create_database()


def require_postgres() -> Path:
    """The directory of PostgreSQL's programs; skips or fails the test if there is none."""
    beside_initdb = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name.split(".")[0]))
    for directory in [*beside_initdb, *reversed(debian)]:
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            return directory
    reason = "PostgreSQL is not installed: no initdb in PATH or /usr/lib/postgresql/*/bin"
    if "postgres" in os.environ.get("ROARBASE_REQUIRE", "").replace(",", " ").split():
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def running_cluster(binaries: Path) -> Iterator[PostgresCluster]:
    """Make a cluster, start it, and stop it by its process id."""
    # Directly below the system's temporary directory: pytest's own is closed to other users.
    with tempfile.TemporaryDirectory(prefix="roarbase-postgres-") as home:
        data = Path(home, "data")
        as_user = _unprivileged(Path(home))
        initdb = [binaries / "initdb", "-D", data, "-U", "roarbase", "-A", "trust", "-E", "UTF8", "--no-sync"]
        made = subprocess.run([*as_user, *initdb], capture_output=True, text=True, check=False, cwd=home)
        assert made.returncode == 0, made.stderr
        cluster, process = _start(binaries, data, as_user)
        try:
            yield cluster
        finally:
            # PostgreSQL's immediate shutdown: no clients waited for, nothing written that is thrown away anyway.
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=_START_S)


def _unprivileged(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root: the prefix of a command that runs it as somebody else."""
    if os.geteuid() != 0:
        return []
    user = next(entry for name in ("postgres", "nobody") if (entry := _user_or_none(name)))
    os.chown(home, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]


def _user_or_none(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _start(binaries: Path, data: Path, as_user: list[str]) -> tuple[PostgresCluster, subprocess.Popen[bytes]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Nothing here outlives the tests: no fsync. No Unix socket: its path may be too long.
    settings = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "fsync=off", "jit=off"]
    options = [part for setting in settings for part in ("-c", setting)]
    with Path(data.parent, "log").open("wb") as log:
        command = [*as_user, binaries / "postgres", "-D", data, *options]
        # setpriv replaces itself by postgres, so the process id is the postmaster's.
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=data.parent)
    cluster = PostgresCluster(port)
    deadline = time.monotonic() + _START_S
    while not cluster.is_up():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            pytest.fail(f"PostgreSQL did not start: {Path(data.parent, 'log').read_text()[-2000:]}")
        time.sleep(0.05)
    return cluster, process
