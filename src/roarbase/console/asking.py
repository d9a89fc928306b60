"""Statements, as pages ask them: the endpoints that everybody uses, and the answers as tables of text."""

import asyncio

from roarbase.client.answers import Answer, read_answers
from roarbase.console.answers import Table, read_sql, read_tagged
from roarbase.console.api import Call, path_of
from roarbase.console.session import ConsoleSession

__all__ = ["answers_to", "later_sql_call", "query_call", "tables_for"]

_SILENT = (("Roarbase-History", "off"),)
_LATER = "sql"


def query_call(deployment_id: str, language: str, statement: str, *, is_remembered: bool = True) -> Call:
    """The call that runs a statement in PQL, or in the SQL of version 1.

    Args:
        is_remembered: False for what a page asks by itself, which is no part of the user's history.
    """
    body = {"language": language, "statement": statement}
    path = path_of("v1", "deployments", deployment_id, "query")
    return Call("POST", path, body, () if is_remembered else _SILENT)


def later_sql_call(deployment_id: str, statement: str) -> Call:
    """The call that runs a statement of the later SQL."""
    return Call("POST", path_of("v2", "databases", deployment_id, "query", _LATER), statement)


async def tables_for(session: ConsoleSession, call: Call) -> tuple[Table, ...]:
    """Run the statement of a call; a table for each call of PQL, one for SQL. They are read beside the event loop.

    Raises:
        StatementError: The statement is wrong.
        RoarbaseError: As the service refuses it.
    """
    read = read_sql if call.path.endswith(_LATER) else read_tagged
    return await asyncio.to_thread(read, await session.fetch(call))


async def answers_to(
    session: ConsoleSession, deployment_id: str, language: str, statement: str, *, is_remembered: bool = True
) -> tuple[Answer, ...]:
    """Run it; the answer of each call of PQL, or the one of SQL of version 1.

    Raises:
        RoarbaseError: As the service refuses it.
    """
    call = query_call(deployment_id, language, statement, is_remembered=is_remembered)
    return read_answers(await session.make(call))
