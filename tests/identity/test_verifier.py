"""Tokens that are good and tokens that are not, and how soon a change of the user takes effect."""

import asyncio
import base64
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from roarbase.errors import AuthenticationError, MissingAuthenticationToken, Unauthorized, Unavailable, UserDeactivated
from roarbase.model.users import Principal, Role, User, UserStatus
from roarbase.services.signing_keys import SigningKeys
from roarbase.services.tokens import TokenIssuer, password_mark
from roarbase.services.verifier import TokenVerifier
from tests.identity.conftest import ISSUER, Clock

LIFETIME_S = 3600


class Directory:
    """The users of a metastore, which counts how often it is asked."""

    def __init__(self, user: User) -> None:
        self.users: dict[str, User] = {user.id: user}
        self.reads = 0
        self.failure: Exception | None = None

    def __call__(self, user_id: str) -> User | None:
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        return self.users.get(user_id)


@pytest.fixture
def user(clock: Clock) -> User:
    return User(
        id="u1",
        organization_id="o1",
        email="ada@example.com",
        password_hash="",
        role=Role.USER,
        status=UserStatus.ACTIVE,
        created_at=clock(),
        updated_at=clock(),
    )


@pytest.fixture
def directory(user: User) -> Directory:
    return Directory(user)


@pytest.fixture
def verifier(keys: SigningKeys, directory: Directory, clock: Clock) -> TokenVerifier:
    return TokenVerifier(keys, directory, issuer=ISSUER, clock=clock, monotonic=clock.monotonic)


@pytest.fixture
def issuer(keys: SigningKeys, clock: Clock) -> TokenIssuer:
    return TokenIssuer(keys, issuer=ISSUER, lifetime_s=LIFETIME_S, clock=clock)


@pytest.fixture
def token(issuer: TokenIssuer, user: User, clock: Clock) -> str:
    return issuer.issue(user, signed_in_at=clock(), refresh_token="").id_token


def verify(verifier: TokenVerifier, header: str | None) -> Principal:
    return asyncio.run(verifier.verify(header))


class TestIssued:
    def test_claims(self, keys: SigningKeys, issuer: TokenIssuer, user: User, clock: Clock) -> None:
        """Both tokens say who, where, until when, and which of the two they are."""
        signed_in_at = clock()
        clock.go_on(minutes=10)
        tokens = issuer.issue(user, signed_in_at=signed_in_at, refresh_token="opaque")
        for use, token in (("id", tokens.id_token), ("access", tokens.access_token)):
            decoded = jwt.decode(token, keys.key_set, algorithms=["RS256"])
            assert decoded.header == {"alg": "RS256", "kid": keys.newest.kid, "typ": "JWT"}
            assert decoded.claims == {
                "iss": ISSUER,
                "aud": "roarbase",
                "sub": "u1",
                "email": "ada@example.com",
                "token_use": use,
                "org": "o1",
                "role": "User",
                "iat": int(clock.monotonic()),
                "auth_time": int(signed_in_at.timestamp()),
                "exp": int(clock.monotonic()) + LIFETIME_S,
                "pwd": password_mark(user),
            }
        assert (tokens.refresh_token, tokens.expires_in_s) == ("opaque", LIFETIME_S)

    def test_nothing_shows_them(self, issuer: TokenIssuer, user: User, clock: Clock) -> None:
        """Printing tokens does not print them."""
        tokens = issuer.issue(user, signed_in_at=clock(), refresh_token="opaque")
        assert "opaque" not in repr(tokens)
        assert "eyJ" not in repr(tokens)


class TestHeader:
    @pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER {}", "{}", "  {} ", "Bearer   {}  "])
    def test_accepted(self, verifier: TokenVerifier, token: str, form: str) -> None:
        """The token comes with the word Bearer in any case, or alone."""
        expected = Principal(user_id="u1", organization_id="o1", email="ada@example.com", role=Role.USER)
        assert verify(verifier, form.format(token)) == expected

    @pytest.mark.parametrize("header", [None, "", "   ", "Bearer", "bearer "])
    def test_missing(self, verifier: TokenVerifier, header: str | None) -> None:
        """No token is another error than a wrong one."""
        with pytest.raises(MissingAuthenticationToken):
            verify(verifier, header)

    @pytest.mark.parametrize("form", ["Basic {}", "Bearer x {}", "Bearer {},", "{} {}", "Bearer Bearer {}"])
    def test_another_scheme(self, verifier: TokenVerifier, token: str, form: str) -> None:
        """Other schemes and words around the token are refused."""
        with pytest.raises(Unauthorized):
            verify(verifier, form.format(token, token))

    def test_an_access_token(self, verifier: TokenVerifier, issuer: TokenIssuer, user: User, clock: Clock) -> None:
        """The access token opens the planes as well."""
        access = issuer.issue(user, signed_in_at=clock(), refresh_token="").access_token
        assert verify(verifier, access).user_id == "u1"


def encoded(*parts: dict[str, Any]) -> str:
    texts = (json.dumps(part).encode() for part in parts)
    return ".".join(base64.urlsafe_b64encode(text).rstrip(b"=").decode() for text in texts)


def unsigned(claims: dict[str, Any], _: SigningKeys) -> str:
    return encoded({"alg": "none", "typ": "JWT"}, claims) + "."


def with_the_public_key_as_secret(claims: dict[str, Any], keys: SigningKeys) -> str:
    signed = encoded({"alg": "HS256", "kid": keys.newest.kid}, claims)
    signature = hmac.digest(keys.newest.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_another_key(claims: dict[str, Any], keys: SigningKeys) -> str:
    return jwt.encode({"alg": "RS256", "kid": keys.newest.kid}, claims, RSAKey.generate_key(2048))


def by_an_unknown_key(claims: dict[str, Any], _: SigningKeys) -> str:
    return jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, RSAKey.generate_key(2048))


def by_another_algorithm(claims: dict[str, Any], keys: SigningKeys) -> str:
    key = RSAKey.import_key(keys.newest.as_pem(private=True))
    return jwt.encode({"alg": "PS256", "kid": keys.newest.kid}, claims, key, algorithms=["PS256"])


class TestForged:
    @pytest.fixture
    def claims(self, keys: SigningKeys, token: str) -> dict[str, Any]:
        """The claims of a good token."""
        return jwt.decode(token, keys.key_set, algorithms=["RS256"]).claims

    @pytest.mark.parametrize(
        "forge",
        [unsigned, with_the_public_key_as_secret, by_another_key, by_an_unknown_key, by_another_algorithm],
    )
    def test_the_signature(
        self,
        verifier: TokenVerifier,
        keys: SigningKeys,
        claims: dict[str, Any],
        forge: Callable[[dict[str, Any], SigningKeys], str],
    ) -> None:
        """A token with the right claims and any other signature is refused, and nobody is looked up."""
        with pytest.raises(Unauthorized):
            verify(verifier, forge(claims, keys))

    def sign(self, keys: SigningKeys, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": keys.newest.kid}, claims, keys.newest)

    def test_the_same_claims_signed_rightly(
        self, verifier: TokenVerifier, keys: SigningKeys, claims: dict[str, Any]
    ) -> None:
        """The claims that the next tests change are good as they are."""
        assert verify(verifier, self.sign(keys, claims)).user_id == "u1"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("iss", "https://elsewhere.example.com"),
            ("iss", f"{ISSUER}/"),
            ("iss", 7),
            ("aud", "somebody"),
            ("aud", []),
            ("sub", 7),
            ("sub", "nobody"),
            ("sub", None),
            ("token_use", "refresh"),
            ("exp", 0),
            ("exp", "soon"),
            ("exp", None),
            ("iat", 2**40),
        ],
    )
    def test_a_claim(
        self, verifier: TokenVerifier, keys: SigningKeys, claims: dict[str, Any], name: str, value: object
    ) -> None:
        """A token of ours with any wrong claim is refused."""
        with pytest.raises(Unauthorized):
            verify(verifier, self.sign(keys, {**claims, name: value}))

    @pytest.mark.parametrize("name", ["iss", "aud", "sub", "exp", "token_use"])
    def test_a_claim_that_lacks(
        self, verifier: TokenVerifier, keys: SigningKeys, claims: dict[str, Any], name: str
    ) -> None:
        """A token of ours that lacks a claim is refused."""
        with pytest.raises(Unauthorized):
            verify(verifier, self.sign(keys, {n: v for n, v in claims.items() if n != name}))

    def test_every_bit_counts(self, verifier: TokenVerifier, token: str) -> None:
        """A token changed, cut or lengthened at any place is refused."""
        changed = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(0, len(token) - 1, 9)]
        cut = [token[:n] for n in range(1, len(token), 50)]
        for forged in [*changed, *cut, token + "A", token + ".", "." + token, token * 20]:
            with pytest.raises(AuthenticationError):
                verify(verifier, forged)

    @given(text=st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
    @settings(max_examples=100, deadline=None)
    def test_any_text(self, keys: SigningKeys, text: str) -> None:
        """Whatever stands in the header, the answer is an authentication error."""
        clock = Clock()
        verifier = TokenVerifier(keys, lambda _: None, issuer=ISSUER, clock=clock)
        with pytest.raises(AuthenticationError):
            verify(verifier, text)


class TestTime:
    def test_expiry(self, verifier: TokenVerifier, token: str, clock: Clock) -> None:
        """A token is good until the second it expires, whether or not it was seen before."""
        clock.go_on(seconds=LIFETIME_S - 1)
        assert verify(verifier, token).user_id == "u1"
        clock.go_on(seconds=1)
        for _ in range(2):
            with pytest.raises(Unauthorized):
                verify(verifier, token)

    def test_a_deactivated_user(self, verifier: TokenVerifier, directory: Directory, token: str, clock: Clock) -> None:
        """A user deactivated elsewhere is refused within a second; let in again, he is at once, or nearly."""
        verify(verifier, token)
        directory.users["u1"] = replace(directory.users["u1"], status=UserStatus.DEACTIVATED)
        clock.go_on(seconds=1)
        with pytest.raises(UserDeactivated):
            verify(verifier, token)
        directory.users["u1"] = replace(directory.users["u1"], status=UserStatus.ACTIVE)
        clock.go_on(milliseconds=60)
        assert verify(verifier, token).user_id == "u1"

    def test_a_changed_user(self, verifier: TokenVerifier, directory: Directory, token: str, clock: Clock) -> None:
        """Role and organization are the user's, not the token's, a second later at most."""
        verify(verifier, token)
        directory.users["u1"] = replace(directory.users["u1"], role=Role.ADMINISTRATOR, organization_id="o2")
        clock.go_on(seconds=1)
        changed = Principal(user_id="u1", organization_id="o2", email="ada@example.com", role=Role.ADMINISTRATOR)
        assert verify(verifier, token) == changed

    def test_a_vanished_user(self, verifier: TokenVerifier, directory: Directory, token: str, clock: Clock) -> None:
        """A user whom the metastore does not know is nobody."""
        verify(verifier, token)
        directory.users.clear()
        clock.go_on(seconds=1)
        with pytest.raises(Unauthorized):
            verify(verifier, token)

    def test_read_once_a_second(self, verifier: TokenVerifier, directory: Directory, token: str, clock: Clock) -> None:
        """However many requests come, the user is read at most once a second."""
        for _ in range(10):
            clock.go_on(milliseconds=250)
            for _ in range(5):
                verify(verifier, token)
        assert directory.reads == 3

    def test_an_outage(self, verifier: TokenVerifier, directory: Directory, token: str) -> None:
        """A metastore that does not answer lets nobody in, and is asked again by the next request."""
        directory.failure = Unavailable("away")
        for _ in range(2):
            with pytest.raises(Unavailable):
                verify(verifier, token)
        assert directory.reads == 2
        directory.failure = None
        assert verify(verifier, token).user_id == "u1"


class TestManyAtOnce:
    def test_one_read_for_all(self, keys: SigningKeys, user: User, token: str, clock: Clock) -> None:
        """Requests that arrive together share one read, also when one of them is cancelled."""
        may_answer, reads = threading.Event(), []

        def read(user_id: str) -> User:
            reads.append(user_id)
            may_answer.wait(5)
            return user

        async def arrive() -> list[Any]:
            verifier = TokenVerifier(keys, read, issuer=ISSUER, clock=clock, monotonic=clock.monotonic)
            tasks = [asyncio.create_task(verifier.verify(token)) for _ in range(20)]
            await asyncio.sleep(0.05)
            tasks[0].cancel()
            may_answer.set()
            return await asyncio.gather(*tasks, return_exceptions=True)

        first, *others = asyncio.run(arrive())
        assert isinstance(first, asyncio.CancelledError)
        assert {other.user_id for other in others} == {"u1"}
        assert reads == ["u1"]

    def test_memory_is_bounded(
        self,
        verifier: TokenVerifier,
        monkeypatch: pytest.MonkeyPatch,
        issuer: TokenIssuer,
        user: User,
    ) -> None:
        """More tokens and users than are remembered push the oldest out, and all go on working."""
        monkeypatch.setattr("roarbase.services.verifier._REMEMBERED_TOKENS", 3)
        monkeypatch.setattr("roarbase.services.verifier._REMEMBERED_USERS", 2)
        users = [replace(user, id=f"u{n}") for n in range(6)]
        verifier._read_user = {u.id: u for u in users}.get
        tokens = [issuer.issue(u, signed_in_at=u.created_at, refresh_token="").id_token for u in users]
        for _ in range(2):
            assert [verify(verifier, token).user_id for token in tokens] == [u.id for u in users]
        assert (len(verifier._verified), len(verifier._known)) == (3, 2)

    def test_a_known_token_is_cheap(self, keys: SigningKeys, directory: Directory, token: str, clock: Clock) -> None:
        """A token seen before costs neither a signature nor a read: far below the 60 us of a signature."""
        verifier = TokenVerifier(keys, directory, issuer=ISSUER, clock=clock, monotonic=clock.monotonic)
        header = f"Bearer {token}"

        async def many() -> float:
            await verifier.verify(header)
            best = 1.0
            for _ in range(20):
                begin = time.perf_counter()
                for _ in range(100):
                    await verifier.verify(header)
                best = min(best, (time.perf_counter() - begin) / 100)
            return best

        assert asyncio.run(many()) < 30e-6
        assert directory.reads == 1
