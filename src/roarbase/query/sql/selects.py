"""A SELECT tree to the typed tree: every name resolved, every type checked."""

from sqlglot import exp

from roarbase.model.schema import Schema
from roarbase.query.sql.aggregates import aggregate, is_aggregate, read_aggregate
from roarbase.query.sql.conditions import ConditionReader
from roarbase.query.sql.form import header
from roarbase.query.sql.joins import Sources, read_sources
from roarbase.query.sql.literals import read_literal, whole_number
from roarbase.query.sql.names import RECORD_ID, close_names, read_alias
from roarbase.query.sql.source import Source, shown
from roarbase.query.sql.tree import Aggregate, Constant, Field, Operand, Order, Output, Select
from roarbase.query.sql.unsupported import refuse, refuse_other_parts

__all__ = ["read_select"]


def read_select(source: Source, tree: exp.Select, schema: Schema) -> Select:
    """The typed tree of a SELECT.

    Raises:
        StatementError: A name is unknown, types do not go together, or a part is not supported yet.
    """
    refuse_other_parts(
        source,
        tree,
        *("expressions", "distinct", "from_", "joins", "where", "group", "having", "order", "limit", "offset"),
    )
    return _SelectReader(source, tree, read_sources(source, tree, schema)).read()


class _SelectReader:
    """Reads the clauses in the order in which they explain each other."""

    def __init__(self, source: Source, tree: exp.Select, sources: Sources) -> None:
        self._source = source
        self._tree = tree
        self._sources = sources
        self._scope = sources.scope
        self._outputs: tuple[Output, ...] = ()
        self._items: list[exp.Expr] = []  # the tree of each output, for errors
        self._keys: tuple[Field, ...] = ()
        self._is_grouped = False
        self._is_distinct = False

    def read(self) -> Select:
        tree = self._tree
        self._outputs = self._read_outputs()
        self._is_distinct = self._read_distinct()
        self._keys = self._read_keys()
        having, group = tree.args.get("having"), tree.args.get("group")
        asks_aggregates = any(isinstance(o.operand, Aggregate) for o in self._outputs)
        self._is_grouped = asks_aggregates or having is not None or group is not None
        self._check_grouping()
        self._check_joined()
        return Select(
            table=self._scope.table,
            outputs=self._outputs,
            where=self._sources.where,
            joined=self._sources.joined,
            is_distinct=self._is_distinct,
            is_grouped=self._is_grouped,
            keys=self._keys,
            having=ConditionReader(self._source, self._group_operand).read(having.this) if having else Constant(True),
            order=self._read_order(),
            limit=self._read_number("limit"),
            offset=self._read_number("offset") or 0,
        )

    # ---- columns ---------------------------------------------------------------------------

    def _read_outputs(self) -> tuple[Output, ...]:
        read = [(node, output) for node in self._tree.expressions for output in self._read_item(node)]
        if not read:
            raise self._source.syntax_error(0, "expected columns after SELECT")
        self._items = [node for node, _ in read]
        return tuple(output for _, output in read)

    def _read_item(self, node: exp.Expr) -> list[Output]:
        if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
            refuse_other_parts(self._source, node, "this", "table")
            if isinstance(node, exp.Column):
                self._scope.check_qualifier(node)
                refuse_other_parts(self._source, node.this)
            return [Output(field.name, field) for field in self._scope.fields()]
        if not isinstance(node, exp.Alias):
            operand = self._item_operand(node.unnest())
            return [Output(header(operand), operand)]
        refuse_other_parts(self._source, node, "this", "alias")
        name = read_alias(self._source, node.args["alias"])
        return [Output(name, self._item_operand(node.this.unnest()))]

    def _item_operand(self, node: exp.Expr) -> Operand:
        if is_aggregate(node):
            return read_aggregate(self._scope, node)
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            return self._scope.field(node)
        if read_literal(self._source, node) is not None:
            raise self._source.error(node, "a literal as a column is not supported yet")
        raise refuse(self._source, node)

    def _read_distinct(self) -> bool:
        distinct = self._tree.args.get("distinct")
        if distinct is not None:
            refuse_other_parts(self._source, distinct)
        return distinct is not None

    # ---- groups ----------------------------------------------------------------------------

    def _read_keys(self) -> tuple[Field, ...]:
        group = self._tree.args.get("group")
        if group is None:
            return ()
        refuse_other_parts(self._source, group, "expressions")
        return tuple(dict.fromkeys(self._read_key(node) for node in group.expressions))

    def _read_key(self, node: exp.Expr) -> Field:
        node = node.unnest()
        if read_literal(self._source, node) is not None:
            raise self._source.error(node, "GROUP BY takes the names of columns")
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            raise refuse(self._source, node)
        aliased = self._output_or_none(node)
        named = self._scope.field_or_none(node.name)
        field = aliased if named is None and isinstance(aliased, Field) else self._scope.field(node)
        if field.name == RECORD_ID:
            raise self._source.error(node, "grouping by '_id' is not supported: each record is a group of its own")
        return field

    def _check_grouping(self) -> None:
        if not self._is_grouped:
            return
        if self._is_distinct:
            raise self._source.error(self._tree, "DISTINCT together with groups or aggregates is not supported yet")
        for node, output in zip(self._items, self._outputs, strict=True):
            if isinstance(output.operand, Field) and output.operand not in self._keys:
                raise self._source.error(
                    node,
                    f"column {output.operand.name!r} invalid in select list because it is not aggregated or grouped",
                )

    def _check_joined(self) -> None:
        """A join gives each record of the first table once: only what does not show it can be asked."""
        if not self._sources.joined:
            return
        for node, output in zip(self._items, self._outputs, strict=True):
            if output.operand not in (Field(RECORD_ID, output.operand.type), aggregate("count", None)):
                raise self._source.error(
                    node, "a join gives '_id' or count(*) of its first table; other columns are not supported yet"
                )
        if self._keys:
            raise self._source.error(self._tree.args["group"], "groups over joined tables are not supported yet")

    def _group_operand(self, node: exp.Expr) -> Operand:
        """What HAVING and ORDER BY of groups may name: aliases, keys, aggregates, and those bare."""
        if is_aggregate(node):
            return read_aggregate(self._scope, node)
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            raise refuse(self._source, node)
        operand = self._output_or_none(node) or self._key_or_none(node) or self._bare_aggregate_or_none(node)
        if operand is not None:
            return operand
        field = self._scope.field(node)
        raise self._source.error(node, f"column {field.name!r} is not aggregated or grouped")

    def _key_or_none(self, node: exp.Column) -> Field | None:
        field = self._scope.field_or_none(node.name)
        return self._scope.field(node) if field in self._keys else None

    def _bare_aggregate_or_none(self, node: exp.Column) -> Aggregate | None:
        """`having count > 1` and `having sum > 10`, as June 2022 had it."""
        name = node.name.lower()
        if node.args.get("table"):
            return None
        if name == "count":
            return aggregate("count", None)
        meant = {o.operand for o in self._outputs if isinstance(o.operand, Aggregate) and o.operand.function == name}
        if len(meant) > 1:
            raise self._source.error(node, f"{shown(node.name)} could be any of several columns: write its call out")
        return next(iter(meant), None)

    def _output_or_none(self, node: exp.Column) -> Operand | None:
        """The column of the answer that a lone name means."""
        if node.args.get("table"):
            return None
        for output in self._outputs:
            if output.name in (node.name, node.name.lower()):
                return output.operand
        return None

    # ---- order and extent ------------------------------------------------------------------

    def _read_order(self) -> tuple[Order, ...]:
        order = self._tree.args.get("order")
        if order is None:
            return ()
        refuse_other_parts(self._source, order, "expressions")
        return tuple(self._read_order_term(node) for node in order.expressions)

    def _read_order_term(self, node: exp.Expr) -> Order:
        refuse_other_parts(self._source, node, "this", "desc", "nulls_first")
        operand = self._order_operand(node.this.unnest())
        if operand.type.is_set and not self._is_grouped and not self._is_distinct:
            raise self._source.error(node, f"unable to sort a column of type '{operand.type}'")
        return Order(operand, bool(node.args.get("desc")), bool(node.args.get("nulls_first")))

    def _order_operand(self, node: exp.Expr) -> Operand:
        if read_literal(self._source, node) is not None:
            return self._at_position(node)
        if self._is_grouped:
            return self._group_operand(node)
        if is_aggregate(node):
            raise self._source.error(node, "ordering by an aggregate needs groups: add GROUP BY")
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            raise refuse(self._source, node)
        operand = self._output_or_none(node) or self._scope.field(node)
        if self._is_distinct and operand not in [o.operand for o in self._outputs]:
            hint = close_names(node.name, [o.name for o in self._outputs])
            raise self._source.error(node, f"SELECT DISTINCT orders by columns that it selects{hint}")
        return operand

    def _at_position(self, node: exp.Expr) -> Operand:
        position = whole_number(self._source, node, "a position in ORDER BY")
        if not 1 <= position <= len(self._outputs):
            raise self._source.error(node, f"ORDER BY position {position} is not between 1 and {len(self._outputs)}")
        return self._outputs[position - 1].operand

    def _read_number(self, clause: str) -> int | None:
        part = self._tree.args.get(clause)
        if part is None:
            return None
        if not isinstance(part, (exp.Limit, exp.Offset)):
            raise refuse(self._source, part)
        refuse_other_parts(self._source, part, "expression")
        return whole_number(self._source, part.expression, clause.upper())
