"""Signing in by password and by refresh token, on both databases."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from roarbase.errors import RateLimit, RoarbaseError, Unauthorized, Unavailable, UserDeactivated
from roarbase.metastore.store import Metastore
from roarbase.model.users import Role, User
from roarbase.services.passwords import Passwords
from roarbase.services.signing_keys import SigningKeys
from roarbase.services.tokens import IssuedTokens
from tests.identity.conftest import PASSWORD, Clock, Identity

HERE, THERE = "192.0.2.1", "192.0.2.2"

_T = TypeVar("_T")


def run(coroutine: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(coroutine)


@pytest.fixture
def ada(identity: Identity) -> User:
    """A user who is not the administrator."""
    run(identity.users.add(email="admin@example.com", password=PASSWORD))
    return run(identity.users.add(email="ada@example.com", password=PASSWORD))


def sign_in(
    identity: Identity, email: str = "ada@example.com", password: str = PASSWORD, address: str = HERE
) -> IssuedTokens:
    return run(identity.sign_in.with_password(email, password, address=address))


def refresh(identity: Identity, token: str) -> IssuedTokens:
    return run(identity.sign_in.with_refresh_token(token))


def test_before_there_is_a_user(identity: Identity) -> None:
    """Who signs in during the first start is told to try again, not that his password is wrong, and is not counted."""
    for _ in range(40):
        with pytest.raises(Unavailable, match="the service is starting"):
            sign_in(identity, "admin@example.com")
    run(identity.users.add(email="admin@example.com", password=PASSWORD))
    assert sign_in(identity, "admin@example.com").expires_in_s == 3600


@pytest.mark.usefixtures("ada")
class TestPassword:
    @pytest.mark.parametrize("email", ["ada@example.com", "Ada@Example.COM"])
    def test_right(self, identity: Identity, ada: User, email: str) -> None:
        """The right password gives tokens that open the planes; the case of the e-mail does not count."""
        tokens = sign_in(identity, email)
        for token in (tokens.id_token, tokens.access_token):
            assert run(identity.verifier.verify(token)).user_id == ada.id
        assert tokens.expires_in_s == 3600

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("ada@example.com", "wrong"),
            ("ada@example.com", PASSWORD.lower()),
            ("ada@example.com", PASSWORD + " "),
            ("ada@example.com", ""),
            ("ada@example.com", "x" * 100_000),
            ("nobody@example.com", PASSWORD),
            ("", PASSWORD),
            ("nul\0", PASSWORD),
            (" ada@example.com", PASSWORD),
            ("half \ud800", "half \ud800"),
        ],
    )
    def test_wrong(self, identity: Identity, email: str, password: str) -> None:
        """A wrong password and a wrong user get the same answer."""
        with pytest.raises(Unauthorized) as refused:
            sign_in(identity, email, password)
        assert (refused.value.code, refused.value.message) == ("Unauthorized", "wrong user name or password")
        assert refused.value.values == {}

    def test_wrong_is_hashed_either_way(
        self, identity: Identity, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether there is such a user or not, one hash is verified."""
        verified = []
        verify = passwords._verify
        monkeypatch.setattr(passwords, "_verify", lambda *given: verified.append(given) or verify(*given))
        for email in ("ada@example.com", "nobody@example.com"):
            with pytest.raises(Unauthorized):
                sign_in(identity, email, "wrong")
        assert [password for password, _ in verified] == ["wrong", "wrong"]

    def test_deactivated(self, identity: Identity) -> None:
        """That an account is deactivated is told to who knows its password, and to nobody else."""
        run(identity.users.deactivate("ada@example.com"))
        with pytest.raises(UserDeactivated):
            sign_in(identity)
        with pytest.raises(Unauthorized, match="wrong user name or password"):
            sign_in(identity, password="wrong")
        run(identity.users.reactivate("ada@example.com"))
        sign_in(identity)

    def test_a_reset_during_a_sign_in(
        self, identity: Identity, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A sign-in with the old password that is under way when it is reset gives no tokens."""
        verify = passwords.verify

        async def slow_verify(password: str, password_hash: str | None) -> bool:
            is_right = await verify(password, password_hash)
            await identity.users.reset_password("ada@example.com", "Another-1")
            return is_right

        monkeypatch.setattr(passwords, "verify", slow_verify)
        with pytest.raises(Unauthorized):
            sign_in(identity)


@pytest.mark.usefixtures("ada")
class TestRefresh:
    def test_a_chain(self, identity: Identity, ada: User, clock: Clock) -> None:
        """Each refresh gives working tokens and the next refresh token."""
        tokens = [sign_in(identity)]
        for _ in range(3):
            clock.go_on(hours=1)
            tokens.append(refresh(identity, tokens[-1].refresh_token))
        assert len({t.refresh_token for t in tokens}) == 4
        assert run(identity.verifier.verify(tokens[-1].id_token)).user_id == ada.id

    def test_an_old_one(self, identity: Identity, clock: Clock) -> None:
        """A used one works for a minute more; after that it ends its family."""
        first = sign_in(identity).refresh_token
        second = refresh(identity, first).refresh_token
        clock.go_on(seconds=60)
        refresh(identity, first)
        clock.go_on(seconds=1)
        for token in (first, second):
            with pytest.raises(Unauthorized, match="sign in again"):
                refresh(identity, token)

    @pytest.mark.parametrize("token", ["", "x", "é", "\ud800", "x" * 10_000])
    def test_not_ours(self, identity: Identity, token: str) -> None:
        """Anything else is no refresh token; an id token is none either."""
        tokens = sign_in(identity)
        for wrong in (token, tokens.id_token, tokens.refresh_token + "A", tokens.refresh_token[:-1]):
            with pytest.raises(Unauthorized):
                refresh(identity, wrong)

    def test_expiry(self, identity: Identity, clock: Clock) -> None:
        """It works for thirty days."""
        tokens = sign_in(identity), sign_in(identity)
        clock.go_on(days=29, hours=23, minutes=59)
        refresh(identity, tokens[0].refresh_token)
        clock.go_on(minutes=1)
        with pytest.raises(Unauthorized):
            refresh(identity, tokens[1].refresh_token)

    def test_deactivated(self, identity: Identity) -> None:
        """A deactivated user cannot refresh, and after reactivation signs in again."""
        token = sign_in(identity).refresh_token
        run(identity.users.deactivate("ada@example.com"))
        with pytest.raises(UserDeactivated):
            refresh(identity, token)
        run(identity.users.reactivate("ada@example.com"))
        with pytest.raises(Unauthorized):
            refresh(identity, token)

    def test_another_password(self, identity: Identity) -> None:
        """A reset password ends every refresh token of the user."""
        tokens = [sign_in(identity).refresh_token for _ in range(2)]
        run(identity.users.reset_password("ada@example.com", "Another-1"))
        for token in tokens:
            with pytest.raises(Unauthorized):
                refresh(identity, token)
        with pytest.raises(Unauthorized):
            sign_in(identity)
        sign_in(identity, password="Another-1")

    def test_a_new_role(self, identity: Identity, ada: User, clock: Clock) -> None:
        """A refresh reads the user anew."""
        token = sign_in(identity).refresh_token
        identity.metastore.users.set_role(ada.id, Role.ADMINISTRATOR, at=clock())
        tokens = refresh(identity, token)
        assert run(identity.verifier.verify(tokens.id_token)).role == Role.ADMINISTRATOR

    def test_many_at_once(self, identity: Identity) -> None:
        """One token refreshed by many at the same moment works for all of them."""
        token = sign_in(identity).refresh_token

        async def all_at_once() -> list[IssuedTokens]:
            return await asyncio.gather(*(identity.sign_in.with_refresh_token(token) for _ in range(10)))

        successors = run(all_at_once())
        assert len({tokens.refresh_token for tokens in successors}) == 10
        refresh(identity, successors[-1].refresh_token)

    def test_only_digests_are_stored(self, identity: Identity) -> None:
        """The token itself does not stand in the database."""
        token = sign_in(identity).refresh_token
        refresh(identity, token)
        with identity.metastore._database.reading() as connection:
            stored = connection.exec_driver_sql("SELECT * FROM refresh_tokens").all()
        assert len(stored) == 2
        assert token not in str(stored)


@pytest.mark.usefixtures("ada")
class TestThrottle:
    def test_guesses_are_slowed_down(self, identity: Identity) -> None:
        """After five wrong passwords even the right one waits; elsewhere it does not."""
        for _ in range(5):
            with pytest.raises(Unauthorized):
                sign_in(identity, password="wrong")
        with pytest.raises(RateLimit) as refused:
            sign_in(identity)
        assert refused.value.retry_after_s in (9, 10)
        sign_in(identity, address=THERE)
        sign_in(identity, "admin@example.com")

    def test_case_and_existence_do_not_matter(self, identity: Identity) -> None:
        """The account counts in any case, and one that does not exist counts alike."""
        for email in ("nobody@x.org", "Nobody@x.org", "NOBODY@x.org", "nobody@X.org", "nobody@x.ORG"):
            with pytest.raises(Unauthorized):
                sign_in(identity, email, "wrong")
        with pytest.raises(RateLimit):
            sign_in(identity, "nobody@x.org", "wrong")

    def test_right_passwords_are_forgiven(self, identity: Identity) -> None:
        """The right password any number of times, also all at once, is never too many."""

        async def at_once() -> None:
            given = identity.sign_in.with_password
            await asyncio.gather(*(given("ada@example.com", PASSWORD, address=HERE) for _ in range(20)))

        run(at_once())
        for _ in range(4):
            with pytest.raises(Unauthorized):
                sign_in(identity, password="wrong")
        sign_in(identity)
        with pytest.raises(Unauthorized):
            sign_in(identity, password="wrong")

    def test_parallel_guesses_count_all(self, identity: Identity) -> None:
        """Of a hundred guesses sent at once exactly five are looked at."""

        async def guess(n: int) -> str:
            try:
                await identity.sign_in.with_password("ada@example.com", f"guess {n}", address=HERE)
            except RoarbaseError as error:
                return error.code
            return "signed in"

        async def at_once() -> list[str]:
            return await asyncio.gather(*(guess(n) for n in range(100)))

        codes = run(at_once())
        assert (codes.count("Unauthorized"), codes.count("RateLimit")) == (5, 95)


def test_a_flood_elsewhere(metastore: Metastore, keys: SigningKeys, clock: Clock) -> None:
    """While one address sends a hundred wrong passwords, the owner signs in from another and hardly waits:
    one hash of the flood is in hand, so his takes no longer than two.
    """
    passwords = Passwords()
    identity = Identity(metastore, keys, passwords, clock, sign_in_tries=["1000/1 second"])
    ended: list[str] = []

    async def guess(email: str) -> None:
        try:
            await identity.sign_in.with_password(email, "wrong", address=HERE)
        except RoarbaseError as error:
            ended.append(error.code)

    async def flood() -> tuple[int, float]:
        await identity.users.add(email="ada@example.com", password=PASSWORD)
        begin = time.perf_counter()
        await passwords.verify("x", None)
        hash_s = time.perf_counter() - begin
        guesses = [asyncio.create_task(guess(f"ada{n % 50}@example.com")) for n in range(100)]
        await asyncio.sleep(0.02)
        ended.clear()
        begin = time.perf_counter()
        await identity.sign_in.with_password("ada@example.com", PASSWORD, address=THERE)
        spare_s = 1 + 3 * hash_s - (time.perf_counter() - begin)
        overtook = len(ended)
        for task in guesses:
            task.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)
        return overtook, spare_s

    overtook, spare_s = asyncio.run(flood())
    passwords.close()
    assert overtook <= 3
    assert spare_s > 0
