"""CREATE, ALTER and DROP, of tables and views."""

from dataclasses import replace

from roarbase.errors import RequestError, StatementError
from roarbase.model.fields import TableSpec
from roarbase.model.names import check_name
from roarbase.query.program import DropField, DropTable, KeepView, MakeField, MakeTable, Program, Tell, Warn
from roarbase.query.sql.later.answers import as_table
from roarbase.query.sql.later.binding.queries import bind_query
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.reading.queries import QueryReader
from roarbase.query.sql.later.statements.databases import alter_database, create_database, drop_database
from roarbase.query.sql.later.statements.definitions import check_first, read_definition, read_definitions
from roarbase.query.sql.later.views_table import VIEWS, VIEWS_TABLE
from roarbase.query.sql.later.words import Words
from roarbase.query.sql.names import RECORD_ID

__all__ = ["alter", "check_free", "create", "drop", "find_records", "find_table", "new_name"]

_NOTHING: Program = (Tell(as_table([])),)
_MOST_PARTITIONS = 10_000


def find_table(binding: Binding, words: Words, what: str = "table") -> TableSpec:
    """Go past the name of a table, and give it.

    Raises:
        StatementError: There is none of that name.
    """
    token = words.take_name("a table")
    name = token.text.lower()
    table = binding.catalog.schema.tables.get(name)
    if table is None:
        raise binding.error(token.start, f"{what} '{name}' not found", table=name)
    return table


def find_records(binding: Binding, words: Words, what: str = "table or view") -> TableSpec:
    """The same for a table whose records, or columns, are to be changed.

    Raises:
        StatementError: Also if it is the table of views, or a system table.
    """
    at, name = words.offset, words.found().lower()
    if name == VIEWS_TABLE or name in binding.catalog.system:
        raise binding.error(at, f"table '{name}' is for reading only", table=name)
    return find_table(binding, words, what)


def _is_taken(binding: Binding, name: str) -> bool:
    catalog = binding.catalog
    return name in catalog.schema.tables or name in catalog.system or catalog.view_or_none(name) is not None


def check_free(binding: Binding, at: int, name: str) -> None:
    """Raise if a table or view has a name."""
    if _is_taken(binding, name):
        raise binding.error(at, f"table or view '{name}' already exists")


def new_name(binding: Binding, words: Words) -> tuple[int, str]:
    """Go past a name that a table or view can have, and give its place and text."""
    token = words.take_name("a table")
    name = token.text.lower()
    if name == VIEWS_TABLE:
        raise binding.error(token.start, f"the name '{name}' is that of the table of views")
    try:
        check_name("table", name)
    except RequestError as error:
        raise binding.error(token.start, error.message) from None
    return token.start, name


# ---- CREATE ------------------------------------------------------------------------------------


def create(binding: Binding, words: Words) -> Program:
    """CREATE TABLE, CREATE VIEW and CREATE DATABASE."""
    words.expect("CREATE")
    if words.take("TABLE"):
        return _create_table(binding, words)
    if words.take("VIEW"):
        return _create_view(binding, words)
    if words.take("DATABASE"):
        return create_database(binding, words)
    raise _not_yet(binding, words, "CREATE")


def _not_yet(binding: Binding, words: Words, verb: str) -> StatementError:
    if words.word in ("FUNCTION", "MODEL", "USER", "INDEX"):
        return binding.error(words.offset, f"{verb} {words.word} is not supported")
    return words.source.syntax_error(words.offset, f"expected TABLE, VIEW or DATABASE, found {words.found()}")


def _create_table(binding: Binding, words: Words) -> Program:
    may_exist = words.take("IF", "NOT", "EXISTS")
    at, name = new_name(binding, words)
    is_keyed, fields = read_definitions(binding, words)
    description, warnings = _read_table_options(binding, words)
    words.expect_end()
    if may_exist and _is_taken(binding, name):
        return _NOTHING
    check_free(binding, at, name)
    make = MakeTable(name=name, is_keyed=is_keyed, fields=fields, description=description, may_exist=may_exist)
    return *warnings, make


def _read_table_options(binding: Binding, words: Words) -> tuple[str, Program]:
    """The comment behind the columns, and what is to be said of other options."""
    description = ""
    warnings: Program = ()
    known: set[str] = set()
    while words.word in ("KEYPARTITIONS", "COMMENT", "WITH"):
        words.take("WITH")
        check_first(binding, words, known)
        if words.take("KEYPARTITIONS"):
            at = words.offset
            count = words.take_integer()
            if not 1 <= count <= _MOST_PARTITIONS:
                raise binding.error(
                    at,
                    f"invalid value '{count}' for key partitions (should be a number between 1-{_MOST_PARTITIONS})",
                )
            warnings = (Warn("KEYPARTITIONS has no effect"),)
        else:
            words.expect("COMMENT")
            description = words.take_string(f"expected literal, found {words.found()}")
    return description, warnings


def _create_view(binding: Binding, words: Words) -> Program:
    may_exist = words.take("IF", "NOT", "EXISTS")
    at, name = new_name(binding, words)
    is_there = binding.catalog.view_or_none(name) is not None
    text = _view_text(binding if is_there else _within(binding, name), words)
    if _is_taken(binding, name):
        if may_exist:
            return _NOTHING
        kind = "table" if name in binding.catalog.schema.tables else "view"
        raise binding.error(at, f"{kind} '{name}' already exists")
    return _kept(binding, name, text)


def _kept(binding: Binding, name: str, text: str | None) -> Program:
    return (KeepView(table=VIEWS, name=name, text=text, owner=binding.catalog.owner),)


def _within(binding: Binding, view: str) -> Binding:
    """What a view's own query is bound with: nothing in it may be made of the view."""
    return replace(binding, views=(view,))


def _view_text(binding: Binding, words: Words) -> str:
    """The text of a view's query, which must mean something now."""
    words.expect("AS")
    start = words.offset
    bind_query(binding, QueryReader(words).read())
    words.expect_end()
    return binding.text.text[start:].rstrip().rstrip(";").rstrip()


# ---- ALTER -------------------------------------------------------------------------------------


def alter(binding: Binding, words: Words) -> Program:
    """ALTER TABLE, ALTER VIEW and ALTER DATABASE."""
    words.expect("ALTER")
    if words.take("VIEW"):
        return _alter_view(binding, words)
    if words.take("DATABASE"):
        return alter_database(binding, words)
    if not words.take("TABLE"):
        raise _not_yet(binding, words, "ALTER")
    table = find_records(binding, words, "table")
    at = words.offset
    if words.take("ADD"):
        return _add_column(binding, words, table)
    if words.take("DROP"):
        return _drop_column(binding, words, table)
    if not words.take("RENAME"):
        words.fail("ADD, DROP or RENAME")
    raise binding.error(at, "ALTER TABLE RENAME is not supported: a column keeps its name")


def _add_column(binding: Binding, words: Words, table: TableSpec) -> Program:
    words.take("COLUMN")
    at = words.offset
    spec = read_definition(binding, words)
    words.expect_end()
    if spec.name in table.fields:
        raise binding.error(at, f"column '{spec.name}' already exists")
    return MakeField(table, spec), *_NOTHING


def _drop_column(binding: Binding, words: Words, table: TableSpec) -> Program:
    words.take("COLUMN")
    token = words.take_name("a column")
    words.expect_end()
    name = token.text.lower()
    if name == RECORD_ID:
        raise binding.error(token.start, "the column '_id' cannot be dropped")
    if name not in table.fields:
        raise binding.error(token.start, f"column '{name}' not found")
    return (DropField(table, name),)


def _alter_view(binding: Binding, words: Words) -> Program:
    token = words.take_name("a view")
    name = token.text.lower()
    if binding.catalog.view_or_none(name) is None:
        raise binding.error(token.start, f"view '{name}' not found")
    return _kept(binding, name, _view_text(_within(binding, name), words))


# ---- DROP --------------------------------------------------------------------------------------


def drop(binding: Binding, words: Words) -> Program:
    """DROP TABLE, DROP VIEW and DROP DATABASE."""
    words.expect("DROP")
    if words.take("DATABASE"):
        return drop_database(binding, words)
    is_view = words.take("VIEW")
    if not is_view and not words.take("TABLE"):
        raise _not_yet(binding, words, "DROP")
    may_be_missing = words.take("IF", "EXISTS")
    token = words.take_name("a view" if is_view else "a table")
    words.expect_end()
    name = token.text.lower()
    table = binding.catalog.schema.tables.get(name)
    if is_view and binding.catalog.view_or_none(name) is not None:
        return _kept(binding, name, None)
    if not is_view and name == VIEWS_TABLE and binding.catalog.read_views():
        raise binding.error(token.start, f"table '{name}' holds views: drop these first")
    if not is_view and table is not None:
        return (DropTable(table),)
    if may_be_missing:
        return _NOTHING
    raise binding.error(token.start, f"{'view' if is_view else 'table or view'} '{name}' not found")
