"""An app on a real socket, for clients that no HTTP library would play: slow, endless, broken."""

import asyncio
import contextlib
import functools
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from roarbase.model.settings import Settings
from roarbase.server.run import uvicorn_config

__all__ = ["Answer", "AppClient", "Client", "live"]


class AppClient:
    """Asks an app without a socket, one request at a time."""

    def __init__(self, app: FastAPI, *, client: tuple[str, int] = ("127.0.0.1", 4711)) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=client)
        for method in ("get", "head", "post", "put", "options"):
            setattr(self, method, functools.partial(self.request, method.upper()))

    def request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """The answer; redirects are not followed."""
        return asyncio.run(self._request(method, path, **kwargs))

    async def _request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://test") as client:
            return await client.request(method, path, **kwargs)


class Answer:
    """What came back over a socket: the first answer in some bytes."""

    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}

    def json(self) -> Any:
        return json.loads(self.body[: int(self.headers["content-length"])])


class Client:
    """A raw connection."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None, receive_buffer: int = 0) -> None:
        self.socket: socket.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> Answer:
        """The next answer, read by its length."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._some()
        answer = Answer(data)
        while len(answer.body) < int(answer.headers.get("content-length", 0)):
            data += self._some()
            answer = Answer(data)
        return answer

    def _some(self) -> bytes:
        data = self.socket.recv(65536)
        assert data, "the connection ended within an answer"
        return data

    def is_closed_within(self, seconds: float) -> bool:
        """Whether the server ends the connection in time; what it still sends is read and dropped."""
        end = time.monotonic() + seconds
        self.socket.settimeout(0.05)
        while time.monotonic() < end:
            try:
                if not self.socket.recv(65536):
                    return True
            except TimeoutError:
                continue
            except ConnectionError:
                return True
        return False


@contextlib.contextmanager
def live(
    app: FastAPI, settings: Settings, *, tls: ssl.SSLContext | None = None, head_seconds: float = 15
) -> Iterator[int]:
    """Serve an app in a thread, as the service does; gives the port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn_config(settings, app, tls, head_seconds=head_seconds))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()
