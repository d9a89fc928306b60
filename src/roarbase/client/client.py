"""The front of the client: one object from which everything is reached."""

import ssl
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Literal

import httpx

from roarbase.client.answers import Answer, read_answers
from roarbase.client.deployments import Deployments
from roarbase.client.fields import Fields
from roarbase.client.session import Session, TokenAuth, path_of
from roarbase.client.sinks import IngestReport, Sinks
from roarbase.client.tables import Tables
from roarbase.client.transfers import Transfers

__all__ = ["Client"]


class Client:
    """A user at a running service. May be used from several threads.

    Signs in with the first request and renews its token by itself. Every method raises the
    `roarbase.errors` class of the code that the service answers, and Unavailable if it does not.

    Args:
        base_url: Where the service is, such as `http://127.0.0.1:8080`.
        email: With `password`: who signs in.
        token: Instead of these: an id token had elsewhere, used as it is and never renewed.
        verify: True checks certificates against the system's authorities, a path against those
            in that PEM file, a context as it says, False does not check.
        timeout_s: How long to wait for each answer.
        transport: Another way to send, for tests; None takes the network.
        uses_proxies: Whether the proxy variables of the environment are followed.
    """

    def __init__(
        self,
        base_url: str,
        *,
        email: str = "",
        password: str = "",
        token: str = "",
        verify: bool | str | ssl.SSLContext = True,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        uses_proxies: bool = True,
    ) -> None:
        auth = TokenAuth(base_url, email=email, password=password, token=token)
        self._session = Session(
            base_url, auth, verify=verify, timeout_s=timeout_s, transport=transport, uses_proxies=uses_proxies
        )
        self.deployments = Deployments(self._session)
        self.tables = Tables(self._session)
        self.fields = Fields(self._session)
        self.sinks = Sinks(self._session)
        self.transfers = Transfers(self._session)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def token(self) -> str:
        """The id token in force, for use with other tools; signs in if that has not happened yet."""
        return self._session.token()

    def ingest(self, sink_id: str, records: Iterable[Mapping[str, object]]) -> IngestReport:
        """Post records to a sink, in one request. Each is the object that the sink's paths look into.

        Returns:
            How many were taken and, per record, why not. A taken record is stored and seen by the next query.
        """
        return self.sinks.ingest(sink_id, records)

    def query(
        self, deployment_id: str, language: Literal["pql", "sql"], statement: str, *, min_sequence: int = 0
    ) -> Answer:
        """Run a statement and return its answer; the last one if a PQL statement holds several calls.

        Args:
            min_sequence: The `sequence` of an earlier answer of this deployment, whose effect must be seen.

        Raises:
            IncorrectState: The deployment's log ends before `min_sequence`.
            RequestTimeout: It ran too long, or `min_sequence` was not visible in time.
        """
        return self.query_all(deployment_id, language, statement, min_sequence=min_sequence)[-1]

    def query_all(
        self, deployment_id: str, language: Literal["pql", "sql"], statement: str, *, min_sequence: int = 0
    ) -> tuple[Answer, ...]:
        """Run a statement and return the answer of each call in it; otherwise as `query`."""
        body = {"language": language, "statement": statement}
        path = path_of("deployments", deployment_id, "query")
        reply = self._session.exchange("POST", path, body, min_sequence=min_sequence)
        return read_answers(reply.body, reply.sequence) or (Answer(sequence=reply.sequence),)
