"""FROM: tables, views, system tables and queries, with their hints, joined or side by side."""

from collections.abc import Callable
from dataclasses import replace

from roarbase.model.fields import TableSpec
from roarbase.model.results import DataType, ResultTable
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.columns import Columns, columns_of_table
from roarbase.query.sql.later.binding.scope import Binding, Named, Scope
from roarbase.query.sql.later.reading.queries import QueryReader
from roarbase.query.sql.later.syntax import (
    Call,
    Expression,
    JoinSource,
    QuerySource,
    Reference,
    Select,
    TableName,
)
from roarbase.query.sql.later.syntax import Source as SourceNode
from roarbase.query.sql.later.tree import (
    Expr,
    Flat,
    GivenRows,
    JoinedSource,
    QueryRows,
    Rows,
    Selected,
    TableRows,
)
from roarbase.query.sql.later.words import read_words
from roarbase.query.sql.names import close_names
from roarbase.query.sql.source import Source

__all__ = ["SourceBinder", "WithQueries", "read_view"]

WithQueries = dict[str, Callable[[], Selected]]
"""What binds the queries of WITH, by name."""

_MOST_VIEWS_DEEP = 20
_GIVEN = {
    DataType.STRING: Kind.STRING,
    DataType.INT64: Kind.INT,
    DataType.UINT64: Kind.ID,
    DataType.BOOL: Kind.BOOL,
    DataType.TIMESTAMP: Kind.TIMESTAMP,
}


def read_view(text: str, nesting: int) -> tuple[Source, Select]:
    """The query of a view."""
    source = Source(text)
    words = read_words(source, nesting)
    query = QueryReader(words).read()
    words.expect_end()
    return source, query


class SourceBinder:
    """Binds FROM clauses.

    Args:
        bind_query: Binds a query that stands where a table could, and may name queries of WITH.
        named: The queries of WITH, by name.
    """

    def __init__(
        self,
        binding: Binding,
        bind_query: Callable[[Select, Binding, WithQueries], Selected],
        named: WithQueries,
    ) -> None:
        self._binding = binding
        self._bind_query = bind_query
        self._named = named

    def bind(self, node: SourceNode, scope: Scope, bind_condition: Callable[[Expression], Expr]) -> Rows:
        """The rows of a FROM clause, whose names are made known to the scope.

        Raises:
            StatementError: A table is not there, a hint is not known, or two sources have one name.
        """
        if isinstance(node, TableName):
            return self._table(node, scope)
        if isinstance(node, QuerySource):
            query = self._bind_query(node.query, self._binding, self._named)
            return self._query(query, (node.alias.text,) if node.alias else (), scope, node.at)
        return self._joined(node, scope, bind_condition)

    def _joined(self, node: JoinSource, scope: Scope, bind_condition: Callable[[Expression], Expr]) -> Rows:
        rows = self.bind(node.first, scope, bind_condition)
        for join in node.joins:
            right = self.bind(join.source, scope, bind_condition)
            condition = bind_condition(join.condition) if join.condition is not None else None
            rows = JoinedSource(join.kind, rows, right, condition)
        return rows

    def _table(self, node: TableName, scope: Scope) -> Rows:
        name, at = node.name.text, node.name.at
        names = (node.alias.text, name) if node.alias is not None else (name,)
        if name in self._named:
            return self._query(self._named[name](), names, scope, at)
        table = self._binding.catalog.schema.tables.get(name)
        if table is not None:
            return self._records(node, table, names, scope)
        self._binding.momentary.append(name)
        if (system := self._binding.catalog.system_tables().get(name)) is not None:
            return self._given(system(), names, scope, at)
        view = self._binding.catalog.view_or_none(name)
        if view is None:
            hint = close_names(name, self._binding.catalog.schema.tables)
            raise self._binding.error(at, f"table or view '{name}' not found{hint}", table=name)
        return self._query(self._view(name, view, at), names, scope, at)

    def _records(self, node: TableName, table: TableSpec, names: tuple[str, ...], scope: Scope) -> Rows:
        columns = columns_of_table(table)
        number = self._binding.number_source(node.name.at)
        source = Named(number=number, names=names, columns=columns)
        scope.add(source, node.name.at)
        flat = tuple(self._flat(hint, source) for hint in node.hints)
        return TableRows(number=number, table=table, fields=tuple(table.fields), flat=flat)

    def _flat(self, hint: Call, source: Named) -> Flat:
        if hint.name != "flatten":
            raise self._binding.error(hint.at, f"unknown query hint '{hint.name}'")
        if len(hint.arguments) != 1:
            raise self._binding.error(
                hint.at,
                f"query hint 'flatten' expected 1 parameter(s) (column name), got {len(hint.arguments)} parameters",
            )
        argument = hint.arguments[0]
        column = source.column_or_none(argument.name) if isinstance(argument, Reference) else None
        if column is None:
            shown = argument.name if isinstance(argument, Reference) else "an expression"
            raise self._binding.error(argument.at, f"column '{shown}' not found")
        if not column.type.is_set:
            raise self._binding.error(argument.at, "set expression expected")
        return Flat(column.place)

    def _given(self, table: ResultTable, names: tuple[str, ...], scope: Scope, at: int) -> Rows:
        number = self._binding.number_source(at)
        columns = Columns.of((column.name, SqlType(_GIVEN[column.type], column.scale)) for column in table.columns)
        scope.add(Named(number=number, names=names, columns=columns), at)
        return GivenRows(number=number, columns=table.columns)

    def _query(self, query: Selected, names: tuple[str, ...], scope: Scope, at: int) -> Rows:
        number = self._binding.number_source(at)
        columns = Columns.of((output.name, output.value.type) for output in query.outputs)
        scope.add(Named(number=number, names=names, columns=columns), at)
        return QueryRows(number=number, query=query)

    def _view(self, name: str, text: str, at: int) -> Selected:
        if name in self._binding.views or len(self._binding.views) >= _MOST_VIEWS_DEEP:
            raise self._binding.error(at, f"view '{name}' is made of itself, or of too many others")
        source, query = read_view(text, self._binding.nesting)
        inner = replace(self._binding, text=source, views=(*self._binding.views, name))
        return self._bind_query(query, inner, {})  # names of WITH are known where they stand, not in views
