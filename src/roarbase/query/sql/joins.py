"""The tables of a SELECT: the first one, and those joined to it, each with its own part of the conditions.

    select _id from g join j on g._id = j.f where g.a = 1 and j.b = 2 and j.c < 3

reads as: records of `g` with a = 1 whose `_id` is the value of `f` in a record of `j` with b = 2 and c < 3. A join
chooses records of the first table, as in June 2022: each comes once, however many records it is joined to. So
ON and WHERE are one list of conditions: those that equate columns of two tables join these, every other one is
about one table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from roarbase.model.schema import Schema
from roarbase.query.sql.aggregates import is_aggregate
from roarbase.query.sql.conditions import ConditionReader, terms_of
from roarbase.query.sql.kinds import Kind, are_equatable
from roarbase.query.sql.names import RECORD_ID, Scope, close_names, find_table, read_alias
from roarbase.query.sql.source import Source, shown
from roarbase.query.sql.tree import Condition, Constant, Field, Joined, Operand, Select
from roarbase.query.sql.unsupported import refuse, refuse_other_parts

__all__ = ["Sources", "read_sources"]


@dataclass(frozen=True, slots=True)
class Sources:
    """What FROM, ON and WHERE say: the first table, what is asked of its records, and what is joined to them."""

    scope: Scope
    where: Condition
    joined: tuple[Joined, ...]


def read_sources(source: Source, tree: exp.Select, schema: Schema) -> Sources:
    """The tables of a SELECT and what is asked of each.

    Raises:
        StatementError: A table or column is not there, types do not go together, or a join is of another kind.
    """
    from_, where = tree.args.get("from_"), tree.args.get("where")
    if from_ is None:
        raise source.error(tree, "SELECT without FROM is not supported yet")
    refuse_other_parts(source, from_, "this")
    joins = tree.args.get("joins") or []
    scopes = [_read_table(source, table, schema) for table in (from_.this, *(join.this for join in joins))]
    on = [_read_on(source, join) for join in joins]
    conditions = [condition for condition in (*on, where.this if where else None) if condition is not None]
    if joins:
        return _Joiner(source, scopes, conditions).read(tree)
    return Sources(scopes[0], _read_conditions(source, scopes[0], conditions), ())


def _read_table(source: Source, table: exp.Expr, schema: Schema) -> Scope:
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise refuse(source, table.this if isinstance(table, exp.Table) else table)
    refuse_other_parts(source, table, "this", "alias")
    alias = table.args.get("alias")
    if alias is not None:
        refuse_other_parts(source, alias, "this")
    name = read_alias(source, alias.this) if alias is not None else None
    return Scope(source, find_table(source, schema, table.name, int(table.this.meta.get("start", 0))), name)


def _read_on(source: Source, join: exp.Join) -> exp.Expr | None:
    """The condition of a join; None where WHERE is to say it, as behind a comma."""
    for part in ("side", "kind"):
        word = str(join.args.get(part) or "INNER").upper()
        if word != "INNER":
            raise source.error(join.this, f"{word} JOIN is not supported yet")
    refuse_other_parts(source, join, "this", "on", "kind")
    on: exp.Expr | None = join.args.get("on")
    return on


def _read_conditions(source: Source, scope: Scope, nodes: Sequence[exp.Expr]) -> Condition:
    """What is asked of the records of one table, all of it."""

    def operand(node: exp.Expr) -> Operand:
        if is_aggregate(node):
            raise source.error(node, "an aggregate asks about groups: it stands in HAVING, not in WHERE")
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            return scope.field(node)
        raise refuse(source, node)

    reader = ConditionReader(source, operand, takes_times=True)
    if not nodes:
        return Constant(True)
    return reader.read(nodes[0]) if len(nodes) == 1 else reader.read_all(nodes)


@dataclass(frozen=True, slots=True)
class _Link:
    """An equality of columns of two tables, which are told by their places in FROM."""

    node: exp.Expr
    ends: dict[int, Field]

    def other(self, place: int) -> int:
        return next(end for end in self.ends if end != place)


class _Joiner:
    """Finds out which table each condition is about, and how the tables hang together."""

    def __init__(self, source: Source, scopes: Sequence[Scope], conditions: Sequence[exp.Expr]) -> None:
        self._source = source
        self._scopes = scopes
        self._terms = [term for condition in conditions for term in terms_of(condition)]
        self._about: list[list[exp.Expr]] = [[] for _ in scopes]
        self._asked: list[Condition] = []
        self._links: list[_Link] = []

    def read(self, tree: exp.Select) -> Sources:
        """The first table with all that is joined to it."""
        self._check_names(tree)
        for term in self._terms:
            self._read_term(term)
        self._asked = [_read_conditions(self._source, *asked) for asked in zip(self._scopes, self._about, strict=True)]
        self._scopes[0].beside = frozenset(scope.name.lower() for scope in self._scopes[1:])
        self._check_links(tree)
        return Sources(self._scopes[0], self._asked[0], self._joined_to(0, None))

    def _check_names(self, tree: exp.Select) -> None:
        names = [scope.name.lower() for scope in self._scopes]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise self._source.error(tree, f"two tables are called {twice!r}: give one of them an alias")

    # ---- conditions ------------------------------------------------------------------------

    def _read_term(self, term: exp.Expr) -> None:
        term = term.unnest()
        sides = [term.this.unnest(), term.expression.unnest()] if isinstance(term, exp.EQ) else []
        columns = [side for side in sides if self._is_column(side)]
        if len(columns) == 2 and self._place(columns[0]) != self._place(columns[1]):
            self._links.append(self._link(term, columns))
            return
        places = {self._place(node) for node in term.find_all(exp.Column) if self._is_column(node)}
        if len(places) > 1:
            raise self._source.error(term, "a condition on columns of several tables is not supported yet")
        place = next(iter(places), 0)
        self._about[place].append(term)

    def _is_column(self, node: exp.Expr) -> bool:
        """Whether it is a column, and no string in double quotes."""
        return isinstance(node, exp.Column) and not self._source.is_double_quoted(node)

    def _place(self, column: exp.Column) -> int:
        """Which table a column is of."""
        qualifier = column.args.get("table")
        if qualifier is not None:
            names = [scope.name.lower() for scope in self._scopes]
            if qualifier.name.lower() in names:
                return names.index(qualifier.name.lower())
            hint = close_names(qualifier.name, names)
            raise self._source.error(qualifier, f"table not found: {shown(qualifier.name)}{hint}")
        if column.name.lower() == RECORD_ID:
            return 0
        places = [place for place, scope in enumerate(self._scopes) if scope.field_or_none(column.name) is not None]
        if len(places) > 1:
            raise self._source.error(
                column, f"column {shown(column.name)} could be of several tables: put the table's name before it"
            )
        return places[0] if places else 0

    def _link(self, node: exp.Expr, columns: Sequence[exp.Column]) -> _Link:
        ends = {self._place(column): self._scopes[self._place(column)].field(column) for column in columns}
        record, value = sorted(ends.values(), key=lambda end: end.name != RECORD_ID)
        if record.name != RECORD_ID:
            raise self._source.error(node, "a join of two columns neither of which is '_id' is not supported yet")
        if not are_equatable(record.type, value.type):
            raise self._source.error(node, f"types '{record.type}' and '{value.type}' are not equatable")
        if value.type.kind == Kind.DECIMAL:
            raise self._source.error(node, f"a join by a column of type '{value.type}' is not supported yet")
        return _Link(node, ends)

    # ---- tables ----------------------------------------------------------------------------

    def _check_links(self, tree: exp.Select) -> None:
        """Raise unless there is exactly one way from each table to every other."""
        groups = [{place} for place in range(len(self._scopes))]
        for link in self._links:
            ends = [group for group in groups if group & link.ends.keys()]
            if len(ends) == 1:
                sentence = "tables that are joined by more than one condition are not supported yet"
                raise self._source.error(link.node, sentence)
            groups = [group for group in groups if group not in ends] + [ends[0] | ends[1]]
        apart = next((group for group in groups if 0 not in group), None)
        if apart is not None:
            first, name = self._scopes[0].name, self._scopes[min(apart)].name
            wanted = f"a condition such as {first}._id = {name}._id is missing"
            raise self._source.error(tree, f"nothing joins the table {name!r} to the others: {wanted}")

    def _joined_to(self, place: int, parent: _Link | None) -> tuple[Joined, ...]:
        """What is joined to a table, beside the one that it is joined to itself."""
        return tuple(
            Joined(self._records(link.other(place), link), own=link.ends[place], other=link.ends[link.other(place)])
            for link in self._links
            if place in link.ends and link is not parent
        )

    def _records(self, place: int, parent: _Link) -> Select:
        joined = self._joined_to(place, parent)
        return Select(table=self._scopes[place].table, outputs=(), where=self._asked[place], joined=joined)
