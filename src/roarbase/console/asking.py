"""Statements, as pages ask them: the same endpoint that everybody uses, and the answer as Python values."""

from roarbase.client.answers import Answer, read_answers
from roarbase.console.api import Call, path_of
from roarbase.console.session import ConsoleSession

__all__ = ["answers_to", "query_call"]


def query_call(deployment_id: str, language: str, statement: str) -> Call:
    """The call that runs a statement."""
    body = {"language": language, "statement": statement}
    return Call("POST", path_of("v1", "deployments", deployment_id, "query"), body)


async def answers_to(session: ConsoleSession, deployment_id: str, language: str, statement: str) -> tuple[Answer, ...]:
    """Run it; the answer of each call of PQL, or the one of SQL.

    Raises:
        RoarbaseError: As the service refuses it.
    """
    return read_answers(await session.make(query_call(deployment_id, language, statement)))
