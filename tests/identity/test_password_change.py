"""Changing one's own password, over HTTP and with a clock that is set by hand."""

import asyncio
import json
import shutil
from pathlib import Path

import httpx
import pytest

from roarbase.errors import Forbidden, IncorrectState, Unauthorized
from roarbase.model.settings import Settings
from roarbase.model.users import Principal
from roarbase.planes.app import new_app
from roarbase.planes.identity.password import password_router
from roarbase.planes.identity.router import identity_router
from roarbase.services.password_change import PasswordChange
from roarbase.services.passwords import Passwords
from tests.identity.conftest import ISSUER, PASSWORD, Clock, Identity

EMAIL = "ada@example.com"
NEW = "Battery-staple-2"
PATH = "/v2/users/current/password"


@pytest.fixture
def metastore_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """One database is enough here: the transaction is tested with both, below this layer."""
    shutil.copy(migrated_sqlite, tmp_path)
    return f"sqlite:///{tmp_path}/metastore.sqlite"


@pytest.fixture
def change(identity: Identity, passwords: Passwords, clock: Clock) -> PasswordChange:
    asyncio.run(identity.users.add(email=EMAIL, password=PASSWORD))
    return PasswordChange(identity.metastore, passwords, identity.sign_in, clock)


class Service:
    """The identity plane, asked from one address; every request carries the token at hand."""

    def __init__(self, identity: Identity, change: PasswordChange) -> None:
        self.identity = identity
        app = new_app(Settings())
        app.state.verifier = identity.verifier
        app.include_router(identity_router(identity.sign_in, identity.keys, public_url=ISSUER))
        app.include_router(password_router(change))
        self._transport = httpx.ASGITransport(app, client=("192.0.2.1", 50000))
        self.token = ""

    def post(self, path: str, body: object) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url=ISSUER) as client:
                text = body if isinstance(body, str) else json.dumps(body)
                return await client.post(path, content=text, headers={"Authorization": self.token})

        return asyncio.run(send())

    def sign_in(self, password: str = PASSWORD) -> dict[str, str]:
        self.token = ""
        answer = self.post("/", {"USERNAME": EMAIL, "PASSWORD": password})
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()["AuthenticationResult"]
        self.token = tokens["IdToken"]
        return tokens

    def refuses(self, token: str) -> bool:
        try:
            asyncio.run(self.identity.verifier.verify(token))
        except Unauthorized:
            return True
        return False


@pytest.fixture
def service(identity: Identity, change: PasswordChange) -> Service:
    return Service(identity, change)


def test_a_change(service: Service, clock: Clock) -> None:
    """Whoever changes the password goes on with new tokens; every token from before is refused, refreshes too."""
    elsewhere, here = service.sign_in(), service.sign_in()
    assert not service.refuses(elsewhere["IdToken"])
    clock.go_on(milliseconds=10)
    answer = service.post(PATH, {"current_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()["AuthenticationResult"]
    clock.go_on(milliseconds=10)
    assert not service.refuses(tokens["IdToken"])
    for old in (elsewhere, here):
        assert service.refuses(old["IdToken"])
        assert service.refuses(old["AccessToken"])
        assert service.post("/", {"REFRESH_TOKEN": old["RefreshToken"]}).status_code == 401
    assert service.post("/", {"REFRESH_TOKEN": tokens["RefreshToken"]}).status_code == 200
    assert service.post("/", {"USERNAME": EMAIL, "PASSWORD": PASSWORD}).status_code == 401
    service.sign_in(NEW)


def test_another_process_notices_within_a_second(service: Service, identity: Identity, clock: Clock) -> None:
    """A password that the command line resets ends living tokens, as a deactivation does."""
    tokens = service.sign_in()
    assert not service.refuses(tokens["IdToken"])
    asyncio.run(identity.users.reset_password(EMAIL, NEW))
    clock.go_on(seconds=1)
    assert service.refuses(tokens["IdToken"])


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"current_password": "Wrong-horse-1", "new_password": NEW}, 403, "the present password is wrong"),
        ({"current_password": PASSWORD, "new_password": "short"}, 400, "at least 8 characters, an upper-case letter"),
        ({"current_password": PASSWORD, "new_password": PASSWORD}, 400, "choose another"),
        ({"current_password": PASSWORD, "new_password": 7}, 400, "$.new_password"),
        ({"current_password": PASSWORD}, 400, "new_password"),
        ({"current_password": "x" * 2000, "new_password": NEW}, 403, "wrong"),
        ("nonsense", 400, "JSON"),
    ],
)
def test_refusals(service: Service, body: object, status: int, said: str) -> None:
    """Each says what is wrong, repeats no password, and changes nothing."""
    service.sign_in()
    answer = service.post(PATH, body)
    assert (answer.status_code, said in answer.json()["message"]) == (status, True), answer.text
    assert PASSWORD not in answer.text
    assert NEW not in answer.text
    service.sign_in()


def test_without_a_token(service: Service) -> None:
    """The password alone is not enough."""
    assert service.post(PATH, {"current_password": PASSWORD, "new_password": NEW}).status_code == 401


def test_guessing_is_slowed_down(service: Service) -> None:
    """A stolen token is no way around the counts of the sign-in: they are the same."""
    service.sign_in()
    answers = [service.post(PATH, {"current_password": f"Guess-{n}", "new_password": NEW}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert service.post("/", {"USERNAME": EMAIL, "PASSWORD": PASSWORD}).status_code == 429


def test_two_at_once(identity: Identity, change: PasswordChange) -> None:
    """One of them changes the password; the other is told, and has changed nothing."""
    user = identity.metastore.users.get_by_email_or_none(EMAIL)
    assert user is not None
    caller = Principal(user_id=user.id, organization_id=user.organization_id, email=EMAIL, role=user.role)

    async def both() -> list[object]:
        # From two networks: within one, sign-ins wait for each other.
        tries = (change.change(caller, current=PASSWORD, new=f"{NEW}{n}", address=f"192.0.2.{n}") for n in range(2))
        return list(await asyncio.gather(*tries, return_exceptions=True))

    outcomes = asyncio.run(both())
    refused = [outcome for outcome in outcomes if isinstance(outcome, IncorrectState | Forbidden)]
    assert len(refused) == 1
    asyncio.run(identity.sign_in.with_password(EMAIL, f"{NEW}{1 - outcomes.index(refused[0])}", address="192.0.2.9"))
