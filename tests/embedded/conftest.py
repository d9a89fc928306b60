"""An empty database of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import roarbase
from roarbase.embedded import Database
from tests.support.kernels import shares_kernels

__all__ = ["db", "shared_kernels"]


@pytest.fixture(scope="session", autouse=True)
def shared_kernels() -> Iterator[None]:
    """Databases of these tests, in other processes too, compile nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in shares_kernels().items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """The database."""
    with roarbase.open(tmp_path / "db") as opened:
        yield opened
