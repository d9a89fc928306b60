"""CREATE, ALTER and DROP DATABASE: deployments, as SQL calls them."""

from roarbase.query.program import DropDatabase, MakeDatabase, Program, ResizeDatabase, Tell
from roarbase.query.sql.later.answers import as_table
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.catalog import DatabaseRow
from roarbase.query.sql.later.words import Words

__all__ = ["alter_database", "create_database", "drop_database"]

_NOTHING: Program = (Tell(as_table([])),)
_MOST_UNITS = 10_000


def create_database(binding: Binding, words: Words) -> Program:
    """CREATE DATABASE [IF NOT EXISTS] d [WITH UNITS n COMMENT '…']."""
    may_exist = words.take("IF", "NOT", "EXISTS")
    token = words.take_name("a database")
    units, description = _read_options(binding, words)
    words.expect_end()
    if _found_or_none(binding, token.text) is None:
        return MakeDatabase(name=token.text, units=units or 0, description=description), *_NOTHING
    if may_exist:
        return _NOTHING
    raise binding.error(token.start, f"database '{token.text}' already exists")


def alter_database(binding: Binding, words: Words) -> Program:
    """ALTER DATABASE d WITH UNITS n."""
    found = _found(binding, words)
    at = words.offset
    units, _ = _read_options(binding, words)
    words.expect_end()
    if units is None:
        raise binding.error(at, "UNITS expected")
    return ResizeDatabase(id=found.id, units=units), *_NOTHING


def drop_database(binding: Binding, words: Words) -> Program:
    """DROP DATABASE [IF EXISTS] d."""
    if words.take("IF", "EXISTS"):
        token = words.take_name("a database")
        words.expect_end()
        there = _found_or_none(binding, token.text)
        return _NOTHING if there is None else (DropDatabase(there.id), *_NOTHING)
    found = _found(binding, words)
    words.expect_end()
    return DropDatabase(found.id), *_NOTHING


def _found(binding: Binding, words: Words) -> DatabaseRow:
    token = words.take_name("a database")
    found = _found_or_none(binding, token.text)
    if found is None:
        raise binding.error(token.start, f"database '{token.text}' not found")
    return found


def _found_or_none(binding: Binding, name: str) -> DatabaseRow | None:
    rows = binding.catalog.read_databases()
    return next((row for row in rows if row.name == name), None)


def _read_options(binding: Binding, words: Words) -> tuple[int | None, str]:
    """The units, if any are given, and the comment."""
    units: int | None = None
    description = ""
    while words.word in ("WITH", "UNITS", "COMMENT"):
        words.take("WITH")
        if words.take("UNITS"):
            at = words.offset
            units = words.take_integer()
            if not 0 <= units <= _MOST_UNITS:
                raise binding.error(
                    at, f"invalid value '{units}' for units (should be a number between 0-{_MOST_UNITS})"
                )
        else:
            words.expect("COMMENT")
            description = words.take_string()
    return units, description
