"""Statements, as pages ask them: the same endpoint that everybody uses, and the answer as Python values."""

from roarbase.client.answers import Answer, read_answers
from roarbase.console.api import Call, path_of
from roarbase.console.session import ConsoleSession

__all__ = ["answers_to", "query_call"]

_SILENT = (("Roarbase-History", "off"),)


def query_call(deployment_id: str, language: str, statement: str, *, is_remembered: bool = True) -> Call:
    """The call that runs a statement; one that a page makes by itself is not remembered as the user's."""
    body = {"language": language, "statement": statement}
    path = path_of("v1", "deployments", deployment_id, "query")
    return Call("POST", path, body, () if is_remembered else _SILENT)


async def answers_to(
    session: ConsoleSession, deployment_id: str, language: str, statement: str, *, is_remembered: bool = True
) -> tuple[Answer, ...]:
    """Run it; the answer of each call of PQL, or the one of SQL.

    Raises:
        RoarbaseError: As the service refuses it.
    """
    call = query_call(deployment_id, language, statement, is_remembered=is_remembered)
    return read_answers(await session.make(call))
