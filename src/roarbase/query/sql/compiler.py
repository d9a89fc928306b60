"""From the text of one SQL statement to a program."""

from sqlglot.tokenizer_core import Token, TokenType

from roarbase.model.schema import Schema
from roarbase.query.program import Program
from roarbase.query.sql.drop import read_drop
from roarbase.query.sql.guards import read_tokens
from roarbase.query.sql.parse import parse_select
from roarbase.query.sql.passes import rewritten
from roarbase.query.sql.plans import plan_select
from roarbase.query.sql.selects import read_select
from roarbase.query.sql.show import read_show
from roarbase.query.sql.source import Source, shown

__all__ = ["compile_sql"]

_LATER_STATEMENTS = (
    "ALTER ANALYZE BEGIN BULK COMMIT COPY CREATE DELETE DESC DESCRIBE EXPLAIN GRANT INSERT KILL MERGE PREDICT "
    "REPLACE REVOKE ROLLBACK SET TRUNCATE UPDATE USE VALUES WITH"
)


def compile_sql(text: str, schema: Schema, *, nesting: int = 100) -> Program:
    """What to do for a SQL statement, in the form of answers that June 2022 had.

    Args:
        nesting: How deep brackets and prefixes such as NOT may nest.

    Returns:
        One step, or none for DROP TABLE IF EXISTS of a table that is not there.

    Raises:
        StatementError: The text is no statement, names what is not there, compares what cannot
            be compared, or asks for a part of SQL that is not supported yet.
    """
    source = Source(text)
    try:
        return _compile(source, read_tokens(source, nesting), schema)
    except RecursionError:  # a setting of many hundred levels, or a caller deep in the stack
        raise source.syntax_error(0, "the statement nests deeper than can be read here") from None


def _compile(source: Source, tokens: list[Token], schema: Schema) -> Program:
    first = tokens[0]
    word = first.text.upper() if first.token_type != TokenType.IDENTIFIER else ""
    if first.token_type == TokenType.SELECT:
        select = read_select(source, parse_select(source, tokens), schema)
        return (plan_select(rewritten(select)),)
    if word == "SHOW":
        return (read_show(source, tokens, schema),)
    if word == "DROP":
        return read_drop(source, tokens, schema)
    if word in _LATER_STATEMENTS.split():
        raise source.error(first.start, f"{word} is not supported yet")
    if first.token_type == TokenType.L_PAREN:
        raise source.error(first.start, "a statement in parentheses is not supported yet")
    raise source.syntax_error(
        first.start, f"expected a statement such as SELECT, SHOW or DROP, found {shown(first.text)}"
    )
