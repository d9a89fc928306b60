"""`roarbase user`, on a data directory and on PostgreSQL."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from roarbase.cli.user import app
from roarbase.metastore.migrate import migrate
from roarbase.metastore.store import Metastore, sqlite_url
from roarbase.services.clock import utc_now
from roarbase.services.passwords import Passwords
from roarbase.services.users import Users
from tests.identity.conftest import PASSWORD


@pytest.fixture(autouse=True)
def cheap_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command makes its own hash; here one that costs nothing."""
    monkeypatch.setattr("roarbase.cli.user.Passwords", lambda: Passwords(memory_kib=8, passes=1))


class Command:
    """The command on one metastore."""

    def __init__(self, *place: str) -> None:
        self.place = place

    def __call__(self, *words: str, input: str | None = None, **environment: str) -> Result:
        return CliRunner().invoke(app, [*words, *self.place], input=input, env=environment)

    def add(self, email: str, *words: str) -> Result:
        return self("add", "--email", email, "--password", PASSWORD, *words)


@pytest.fixture(params=["sqlite", "postgresql"])
def user(request: pytest.FixtureRequest, tmp_path: Path) -> Command:
    if request.param == "sqlite":
        migrate(sqlite_url(tmp_path))
        return Command("--data-dir", str(tmp_path))
    return Command("--metastore-url", request.getfixturevalue("postgres_url"))


def refused(result: Result) -> str:
    """The sentence of a refusal: one line on standard error, exit code 1."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_a_life(user: Command) -> None:
    """A user is added, listed, deactivated, reactivated, and gets another password."""
    assert (
        "ada@example.com to organization acme as Administrator"
        in user.add("Ada@example.com", "--organization", "acme").output
    )
    assert "as User" in user.add("bob@example.com", "--organization", "acme").output
    assert "as Administrator" in user.add("eve@example.com", "--role", "administrator").output
    assert user("deactivate", "bob@example.com").output == "deactivated bob@example.com\n"
    rows = [line.split()[:4] for line in user("list").output.splitlines()[1:]]
    assert rows == [
        ["ada@example.com", "acme", "Administrator", "Active"],
        ["bob@example.com", "acme", "User", "Deactivated"],
        ["eve@example.com", "default", "Administrator", "Active"],
    ]
    assert user("reactivate", "--email", "bob@example.com").exit_code == 0
    assert user("reset-password", "bob@example.com", "--password", "Another-1").exit_code == 0
    assert "bob" not in user("list", "--organization", "default").output


def test_refusals(user: Command) -> None:
    """A refusal is one sentence and exit code 1, without the password."""
    assert user.add("ada@example.com").exit_code == 0
    assert "'ADA@example.com' already" in refused(user.add("ADA@example.com"))
    assert "no user" in refused(user("deactivate", "nobody@example.com"))
    assert "last active administrator" in refused(user("deactivate", "ada@example.com"))
    assert "no organization named 'x'" in refused(user("list", "--organization", "x"))
    weak = refused(user("reset-password", "ada@example.com", "--password", "hunter2"))
    assert "upper-case" in weak
    assert "hunter2" not in weak


def test_the_password_from_elsewhere(tmp_path: Path) -> None:
    """The password comes from the variable, and else is asked for twice without being shown."""
    migrate(sqlite_url(tmp_path))
    user = Command("--data-dir", str(tmp_path))
    assert user("add", "ada@example.com", ROARBASE_PASSWORD=PASSWORD).exit_code == 0
    asked = user("reset-password", input="ada@example.com\nAnother-1\nAnother-1\n")
    assert asked.exit_code == 0
    assert "Another-1" not in asked.output
    assert user("reset-password", "ada@example.com", input="").exit_code == 1


def test_beside_a_service(tmp_path: Path) -> None:
    """What the command changes, a running service sees, and the other way round."""
    migrate(sqlite_url(tmp_path))
    user = Command("--data-dir", str(tmp_path))
    user.add("admin@example.com")
    user.add("ada@example.com")
    running = Metastore(sqlite_url(tmp_path))
    assert running.users.get_by_email_or_none("ada@example.com").status == "Active"
    user("deactivate", "ada@example.com")
    assert running.users.get_by_email_or_none("ada@example.com").status == "Deactivated"
    passwords = Passwords(memory_kib=8, passes=1)
    asyncio.run(Users(running, passwords, utc_now).add(email="bob@example.com", password=PASSWORD))
    passwords.close()
    running.close()
    assert "bob@example.com" in user("list").output


def test_the_wrong_place(tmp_path: Path) -> None:
    """A mistyped directory is told, and stays absent: only the service makes a metastore."""
    user = Command("--data-dir", str(tmp_path / "typo"))
    for words in (["list"], ["deactivate", "a@x.org"], ["add", "a@x.org", "--password", PASSWORD]):
        assert str(tmp_path / "typo") in refused(user(*words))
    assert str(tmp_path / "typo") in refused(Command("--metastore-url", f"sqlite:///{tmp_path}/typo/x.sqlite")("list"))
    assert list(tmp_path.iterdir()) == []
    elsewhere = Command("--metastore-url", "postgresql://ada:hunter2@127.0.0.1:1/x")
    assert "hunter2" not in refused(elsewhere("list"))
    (tmp_path / "metastore.sqlite").write_text("no database" * 100)
    assert "metastore.sqlite" in refused(Command("--data-dir", str(tmp_path))("list"))


def test_email_twice(tmp_path: Path) -> None:
    """Two different e-mails in one call are a mistake of usage."""
    result = Command("--data-dir", str(tmp_path))("deactivate", "a@x.org", "--email", "b@x.org")
    assert result.exit_code == 2
    assert "differ" in result.stderr
