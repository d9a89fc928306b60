"""The identity services, wired as the service does it, with a cheap hash and a clock that is set by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roarbase.metastore.store import Metastore
from roarbase.model.settings import Settings
from roarbase.services.passwords import Passwords
from roarbase.services.sign_in import SignIn
from roarbase.services.signing_keys import SigningKeys
from roarbase.services.tokens import TokenIssuer
from roarbase.services.users import Users
from roarbase.services.verifier import TokenVerifier

__all__ = [
    "ISSUER",
    "PASSWORD",
    "Clock",
    "Identity",
    "clock",
    "identity",
    "keys",
    "passwords",
]

ISSUER = "https://roarbase.example.com"
PASSWORD = "Correct-h0rse"


class Clock:
    """A clock that stands still until it is told to go on; it also counts as the monotonic one."""

    def __init__(self) -> None:
        self.now = datetime(2022, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def go_on(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


class Identity:
    """Everything that has to do with who somebody is."""

    def __init__(
        self, metastore: Metastore, keys: SigningKeys, passwords: Passwords, clock: Clock, **settings: object
    ) -> None:
        chosen = Settings(settings)
        self.metastore, self.keys, self.clock = metastore, keys, clock
        self.users = Users(metastore, passwords, clock)
        lifetime_s = chosen.integer("access_token_seconds")
        self.issuer = TokenIssuer(keys, issuer=ISSUER, lifetime_s=lifetime_s, clock=clock)
        self.sign_in = SignIn(metastore, passwords, self.issuer, settings=chosen, clock=clock)
        read = metastore.users.get_or_none
        self.verifier = TokenVerifier(keys, read, issuer=ISSUER, clock=clock, monotonic=clock.monotonic)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SigningKeys:
    """One key for the whole run: making one takes a while."""
    home: Path = tmp_path_factory.mktemp("identity")
    return SigningKeys.open(home / "keys")


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    """A hash that costs nothing."""
    made = Passwords(memory_kib=8, passes=1)
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def identity(metastore: Metastore, keys: SigningKeys, passwords: Passwords, clock: Clock) -> Identity:
    return Identity(metastore, keys, passwords, clock)
