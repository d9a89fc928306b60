"""The README's quick start, as it is printed there, against a real service."""

import re
import subprocess
from pathlib import Path

import pytest

from roarbase.client import Client
from tests.support.process import EMAIL, PASSWORD, ServiceProcess, require

README = Path(__file__).parent.parent.parent / "README.md"


def shell_block() -> str:
    """The first shell block of the README."""
    found = re.search(r"^```shell\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def test_the_readme_can_be_followed(tmp_path: Path) -> None:
    """Pasted into a shell, the commands make a table, feed it, and count what was fed."""
    require("curl")
    with ServiceProcess(tmp_path / "roarbase-data") as service:
        script = shell_block().replace("http://127.0.0.1:8080", service.url)
        # The service of this test has its own administrator, given to it by the environment.
        script = re.sub(r"^PASSWORD=.*$", f"PASSWORD={PASSWORD}", script, flags=re.MULTILINE)
        script = script.replace("admin@example.com", EMAIL)
        ran = subprocess.run(
            ["bash", "-eu", "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert '"success_count": 2' in ran.stdout or '"success_count":2' in ran.stdout, ran.stdout
        with Client(service.url, email=EMAIL, password=PASSWORD, uses_proxies=False) as client:
            (deployment,) = client.deployments.list()
            assert client.query(deployment.id, "pql", '[visits]Count(Row(pages="home"))').value == 2
            assert str(client.query(deployment.id, "sql", "select sum(spent) from visits").value) == "19.90"


@pytest.mark.parametrize(
    "text", ['{"email": "a", "password": "p-1_x"}', '{\n  "email": "a",\n  "password": "p-1_x"\n}']
)
def test_the_password_is_found(tmp_path: Path, text: str) -> None:
    """The README's way to read the password works however the file is laid out."""
    (tmp_path / "roarbase-data").mkdir()
    (tmp_path / "roarbase-data" / "first-admin.json").write_text(text, encoding="utf-8")
    line = next(line for line in shell_block().splitlines() if line.startswith("PASSWORD="))
    ran = subprocess.run(
        ["bash", "-eu", "-c", f'{line}\nprintf %s "$PASSWORD"'],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=10,
        check=True,
    )
    assert ran.stdout == "p-1_x"
