"""SELECT, with all that may follow it."""

from collections.abc import Callable

from roarbase.query.sql.later.reading.expressions import ExpressionReader
from roarbase.query.sql.later.syntax import (
    Call,
    Expression,
    Item,
    Join,
    JoinSource,
    Name,
    OrderTerm,
    QuerySource,
    Select,
    SelectBody,
    SetOperation,
    Source,
    TableName,
)
from roarbase.query.sql.later.words import Words

__all__ = ["QueryReader"]

_SET_OPERATORS = ("UNION", "INTERSECT", "EXCEPT")
_Body = SelectBody | SetOperation | Select


class QueryReader:
    """Reads queries off words; `expressions` reads what stands in them."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self.expressions = ExpressionReader(words, self.read, self._order)

    def read(self) -> Select:
        """The query that begins here."""
        with self._words:
            named = self._named() if self._words.take("WITH") else ()
            body = self._union()
            order = self._order() if self._words.word == "ORDER" else ()
            limit, offset = self._extent()
            if limit is not None and isinstance(body, SelectBody) and body.top is not None:
                raise self._words.source.error(self._words.last_offset, "TOP and LIMIT cannot be used at the same time")
            if isinstance(body, SelectBody) and body.top is not None:
                limit = body.top
            return Select(body=body, order=order, limit=limit, offset=offset, named=named)

    def _named(self) -> tuple[tuple[Name, Select], ...]:
        found: list[tuple[Name, Select]] = []
        while True:
            token = self._words.take_name("a query")
            self._words.expect("AS", "(")
            found.append((Name(token.start, token.text.lower()), self.read()))
            self._words.expect(")")
            if not self._words.take(","):
                return tuple(found)

    # ---- UNION and the like --------------------------------------------------------------------

    def _union(self) -> _Body:
        left = self._intersect()
        while self._words.word in ("UNION", "EXCEPT"):
            left = self._set_operation(left, self._intersect)
        return left

    def _intersect(self) -> _Body:
        left = self._one()
        while self._words.word == "INTERSECT":
            left = self._set_operation(left, self._one)
        return left

    def _set_operation(self, left: _Body, read_right: Callable[[], _Body]) -> SetOperation:
        at = self._words.offset
        operator = self._words.next().text.upper()
        is_all = self._words.take("ALL")
        if not is_all:
            self._words.take("DISTINCT")
        return SetOperation(at, operator, is_all, left, read_right())

    def _one(self) -> _Body:
        if self._words.take("("):
            inner = self.read()
            self._words.expect(")")
            return inner
        return self._select()

    # ---- one SELECT ----------------------------------------------------------------------------

    def _select(self) -> SelectBody:
        words = self._words
        at = words.expect("SELECT")
        is_distinct = words.take("DISTINCT")
        if not is_distinct:
            words.take("ALL")
        top = self._top()
        items = self._items()
        source = self._sources() if words.take("FROM") else None
        where = self.expressions.read() if words.take("WHERE") else None
        keys: tuple[Expression, ...] = ()
        if words.take("GROUP"):
            words.expect("BY")
            keys = self._expressions()
        having = self.expressions.read() if words.take("HAVING") else None
        return SelectBody(
            at=at, items=items, is_distinct=is_distinct, top=top, source=source, where=where, keys=keys, having=having
        )

    def _top(self) -> int | None:
        if self._words.word not in ("TOP", "TOPN") or self._words.following() != "(":
            return None
        self._words.next()
        self._words.expect("(")
        top = self._count("TOP")
        self._words.expect(")")
        return top

    def _items(self) -> tuple[Item, ...]:
        items = [self._item()]
        while self._words.take(","):
            items.append(self._item())
        return tuple(items)

    def _item(self) -> Item:
        expression = self.expressions.read()
        if self._words.take("AS"):
            token = self._words.take_name("an alias")
        elif self._words.is_name():
            token = self._words.next()
        else:
            return Item(expression)
        return Item(expression, Name(token.start, token.text))

    def _expressions(self) -> tuple[Expression, ...]:
        found = [self.expressions.read()]
        while self._words.take(","):
            found.append(self.expressions.read())
        return tuple(found)

    # ---- FROM ----------------------------------------------------------------------------------

    def _sources(self) -> Source:
        first = self._source()
        joins: list[Join] = []
        while (join := self._join()) is not None:
            joins.append(join)
        return JoinSource(first, tuple(joins)) if joins else first

    def _join(self) -> Join | None:
        words = self._words
        at = words.offset
        if words.take(","):
            return Join(at, "CROSS", self._source(), None)
        kind = "INNER"
        if words.word in ("INNER", "LEFT", "RIGHT", "FULL", "CROSS"):
            kind = words.next().text.upper()
            if kind in ("LEFT", "RIGHT", "FULL"):
                words.take("OUTER")
            words.expect("JOIN")
        elif not words.take("JOIN"):
            return None
        source = self._source()
        if kind == "CROSS":
            return Join(at, kind, source, None)
        words.expect("ON")
        return Join(at, kind, source, self.expressions.read())

    def _source(self) -> Source:
        words = self._words
        at = words.offset
        if words.take("("):
            if words.word in ("SELECT", "WITH", "("):
                query = self.read()
                words.expect(")")
                return QuerySource(at, query, self._alias())
            source = self._sources()
            words.expect(")")
            return source
        token = words.take_name("a table")
        hints = self._hints()
        alias = self._alias()
        return TableName(Name(token.start, token.text.lower()), alias, hints or self._hints())

    def _alias(self) -> Name | None:
        if self._words.take("AS") or self._words.is_name():
            token = self._words.take_name("an alias")
            return Name(token.start, token.text.lower())
        return None

    def _hints(self) -> tuple[Call, ...]:
        words = self._words
        if words.word != "WITH" or words.following() != "(":
            return ()
        words.next()
        words.next()
        calls: list[Call] = []
        while not words.take(")"):
            hint = self.expressions.read()
            if not isinstance(hint, Call):
                raise words.source.syntax_error(hint.at, "expected a query hint such as flatten(column)")
            calls.append(hint)
            words.take(",")
        return tuple(calls)

    # ---- order and extent ----------------------------------------------------------------------

    def _order(self) -> tuple[OrderTerm, ...]:
        self._words.expect("ORDER", "BY")
        terms = [self._order_term()]
        while self._words.take(","):
            terms.append(self._order_term())
        return tuple(terms)

    def _order_term(self) -> OrderTerm:
        words = self._words
        expression = self.expressions.read()
        is_descending = words.take("DESC")
        if not is_descending:
            words.take("ASC")
        if not words.take("NULLS"):
            return OrderTerm(expression, is_descending)
        is_first = words.take("FIRST")
        if not is_first:
            words.expect("LAST")
        return OrderTerm(expression, is_descending, is_first)

    def _extent(self) -> tuple[int | None, int]:
        limit, offset = None, 0
        while self._words.word in ("LIMIT", "OFFSET"):
            if self._words.next().text.upper() == "LIMIT":
                number = self._count("LIMIT", least=-1)
                limit = None if number < 0 else number
            else:
                offset = self._count("OFFSET")
        return limit, offset

    def _count(self, what: str, least: int = 0) -> int:
        at = self._words.offset
        number = self._words.take_integer()
        if number < least or number >= 2**63:
            raise self._words.source.error(at, f"{what} takes a whole number that is not negative; found {number}")
        return number
