"""Sessions without a browser: renewing, asking for the password, ending."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from roarbase.console.api import Api, Call, Peer, Reply, Tokens
from roarbase.console.origins import Origins
from roarbase.console.session import PASSWORD_PATH, ConsoleSession, SessionEnded, Sessions
from roarbase.errors import Forbidden, Unauthorized

HERE = Origins(identity="http://id.here", control="http://api.here", data="http://data.here")


class PlainApi(Api):
    """Takes tokens by their name, and passwords of one word."""

    def __init__(self) -> None:
        self.good = "first"
        self.refreshes = 0
        self.can_refresh = True

    async def sign_in(self, email: str, password: str, peer: Peer) -> Tokens:  # noqa: ARG002 - as the API has it
        if password != "right":
            raise Unauthorized("wrong")
        return Tokens(id_token=self.good, refresh_token="r")

    async def refresh(self, tokens: Tokens) -> Tokens:  # noqa: ARG002 - as the API has it
        self.refreshes += 1
        await asyncio.sleep(0)
        if not self.can_refresh:
            raise Unauthorized("too old")
        return Tokens(id_token=self.good, refresh_token="r")

    async def exchange(
        self,
        method: str,  # noqa: ARG002
        path: str,
        body: object = None,  # noqa: ARG002
        *,
        token: str = "",
        peer: Peer | None = None,  # noqa: ARG002
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> Reply:
        if path == PASSWORD_PATH and token == self.good:
            self.good, self.can_refresh = "changed", False
            await asyncio.sleep(0)
            return Reply(status=200, body={"AuthenticationResult": {"IdToken": "changed", "RefreshToken": "r"}})
        if path == "/forbidden":
            raise Forbidden("not you")
        if token != self.good:
            raise Unauthorized("expired")
        return Reply(status=200, body={"resources": [{"path": path}]})


def run(scenario: Callable[[PlainApi, Sessions], Awaitable[None]]) -> None:
    async def running() -> None:
        api = PlainApi()
        await asyncio.wait_for(scenario(api, Sessions(api)), 10)

    asyncio.run(running())


async def opened(sessions: Sessions) -> ConsoleSession:
    return await sessions.open("a@example.com", "right", Peer())


def test_an_old_token_is_renewed_once() -> None:
    """Several calls find it old at once: one refresh, and all are answered."""

    async def scenario(api: PlainApi, sessions: Sessions) -> None:
        session = await opened(sessions)
        api.good = "second"
        answers = await asyncio.gather(*(session.get(f"/{n}") for n in range(5)))
        assert len(answers) == 5
        assert api.refreshes == 1

    run(scenario)


def test_calls_wait_for_the_password() -> None:
    """Pages are asked to ask; a wrong password changes nothing; the right one lets the call go on."""

    async def scenario(api: PlainApi, sessions: Sessions) -> None:
        session, asked = await opened(sessions), list[bool]()
        session.on_lock("page", asked.append)
        api.good, api.can_refresh = "second", False
        calls = [asyncio.create_task(session.get(f"/{n}")) for n in range(3)]
        while not asked:
            await asyncio.sleep(0)
        assert session.is_locked
        late = list[bool]()
        session.on_lock("another page", late.append)
        assert late == [True]
        with pytest.raises(Unauthorized):
            await session.unlock("wrong")
        assert asked == [True]
        await session.unlock("right")
        assert [answer["resources"][0]["path"] for answer in await asyncio.gather(*calls)] == ["/0", "/1", "/2"]
        assert asked == [True, False]
        assert api.refreshes == 1

    run(scenario)


def test_a_new_password_here_asks_nobody_here() -> None:
    """Calls that come between the change and its answer are refused, wait, and go on with the new tokens."""

    async def scenario(api: PlainApi, sessions: Sessions) -> None:
        session, elsewhere, asked = await opened(sessions), await opened(sessions), list[bool]()
        session.on_lock("page", asked.append)
        changing = asyncio.create_task(session.change_password("right", "other"))
        while api.good != "changed":
            await asyncio.sleep(0)
        assert (await session.get("/1"))["resources"]
        await changing
        assert asked == []
        waiting = asyncio.create_task(elsewhere.get("/2"))
        while not elsewhere.is_locked:
            await asyncio.sleep(0)
        waiting.cancel()

    run(scenario)


def test_signing_out_ends_what_waits() -> None:
    """A call that waits for the password fails, and so does each one after it."""

    async def scenario(api: PlainApi, sessions: Sessions) -> None:
        session = await opened(sessions)
        api.good, api.can_refresh = "second", False
        call = asyncio.create_task(session.get("/1"))
        while not session.is_locked:
            await asyncio.sleep(0)
        session.end()
        with pytest.raises(SessionEnded):
            await call
        with pytest.raises(SessionEnded):
            await session.get("/2")
        assert sessions.get_or_none(session.id) is None

    run(scenario)


def test_forbidden_is_not_expired() -> None:
    """It reaches the page as it is."""

    async def scenario(api: PlainApi, sessions: Sessions) -> None:
        session = await opened(sessions)
        with pytest.raises(Forbidden):
            await session.get("/forbidden")
        assert api.refreshes == 0

    run(scenario)


def test_the_longest_unused_session_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are never more than a fixed number."""
    monkeypatch.setattr("roarbase.console.session._MOST_SESSIONS", 3)

    async def scenario(_api: PlainApi, sessions: Sessions) -> None:
        some = [await opened(sessions) for _ in range(3)]
        assert sessions.get_or_none(some[0].id) is some[0]  # used again: not the longest unused any more
        await opened(sessions)
        assert [sessions.get_or_none(session.id) is not None for session in some] == [True, False, True]

    run(scenario)


def test_tokens_are_not_shown() -> None:
    """Neither when printed, nor in the command that a page shows."""
    assert "secret" not in repr(Tokens(id_token="secret", refresh_token="secret"))
    text = Call("POST", "/v1/tables/7f", {"name": "it's"}).curl(HERE)
    assert text.startswith("curl --request POST 'http://api.here/v1/tables/7f'")
    assert "'http://data.here/v1/sinks/7f'" in Call("POST", "/v1/sinks/7f", "{}").curl(HERE)
    assert "'http://api.here/v1/sinks/7f'" in Call("DELETE", "/v1/sinks/7f").curl(HERE)
    assert "Bearer $TOKEN" in text
    assert "it'\\''s" in text
