"""One service for all tests that look at the console in a browser.

The service has a `domain`: the commands that pages show must name other origins than the one that the console has.
"""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import chromium
from tests.support.process import ServiceProcess

__all__ = ["DOMAIN", "browser", "service", "user_command"]

DOMAIN = "roarbase.test"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for longer: as long as it lives no other event loop can run, and other tests need one."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    folder = tmp_path_factory.mktemp("console") / "data"
    with ServiceProcess(folder, "--refresh-token-seconds", "600", "--domain", DOMAIN) as running:
        yield running


def user_command(service: ServiceProcess, *arguments: str) -> None:
    """`roarbase user` beside the running service."""
    command = [sys.executable, "-m", "roarbase", "user", *arguments, "--data-dir", str(service.data_dir)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
