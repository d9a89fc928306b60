"""From the text of one statement of the later language to a program."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from roarbase.query.program import AskData, AskResidue, Program
from roarbase.query.sql.later.binding.queries import bind_query
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.explaining import explain_program, explain_query
from roarbase.query.sql.later.plan_cache import PlanCache
from roarbase.query.sql.later.reading.queries import QueryReader
from roarbase.query.sql.later.selecting import answering_step
from roarbase.query.sql.later.statements.bulk_inserting import bulk_insert
from roarbase.query.sql.later.statements.copying import copy
from roarbase.query.sql.later.statements.deleting import delete
from roarbase.query.sql.later.statements.inserting import insert, insert_plain
from roarbase.query.sql.later.statements.killing import kill
from roarbase.query.sql.later.statements.showing import show
from roarbase.query.sql.later.statements.tables import alter, create, drop
from roarbase.query.sql.later.statements.targets import Written
from roarbase.query.sql.later.tree import Selected
from roarbase.query.sql.later.words import Words, read_words
from roarbase.query.sql.source import Source, shown

__all__ = ["Plans", "compile_later_sql", "compile_with_plan"]

_LONG = 2_000
"""From so many characters on it is worth a look whether a statement is a plain INSERT."""

_Read = Callable[[Binding, Words], Program]


@dataclass(frozen=True, slots=True)
class Plans:
    """What was compiled before: programs of queries, and of INSERTs what they write, by their words up to VALUES."""

    queries: PlanCache[Program] = field(default_factory=PlanCache)
    inserts: PlanCache[Written] = field(default_factory=PlanCache)


def compile_later_sql(
    text: str, catalog: Catalog, *, nesting: int = 100, plans: Plans | None = None, explains: bool = False
) -> Program:
    """What to do for a statement.

    Args:
        nesting: How deep brackets, queries and prefixes may nest.
        plans: What was compiled before.
        explains: EXPLAIN it, whether or not it says so.

    Raises:
        StatementError: The text is no statement, names what is not there, or types do not go together.
        BadRequest: A constant in it cannot be worked out.
    """
    plans = plans or Plans()
    if (known := plans.queries.find_or_none(text, catalog.schema)) is not None:
        return known
    source = Source(text)
    try:
        binding = Binding(text=source, catalog=catalog, now_ns=time.time_ns(), nesting=nesting)
        if len(text) > _LONG and not explains and (program := insert_plain(binding, plans.inserts)) is not None:
            return program
        words = read_words(source, nesting)
        is_explained = words.take("EXPLAIN") or explains
        read = _STATEMENTS.get(words.word)
        if read is None:
            raise source.syntax_error(
                words.offset, f"expected a statement such as SELECT, found {shown(words.found())}"
            )
        if is_explained:
            return _explained(binding, words, read)
        program = read(binding, words)
        if read is _select and not binding.momentary:
            plans.queries.keep(text, catalog.schema, program)
        return program
    except RecursionError:
        raise source.syntax_error(0, "the statement nests deeper than can be read here") from None


def compile_with_plan(text: str, catalog: Catalog, *, nesting: int = 100) -> tuple[Program, Program]:
    """What to do for a statement, and what tells how that is done; raises as `compile_later_sql`."""
    program = compile_later_sql(text, catalog, nesting=nesting)
    if not program or not all(isinstance(step, AskData | AskResidue) for step in program):
        return program, explain_program(program)
    return program, compile_later_sql(text, catalog, nesting=nesting, explains=True)


def _explained(binding: Binding, words: Words, read: _Read) -> Program:
    if read is not _select:
        return explain_program(read(binding, words))
    return explain_query(_bound(binding, words))


def _select(binding: Binding, words: Words) -> Program:
    return (answering_step(_bound(binding, words)),)


def _bound(binding: Binding, words: Words) -> Selected:
    query = QueryReader(words).read()
    words.expect_end()
    return bind_query(binding, query)


_STATEMENTS: dict[str, _Read] = {
    "ALTER": alter,
    "BULK": bulk_insert,
    "COPY": copy,
    "CREATE": create,
    "DELETE": delete,
    "DROP": drop,
    "INSERT": insert,
    "KILL": kill,
    "REPLACE": insert,
    "SELECT": _select,
    "SHOW": show,
    "WITH": _select,
    "(": _select,
}
