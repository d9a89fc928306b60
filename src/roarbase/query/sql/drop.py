"""DROP TABLE."""

from sqlglot.tokenizer_core import Token

from roarbase.model.schema import Schema
from roarbase.query.program import DropTable, Program
from roarbase.query.sql.names import find_table
from roarbase.query.sql.source import Source, shown
from roarbase.query.sql.words import Words

__all__ = ["read_drop"]


def read_drop(source: Source, tokens: list[Token], schema: Schema) -> Program:
    """The program of a DROP statement: no step at all for a missing table that need not be there.

    Raises:
        StatementError: The table is not there, or something else is to be dropped.
    """
    words = Words(source, tokens)
    words.expect("DROP")
    if not words.take("TABLE"):
        rest = words.rest()
        if rest is None:
            raise source.syntax_error(len(source.text), "expected TABLE after DROP")
        raise source.error(rest.start, f"DROP {shown(rest.text)} is not supported yet")
    may_be_missing = words.take("IF", "EXISTS")
    offset, name = words.take_name("a table")
    words.expect_end()
    if may_be_missing and name not in schema.tables and name.lower() not in schema.tables:
        return ()
    return (DropTable(find_table(source, schema, name, offset)),)
