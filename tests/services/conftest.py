"""The service tests run on both metastores, with two organizations in each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from roarbase.metastore.store import Metastore
from roarbase.model.users import Organization
from roarbase.services.clock import utc_now
from tests.support.house import House

__all__ = ["house", "metastore"]

ORGANIZATIONS = ("acme", "umbrella")


@pytest.fixture
def metastore(metastore_url: str) -> Iterator[Metastore]:
    opened = Metastore(metastore_url)
    for name in ORGANIZATIONS:
        opened.organizations.add(Organization(id=name, name=name, created_at=utc_now()))
    yield opened
    opened.close()


@pytest.fixture
def house(metastore: Metastore, tmp_path: Path) -> Iterator[House]:
    house = House(metastore, tmp_path)
    yield house
    house.close()
