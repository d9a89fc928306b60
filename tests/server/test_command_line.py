"""`roarbase`: its help, its version, its flags."""

import os
import subprocess
import sys

import pytest

from roarbase import __version__
from roarbase.cli import COMMANDS
from roarbase.model.settings import SETTINGS

HEAVY = {"alembic", "cryptography", "duckdb", "fastapi", "httpx", "joserfc", "msgspec", "numba", "numpy", "pydantic"}
HEAVY |= {"pyarrow", "sqlalchemy", "sqlglot", "starlette", "structlog", "uvicorn"}


def roarbase(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, on a wide terminal."""
    environment = {**os.environ, "COLUMNS": "200", "TERMINAL_WIDTH": "200", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "roarbase", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )


def test_help_lists_the_commands() -> None:
    """Each with its line."""
    ran = roarbase("--help")
    assert ran.returncode == 0
    assert all(name in ran.stdout for name in COMMANDS)


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(argument: str) -> None:
    """They answer at once, without the engine, the service or a database."""
    script = (
        "import sys\n"
        "from roarbase.cli import main\n"
        f"try: main(['{argument}'])\n"
        "except SystemExit: pass\n"
        f"print('loaded:', *sorted({HEAVY!r} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.splitlines()[-1] == "loaded:"


def test_the_version_is_the_packages() -> None:
    """One line, nothing else."""
    assert roarbase("--version").stdout == f"{__version__}\n"


def test_every_setting_is_a_flag_of_serve() -> None:
    """Made from the same table, with its sentence."""
    ran = roarbase("serve", "--help")
    assert ran.returncode == 0
    words = " ".join(ran.stdout.split())
    assert [row.flag for row in SETTINGS if row.flag not in words] == []
    assert "--config" in words


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_offers_nothing_that_does_not_work(command: str) -> None:
    """Shells complete whole programs: a command has no completion of its own to install."""
    ran = roarbase(command, "--help")
    assert ran.returncode == 0
    assert "completion" not in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nonsense"], 2, "No such command"),
        (["serve", "--nonsense"], 2, "No such option"),
        (
            ["serve", "--port", "many"],
            1,
            "roarbase: flag --port: setting port: 'many' is not a whole number from 0 to 65535",
        ),
        (["serve", "--config", "/nowhere.toml"], 1, "roarbase: the configuration file /nowhere.toml cannot be read"),
        (["serve", "--tls-cert", "c.pem"], 1, "roarbase: flag --tls-cert: setting tls_cert needs tls_key"),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(arguments: list[str], code: int, said: str) -> None:
    """The exit code tells a wrong command line from a wrong setting."""
    ran = roarbase(*arguments)
    assert ran.returncode == code
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_no_command_shows_the_help() -> None:
    """As people try first."""
    ran = roarbase()
    assert "quickstart" in ran.stdout + ran.stderr
