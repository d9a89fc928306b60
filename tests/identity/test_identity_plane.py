"""The identity plane over HTTP, in every request form that clients send."""

import asyncio
import json
import shutil
import subprocess
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import KeySet

from roarbase.model.settings import Settings
from roarbase.planes.app import new_app
from roarbase.planes.http import principal
from roarbase.planes.identity.bodies import AuthenticationResult, Credentials, SignInAnswer, SignInRequest
from roarbase.planes.identity.router import identity_router
from tests.identity.conftest import ISSUER, PASSWORD, Identity

EMAIL = "ada@example.com"
SIGN_IN = {"USERNAME": EMAIL, "PASSWORD": PASSWORD}
INITIATE_AUTH = {"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"}


@pytest.fixture
def metastore_url(migrated_sqlite: Any, tmp_path: Any) -> str:
    """One database is enough here: both are tested below this layer."""
    shutil.copy(migrated_sqlite, tmp_path)
    return f"sqlite:///{tmp_path}/metastore.sqlite"


class Client:
    """Sends requests to an app, as a proxy at 10.0.0.1 does."""

    def __init__(self, app: FastAPI) -> None:
        self._transport = httpx.ASGITransport(app, client=("10.0.0.1", 50000))

    def get(self, path: str, **parts: Any) -> httpx.Response:
        return self._request("GET", path, **parts)

    def post(self, path: str, **parts: Any) -> httpx.Response:
        return self._request("POST", path, **parts)

    def _request(self, method: str, path: str, **parts: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url=ISSUER) as client:
                return await client.request(method, path, **parts)

        return asyncio.run(send())


@pytest.fixture
def client(identity: Identity) -> Client:
    """A client of a service that has the identity plane and one protected path."""
    asyncio.run(identity.users.add(email=EMAIL, password=PASSWORD))
    app = new_app(Settings({"trusted_proxies": "10.0.0.0/8"}))
    app.state.verifier = identity.verifier
    app.include_router(identity_router(identity.sign_in, identity.keys, public_url=ISSUER))

    @app.get("/whoami")
    async def whoami(request: Request) -> str:
        return (await principal(request)).email

    return Client(app)


def tokens_of(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()["AuthenticationResult"]
    return result


class TestSignIn:
    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "application/json",
            "application/x-www-form-urlencoded",
            "text/plain",
            "application/x-amz-json-1.1",
            "?",
        ],
    )
    def test_any_content_type(self, client: Client, content_type: str | None) -> None:
        """The body is JSON whatever its header says."""
        headers = {"Content-Type": content_type} if content_type else {}
        answer = client.post("/", content=json.dumps(SIGN_IN), headers=headers)
        assert client.get("/whoami", headers={"Authorization": tokens_of(answer)["IdToken"]}).json() == EMAIL

    def test_the_layout(self, client: Client) -> None:
        """The answer stands one member per line, in the order that line-wise clients rely on."""
        answer = client.post("/", json=SIGN_IN)
        lines = [line.split(":")[0].strip(' "') for line in answer.text.splitlines()]
        assert lines == [
            "{",
            "AuthenticationResult",
            "AccessToken",
            "ExpiresIn",
            "IdToken",
            "RefreshToken",
            "TokenType",
            "},",
            "ChallengeParameters",
            "}",
        ]
        body = answer.json()
        assert body["ChallengeParameters"] == {}
        assert body["AuthenticationResult"]["ExpiresIn"] == 3600
        assert body["AuthenticationResult"]["TokenType"] == "Bearer"
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"

    def test_it_can_be_cut_out_with_grep(self, client: Client) -> None:
        """Greedy line tools find the id token, exactly and alone."""
        if not (shutil.which("grep") and shutil.which("sed")):
            pytest.skip("grep and sed are not installed")
        answer = client.post("/", json=SIGN_IN)
        pipeline = r"""grep -Eo '"IdToken":.*?[^\\]",' | sed -e 's/[", :]//g' -e 's/IdToken//'"""
        cut = subprocess.run(["sh", "-c", pipeline], input=answer.text, capture_output=True, text=True, check=True)
        assert cut.stdout.strip() == tokens_of(answer)["IdToken"]

    @pytest.mark.parametrize(
        ("body", "code", "status"),
        [
            ("", "InvalidBody", 400),
            ("{", "InvalidBody", 400),
            ("[]", "InvalidBody", 400),
            ('"text"', "InvalidBody", 400),
            ("USERNAME=ada&PASSWORD=x", "InvalidBody", 400),
            (b"\xff\xfe", "InvalidBody", 400),
            ("{}", "MissingParameter", 400),
            ({"USERNAME": EMAIL}, "MissingParameter", 400),
            ({"PASSWORD": PASSWORD}, "MissingParameter", 400),
            ({"USERNAME": EMAIL, "PASSWORD": ""}, "MissingParameter", 400),
            ({"USERNAME": EMAIL, "PASSWORD": None}, "MissingParameter", 400),
            ({"USERNAME": EMAIL, "PASSWORD": 7}, "InvalidParameter", 400),
            ({"username": EMAIL, "password": PASSWORD}, "MissingParameter", 400),
            ({**SIGN_IN, "AuthFlow": "ADMIN_NO_SRP_AUTH"}, "InvalidParameter", 400),
            ({**SIGN_IN, "AuthParameters": 7}, "InvalidParameter", 400),
            ({**SIGN_IN, "REFRESH_TOKEN": "x"}, "Unprocessable", 422),
            ({"AuthFlow": "REFRESH_TOKEN_AUTH", **SIGN_IN}, "MissingParameter", 400),
            ({"USERNAME": EMAIL, "PASSWORD": "wrong"}, "Unauthorized", 401),
            ({"USERNAME": "nobody", "PASSWORD": "wrong"}, "Unauthorized", 401),
            ({"REFRESH_TOKEN": "wrong"}, "Unauthorized", 401),
        ],
    )
    def test_refused(self, client: Client, body: Any, code: str, status: int) -> None:
        """Each wrong body has its code, and no answer repeats a password."""
        content = json.dumps(body) if isinstance(body, dict) else body
        answer = client.post("/", content=content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert PASSWORD not in answer.text

    def test_too_often(self, client: Client) -> None:
        """Guesses are answered with when to come back; behind a trusted proxy the client's address counts."""
        wrong = {**SIGN_IN, "PASSWORD": "wrong"}
        for _ in range(5):
            assert client.post("/", json=wrong, headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 401
        answer = client.post("/", json=SIGN_IN, headers={"X-Forwarded-For": "192.0.2.1"})
        assert (answer.status_code, answer.json()["code"]) == (429, "RateLimit")
        assert int(answer.headers["retry-after"]) in (9, 10)
        tokens_of(client.post("/", json=SIGN_IN, headers={"X-Forwarded-For": "192.0.2.2"}))

    def test_nobody_sends_it_much(self, client: Client) -> None:
        """Anybody may ask, so a body that no sign-in needs is not taken in."""
        body = {"USERNAME": "a" * 2**16, "PASSWORD": PASSWORD}
        answer = client.post("/", json=body)
        assert (answer.status_code, answer.json()["code"]) == (413, "PayloadTooLarge")

    def test_deactivated(self, client: Client, identity: Identity) -> None:
        """A deactivated account is told so, at sign-in and with a living token."""
        asyncio.run(identity.users.add(email="admin@example.com", password=PASSWORD))
        user = identity.metastore.users.get_by_email_or_none("admin@example.com")
        assert user is not None
        token = tokens_of(client.post("/", json={**SIGN_IN, "USERNAME": "admin@example.com"}))["IdToken"]
        asyncio.run(identity.users.deactivate("admin@example.com"))
        answers = [
            client.post("/", json={**SIGN_IN, "USERNAME": "admin@example.com"}),
            client.get("/whoami", headers={"Authorization": f"Bearer {token}"}),
        ]
        assert [(a.status_code, a.json()["code"]) for a in answers] == [(401, "UserDeactivated")] * 2

    def test_logs_and_repr_keep_secrets(self, client: Client) -> None:
        """Neither passwords nor tokens reach a log line or a printed value."""
        with structlog.testing.capture_logs() as lines:
            answer = client.post("/", json=SIGN_IN)
            client.post("/", json={**SIGN_IN, "USERNAME": "nobody"})
        values = (
            SignInRequest(username=EMAIL, password=PASSWORD, auth_parameters=Credentials(password=PASSWORD)),
            AuthenticationResult(access_token="t0ken", expires_in=1, id_token="t0ken", refresh_token="t0ken"),
        )
        shown = str(lines) + repr(values) + repr(SignInAnswer(authentication_result=values[1]))
        assert PASSWORD not in shown
        assert "t0ken" not in shown
        assert not any(token in shown for token in tokens_of(answer).values() if len(str(token)) > 20)


class TestRefresh:
    @pytest.mark.parametrize(
        ("form", "headers"),
        [
            (lambda token: {"REFRESH_TOKEN": token}, {}),
            (lambda token: {"RefreshToken": token}, {}),
            (lambda token: {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": token}}, {}),
            (
                lambda token: {
                    "AuthFlow": "REFRESH_TOKEN",
                    "ClientId": "abc",
                    "AuthParameters": {"REFRESH_TOKEN": token, "SECRET_HASH": "x"},
                },
                INITIATE_AUTH,
            ),
        ],
        ids=["documented", "short", "Cognito", "Cognito with everything"],
    )
    def test_every_form(self, client: Client, form: Any, headers: dict[str, str]) -> None:
        """Every form of refresh gives tokens that work, with another refresh token."""
        first = tokens_of(client.post("/", json=SIGN_IN))
        second = tokens_of(client.post("/", json=form(first["RefreshToken"]), headers=headers))
        assert second["RefreshToken"] != first["RefreshToken"]
        assert list(second) == list(first)
        answer = client.get("/whoami", headers={"Authorization": f"Bearer {second['AccessToken']}"})
        assert answer.json() == EMAIL

    def test_cognito_sign_in(self, client: Client) -> None:
        """Cognito's own sign-in works, its target header in place."""
        body = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": SIGN_IN, "ClientId": "abc"}
        tokens_of(client.post("/", json=body, headers=INITIATE_AUTH))

    def test_another_cognito_call(self, client: Client) -> None:
        """Another of Cognito's operations is refused by name."""
        answer = client.post("/", json=SIGN_IN, headers={"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"})
        assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
        assert "InitiateAuth" in answer.json()["message"]


class TestDocuments:
    def test_others_can_verify(self, client: Client) -> None:
        """With the published documents alone somebody else can check a token."""
        about = client.get("/.well-known/openid-configuration").json()
        assert about["issuer"] == ISSUER
        assert about["token_endpoint"] == f"{ISSUER}/"
        assert about["jwks_uri"] == f"{ISSUER}/.well-known/jwks.json"
        published = KeySet.import_key_set(client.get("/.well-known/jwks.json").json())
        for token in (tokens_of(client.post("/", json=SIGN_IN))[name] for name in ("IdToken", "AccessToken")):
            decoded = jwt.decode(token, published, algorithms=about["id_token_signing_alg_values_supported"])
            assert decoded.claims["iss"] == about["issuer"]
            assert set(decoded.claims) == set(about["claims_supported"])

    def test_nothing_private(self, client: Client) -> None:
        """The key document holds no private part."""
        [key] = client.get("/.well-known/jwks.json").json()["keys"]
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)
