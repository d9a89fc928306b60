"""KILL QUERY: a statement that runs is to end."""

from roarbase.query.program import Program, Tell
from roarbase.query.sql.later.answers import as_table
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.tree import STRING
from roarbase.query.sql.later.words import Words

__all__ = ["kill"]


def kill(binding: Binding, words: Words) -> Program:
    """KILL QUERY 'request id', as `fb_exec_requests` shows it.

    Raises:
        StatementError: No such statement runs.
    """
    words.expect("KILL")
    words.expect("QUERY")
    at = words.offset
    name = words.take_string()
    words.expect_end()
    if not binding.catalog.kill(name):
        raise binding.error(at, f"no query '{name[:60]}' is running")
    return (Tell(as_table([("result", STRING, [name]), ("status", STRING, ["cancelling"])])),)
