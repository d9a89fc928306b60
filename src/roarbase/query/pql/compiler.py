"""The text of a PQL statement to a program: prefix, calls, plans."""

import re
from collections.abc import Sequence
from dataclasses import replace

from roarbase.errors import StatementError
from roarbase.model.fields import TableSpec
from roarbase.model.schema import Schema
from roarbase.query.pql.calls import LATER, SIGNATURES
from roarbase.query.pql.frame import Scope, find_table
from roarbase.query.pql.made_fields import fields_to_make
from roarbase.query.pql.parser import parse
from roarbase.query.pql.scanner import statement_error
from roarbase.query.pql.tree import Call
from roarbase.query.program import MakeField, Program

__all__ = ["compile_pql"]

_PREFIX = re.compile(r"[ \t\n]*+\[([^\]]*+)\]")
_LATER = frozenset(name.lower() for name in LATER)


def compile_pql(text: str, schema: Schema, *, nesting: int = 100) -> Program:
    """Compile `[table]Call(...)Call(...)`: one step per call, in order; in front, the fields that they make.

    The table's name is what stands between the brackets, as it is. White space in front of
    them and one `;` at the end are passed over.

    Args:
        nesting: How many calls deep the statement may go.

    Raises:
        StatementError: The text is no PQL, or what it says does not fit the schema; line and
            column say where.

    >>> from roarbase.model.fields import TableSpec
    >>> compile_pql("[iris]Count(All())", Schema(tables={"iris": TableSpec(id="1", name="iris")}))[0].plan
    Count(input=All())
    """
    _check_characters(text)
    prefix = _PREFIX.match(text)
    if prefix is None:
        raise statement_error(text, 0, "not a valid PQL query: it begins with its table in brackets, [table]Call(...)")
    end = len(text.rstrip(" \t\n"))
    stop = end - 1 if text[end - 1] == ";" else end
    try:
        calls = parse(text, start=prefix.end(), stop=max(stop, prefix.end()), nesting=nesting)
        table = find_table(text, schema, prefix.group(1), prefix.start(1))
        return _compiled(text, schema, table, calls)
    except RecursionError:
        # A limit on nesting may be set beyond what the interpreter's stack holds.
        raise StatementError("the calls nest too deep to be compiled") from None


def _check_characters(text: str) -> None:
    """Raise StatementError if the text holds half a character: it could be neither logged nor sent back."""
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"the character {text[error.start]!a} is half of one (a lone surrogate), and no text"
        raise statement_error(text, error.start, message) from None


def _compiled(text: str, schema: Schema, table: TableSpec, calls: Sequence[Call]) -> Program:
    scope = Scope(text=text, schema=schema, table=table, signatures=SIGNATURES, later=_LATER)
    made = fields_to_make(scope, calls)
    if not made:
        return tuple(scope.ask(call) for call in calls)
    whole = replace(table, fields={**table.fields, **{spec.name: spec for spec in made}})
    scope = replace(scope, table=whole, schema=replace(schema, tables={**schema.tables, table.name: whole}))
    return (*(MakeField(table, spec) for spec in made), *(scope.ask(call) for call in calls))
