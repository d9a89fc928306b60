"""Families of refresh tokens at rest, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from roarbase.metastore.refresh_tokens import Rotation
from roarbase.metastore.store import Metastore
from roarbase.model.users import User, UserStatus
from tests.metastore.nouns import NOON, a_user, after, an_organization

GRACE = timedelta(seconds=60)
LIFETIME = timedelta(days=30)


@pytest.fixture
def user(metastore: Metastore) -> User:
    """A user who has signed in: his first token has the digest `first`."""
    organization = an_organization(metastore)
    metastore.users.add(a_user(organization, "admin@x.org"))
    added = metastore.users.add(a_user(organization))
    assert metastore.refresh_tokens.begin(added, "first", at=NOON, expires_at=NOON + LIFETIME)
    return added


def rotate(metastore: Metastore, digest: str, successor: str, at: datetime) -> Rotation | None:
    return metastore.refresh_tokens.rotate(digest, successor, at=at, expires_at=at + LIFETIME, grace=GRACE)


@pytest.mark.usefixtures("user")
class TestRefreshTokens:
    def test_a_chain(self, metastore: Metastore, user: User) -> None:
        """Each token gives the next one, and the sign-in keeps its date."""
        expected = Rotation(user=user, signed_in_at=NOON)
        assert rotate(metastore, "first", "second", after(hours=1)) == expected
        assert rotate(metastore, "second", "third", after(hours=2)) == expected
        assert rotate(metastore, "third", "fourth", after(days=30, hours=1)) == expected

    @pytest.mark.parametrize("digest", ["", "unknown", "FIRST"])
    def test_an_unknown_token(self, metastore: Metastore, digest: str) -> None:
        """A token nobody was given is worth nothing, and harms nobody."""
        assert rotate(metastore, digest, "second", after()) is None
        assert rotate(metastore, "first", "second", after()) is not None

    @pytest.mark.parametrize(("age", "works"), [({"days": 30, "microseconds": -1}, True), ({"days": 30}, False)])
    def test_expiry(self, metastore: Metastore, age: dict[str, float], works: bool) -> None:
        """A token works up to its expiry and not at it."""
        assert (rotate(metastore, "first", "second", after(**age)) is not None) is works

    def test_again_within_the_grace(self, metastore: Metastore) -> None:
        """A used token gives further descendants for sixty seconds, each of which works."""
        rotate(metastore, "first", "second", after(hours=1))
        assert rotate(metastore, "first", "other", after(hours=1, seconds=60)) is not None
        assert rotate(metastore, "second", "third", after(hours=2)) is not None
        assert rotate(metastore, "other", "fourth", after(hours=2)) is not None

    def test_the_grace_is_not_prolonged(self, metastore: Metastore) -> None:
        """The grace runs from the first use, not from the last."""
        for seconds in (0, 40, 60):
            assert rotate(metastore, "first", f"after {seconds}", after(seconds=seconds)) is not None
        assert rotate(metastore, "first", "late", after(seconds=61)) is None

    def test_again_after_the_grace(self, metastore: Metastore) -> None:
        """A used token that comes back later revokes the family, the newest token included."""
        rotate(metastore, "first", "second", after(hours=1))
        assert rotate(metastore, "first", "stolen", after(hours=1, seconds=60, microseconds=1)) is None
        assert rotate(metastore, "second", "third", after(hours=1, seconds=61)) is None
        assert rotate(metastore, "stolen", "third", after(hours=1, seconds=61)) is None

    def test_families_are_apart(self, metastore: Metastore, user: User) -> None:
        """One sign-in's revocation leaves the user's other sign-ins alone."""
        metastore.refresh_tokens.begin(user, "elsewhere", at=NOON, expires_at=NOON + LIFETIME)
        rotate(metastore, "first", "second", after(hours=1))
        rotate(metastore, "first", "stolen", after(hours=2))
        assert rotate(metastore, "elsewhere", "next", after(hours=3)) is not None

    def test_revoked_with_the_user(self, metastore: Metastore, user: User) -> None:
        """Revoking all families of a user ends all of his tokens and nobody else's."""
        admin = metastore.users.get_by_email_or_none("admin@x.org")
        assert admin is not None
        metastore.refresh_tokens.begin(admin, "admin's", at=NOON, expires_at=NOON + LIFETIME)
        metastore.refresh_tokens.begin(user, "elsewhere", at=NOON, expires_at=NOON + LIFETIME)
        metastore.refresh_tokens.revoke_of_user(user.id, at=after())
        assert rotate(metastore, "first", "x", after(seconds=1)) is None
        assert rotate(metastore, "elsewhere", "x", after(seconds=1)) is None
        assert rotate(metastore, "admin's", "x", after(seconds=1)) is not None

    def test_a_deactivated_user(self, metastore: Metastore, user: User) -> None:
        """A deactivated user is told apart, and his token is not used up."""
        metastore.users.set_status(user.id, UserStatus.DEACTIVATED, at=NOON)
        rotation = rotate(metastore, "first", "second", after(hours=1))
        assert rotation is not None
        assert rotation.user.status == UserStatus.DEACTIVATED
        assert rotate(metastore, "second", "third", after(hours=1)) is None
        metastore.users.set_status(user.id, UserStatus.ACTIVE, at=NOON)
        assert rotate(metastore, "first", "second", after(hours=2)) is not None

    @pytest.mark.parametrize("change", ["password", "status"])
    def test_no_family_for_who_changed_meanwhile(self, metastore: Metastore, user: User, change: str) -> None:
        """A sign-in that began before a new password or a deactivation gives no token."""
        if change == "password":
            metastore.users.set_password_hash(user.id, "new", at=after())
        else:
            metastore.users.set_status(user.id, UserStatus.DEACTIVATED, at=after())
        assert not metastore.refresh_tokens.begin(user, "late", at=after(), expires_at=after(days=1))
        assert rotate(metastore, "late", "later", after(seconds=1)) is None

    def test_a_changed_password_revokes(self, metastore: Metastore, user: User) -> None:
        """With the new password stands that no older family refreshes; who read the user before changes nothing."""
        assert metastore.users.change_password(user, "new", at=after(minutes=1))
        assert rotate(metastore, "first", "second", after(minutes=2)) is None
        changed = metastore.users.get_or_none(user.id)
        assert changed == replace(user, password_hash="new", updated_at=after(minutes=1))
        assert metastore.refresh_tokens.begin(changed, "third", at=after(minutes=2), expires_at=after(days=1))
        assert not metastore.users.change_password(user, "newer", at=after(minutes=3))
        assert rotate(metastore, "third", "fourth", after(minutes=4)) is not None

    def test_no_family_for_nobody(self, metastore: Metastore, user: User) -> None:
        """A user who is not there gets no family."""
        nobody = replace(user, id="nobody")
        assert not metastore.refresh_tokens.begin(nobody, "x", at=after(), expires_at=after(days=1))

    def test_all_at_once_within_the_grace(self, metastore: Metastore) -> None:
        """Refreshes of one token at the same moment all succeed, and none revokes."""
        with ThreadPoolExecutor(8) as pool:
            rotations = list(pool.map(lambda n: rotate(metastore, "first", f"next {n}", after(hours=1)), range(8)))
        assert None not in rotations
        assert rotate(metastore, "next 7", "x", after(hours=2)) is not None

    def test_all_at_once_without_grace(self, metastore: Metastore) -> None:
        """Without grace, a token presented twice at the same time ends the family, whoever was first."""

        def refresh(n: int) -> bool:
            at = after(hours=1, microseconds=n)
            expires_at = at + LIFETIME
            found = metastore.refresh_tokens.rotate(
                "first", f"next {n}", at=at, expires_at=expires_at, grace=timedelta(-1)
            )
            return found is not None

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(refresh, range(8)))
        assert sum(won) == 1
        assert rotate(metastore, f"next {won.index(True)}", "x", after(hours=2)) is None
