"""Who is signed in where: one object per browser, found by the random value of a cookie, in memory only.

Tokens never leave this process: the browser holds nothing but that value, and no file holds either.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from roarbase.console.api import Api, Call, Peer, Reply, Tokens
from roarbase.errors import MissingAuthenticationToken, Unauthorized, UserDeactivated

__all__ = ["PASSWORD_PATH", "ConsoleSession", "SessionEnded", "Sessions"]

PASSWORD_PATH = "/v2/users/current/password"

_IDLE_S = 12 * 3600.0
_MOST_SESSIONS = 2_000
"""The oldest is ended for a new one: nobody fills the memory by signing in again and again."""
_MOST_RENEWALS = 5
_MOST_HANDED_OVER = 20
_REFUSALS = (MissingAuthenticationToken, Unauthorized, UserDeactivated)


_T = TypeVar("_T")
_Got = TypeVar("_Got", covariant=True)


class _Send(Protocol[_Got]):
    """Sends a request with the token that it is given."""

    def __call__(self, *, token: str) -> Awaitable[_Got]: ...


class SessionEnded(Unauthorized):
    """The user signed out, here or in another tab."""


@dataclass
class ConsoleSession:
    """One signed-in browser, shared by its tabs.

    When the service takes neither the id token nor the refresh token any more, calls wait while every open page asks
    for the password, and go on once it was given: what was typed stays where it is.
    """

    api: Api
    email: str
    peer: Peer
    tokens: Tokens
    id: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    used_at: float = field(default_factory=time.monotonic)
    drafts: dict[str, str] = field(default_factory=dict)
    """What was typed and not yet sent, by page: survives going to another page."""
    made: dict[str, list[Call]] = field(default_factory=dict)
    """Calls that one page made and the next one shows, by a key in its address."""
    is_ended: bool = False
    _askers: dict[object, Callable[[bool], None]] = field(default_factory=dict)
    _waiting: "asyncio.Future[None] | None" = None
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_locked(self) -> bool:
        """Whether the password is being asked for."""
        return self._waiting is not None

    @property
    def is_idle(self) -> bool:
        """Whether nobody has opened a page for long."""
        return time.monotonic() - self.used_at > _IDLE_S

    @property
    def has_pages(self) -> bool:
        """Whether a page of it is open."""
        return bool(self._askers)

    async def exchange(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One call of the API as the user.

        Raises:
            SessionEnded: There is no session to call with any more.
            RoarbaseError: What the service refused.
        """
        exchange = partial(self.api.exchange, method, path, body, peer=self.peer, headers=headers)
        return await self._as_user(exchange)

    async def fetch(self, call: Call) -> bytes:
        """The answer of a call as it comes, for who reads it beside the event loop, which large ones would hold up.

        Raises:
            As `exchange`.
        """
        return await self._as_user(partial(self.api.fetch, call, peer=self.peer))

    async def _as_user(self, send: "_Send[_T]") -> _T:
        for _ in range(_MOST_RENEWALS):
            if self._waiting is not None:
                await asyncio.shield(self._waiting)
            if self.is_ended:
                break
            tokens = self.tokens
            try:
                return await send(token=tokens.id_token)
            except _REFUSALS:
                await self._renew(tokens)
        raise SessionEnded("you are signed out: please sign in again")

    async def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What `exchange` answers."""
        return (await self.exchange(method, path, body, headers)).body

    async def change_password(self, current: str, new: str) -> None:
        """Another password. This session goes on; those of other browsers are asked for it.

        Raises:
            RoarbaseError: As the service refuses it.
        """
        body = {"current_password": current, "new_password": new}
        for _ in range(_MOST_RENEWALS):
            async with self._renewing:  # a call that is refused in between finds the new tokens, and asks nobody
                tokens = self.tokens
                try:
                    reply = await self.api.exchange("POST", PASSWORD_PATH, body, token=tokens.id_token, peer=self.peer)
                except _REFUSALS:
                    pass
                else:
                    self.tokens = Tokens.of(reply.body)
                    return
            await self._renew(tokens)
        raise SessionEnded("you are signed out: please sign in again")

    async def get(self, path: str) -> dict[str, Any]:
        """`send` of a GET."""
        return await self.send("GET", path)

    def hand_over(self, *calls: Call) -> str:
        """Keep calls for the page that comes next; returns the key under which it finds them."""
        while len(self.made) >= _MOST_HANDED_OVER:
            del self.made[next(iter(self.made))]
        key = secrets.token_urlsafe(6)
        self.made[key] = list(calls)
        return key

    async def make(self, call: Call) -> dict[str, Any]:
        """`send` of a call that is shown to the user, too."""
        return await self.send(call.method, call.path, call.body, dict(call.headers))

    async def resources(self, path: str) -> list[dict[str, Any]]:
        """The members of a listing."""
        return list((await self.get(path)).get("resources", []))

    async def unlock(self, password: str) -> None:
        """Go on with a password.

        Raises:
            RoarbaseError: It is not the right one, or too many were tried.
        """
        self.tokens = await self.api.sign_in(self.email, password, self.peer)
        self.used_at = time.monotonic()
        self._settle()

    def end(self) -> None:
        """Sign out: every call fails from now on, and so do those that wait."""
        self.is_ended = True
        self._settle()

    def on_lock(self, key: object, ask: Callable[[bool], None]) -> None:
        """Have a page told when the password is needed (True) and when it is not any more (False)."""
        self._askers[key] = ask
        if self.is_locked:
            ask(True)

    def forget(self, key: object) -> None:
        """The page has gone."""
        self._askers.pop(key, None)

    async def _renew(self, refused: Tokens) -> None:
        async with self._renewing:
            if self.tokens is not refused or self.is_ended:
                return
            if self._waiting is None:
                try:
                    self.tokens = await self.api.refresh(refused)
                    return
                except _REFUSALS:
                    self.lock()
        if self._waiting is not None:
            await asyncio.shield(self._waiting)

    def lock(self) -> None:
        """Have the password asked for before the next call."""
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_future()
            self._tell(True)

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        self._tell(False)

    def _tell(self, is_locked: bool) -> None:
        for ask in list(self._askers.values()):
            ask(is_locked)


class Sessions:
    """All of them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._by_id: dict[str, ConsoleSession] = {}

    async def open(self, email: str, password: str, peer: Peer) -> ConsoleSession:
        """Sign in.

        Raises:
            RoarbaseError: As the token endpoint refuses.
        """
        tokens = await self._api.sign_in(email, password, peer)
        session = ConsoleSession(self._api, email, peer, tokens)
        self._tidy()
        self._by_id[session.id] = session
        return session

    def get_or_none(self, session_id: str) -> ConsoleSession | None:
        """The living session of a cookie."""
        session = self._by_id.get(session_id)
        if session is not None and session.is_idle:
            self._retire(session)
        if session is None or session.is_ended:
            self._drop(session_id)
            return None
        session.used_at = time.monotonic()
        return session

    def _retire(self, session: ConsoleSession) -> None:
        """End what nobody used for long. Pages that are still open ask for the password, and keep what they show."""
        if session.has_pages:
            session.lock()
        else:
            self._drop(session.id)

    def _drop(self, session_id: str) -> None:
        session = self._by_id.pop(session_id, None)
        if session is not None and not session.is_ended:
            session.end()

    def _tidy(self) -> None:
        """Drop what nobody uses any more, and the longest unused where there are too many."""
        by_age = sorted(self._by_id.values(), key=lambda session: session.used_at)
        surplus = len(by_age) - _MOST_SESSIONS + 1
        for place, session in enumerate(by_age):
            if session.is_ended or place < surplus:
                self._drop(session.id)
            elif session.is_idle:
                self._retire(session)
