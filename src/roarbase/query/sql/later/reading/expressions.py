"""Expressions, by how tightly their operators bind."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from roarbase.model.fields import MAXIMUM_LENGTH
from roarbase.query.sql.later.reading.windows import read_over
from roarbase.query.sql.later.syntax import (
    Between,
    Binary,
    Call,
    CaseWhen,
    Cast,
    Constant,
    Exists,
    Expression,
    In,
    InQuery,
    IsNull,
    Now,
    OrderTerm,
    QueryExpression,
    Reference,
    Select,
    SetLiteral,
    Star,
    TupleLiteral,
    TypeName,
    Unary,
    Variable,
)
from roarbase.query.sql.later.words import NUMBER_TOKEN, TEXT_TOKENS, WORD_TOKEN, Words

__all__ = ["ExpressionReader", "read_type_name"]

_OR, _AND, _NOT, _EQUAL, _LESS, _BITS, _PLUS, _TIMES, _JOIN, _PREFIX = range(1, 11)
_POWERS = {
    "OR": _OR,
    "AND": _AND,
    **dict.fromkeys(("=", "!=", "<>", "IS", "LIKE", "BETWEEN", "IN", "NOT"), _EQUAL),
    **dict.fromkeys(("<", "<=", ">", ">="), _LESS),
    **dict.fromkeys(("&", "|", "<<", ">>"), _BITS),
    **dict.fromkeys(("+", "-"), _PLUS),
    **dict.fromkeys(("*", "/", "%"), _TIMES),
    "||": _JOIN,
}
_NEGATABLE = ("LIKE", "BETWEEN", "IN")


def read_type_name(words: Words) -> TypeName:
    """A type, such as `int` or `decimal(2)`."""
    if words.kind != WORD_TOKEN:
        words.fail("type name")
    token = words.next()
    scale = None
    if words.take("("):
        scale = MAXIMUM_LENGTH if words.take("MAX") else words.take_integer()
        words.expect(")")
    return TypeName(token.start, token.text.lower(), scale)


class ExpressionReader:
    """Reads expressions off words.

    Args:
        read_query: Reads a SELECT where a query stands in an expression.
        read_order: Reads ORDER BY where it stands in a window.
    """

    def __init__(
        self, words: Words, read_query: Callable[[], Select], read_order: Callable[[], tuple[OrderTerm, ...]]
    ) -> None:
        self._words = words
        self._read_query = read_query
        self._read_order = read_order

    def read(self, power: int = 0) -> Expression:
        """The expression that begins here, with all operators that bind tighter than `power`."""
        words = self._words
        with words:
            left = self._prefix()
            while (binds := _POWERS.get(words.word, 0)) > power:
                at, word = words.offset, words.word
                if word == "NOT" and words.following() not in _NEGATABLE:
                    break
                words.next()
                is_negated = word == "NOT"
                left = self._operation(at, words.next().text.upper() if is_negated else word, left, binds, is_negated)
            return left

    def read_list(self, close: str) -> tuple[Expression, ...]:
        """Expressions up to a closing sign, which is passed. A comma may stand behind the last one."""
        return self._list(close, self.read)

    def _list(self, close: str, read: Callable[[], Expression]) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while not self._words.take(close):
            found.append(read())
            if not self._words.take(","):
                self._words.expect(close)
                break
        return tuple(found)

    # ---- behind an operand -------------------------------------------------------------------

    def _operation(self, at: int, word: str, left: Expression, power: int, is_negated: bool) -> Expression:
        match word:
            case "IS":
                not_null = self._words.take("NOT")
                self._words.expect("NULL")
                return IsNull(at, left, not_null)
            case "BETWEEN":
                low = self.read(_EQUAL)
                self._words.expect("AND")
                return Between(at, left, low, self.read(_EQUAL), is_negated)
            case "IN":
                return self._in(at, left, is_negated)
            case "LIKE":
                return Binary(at, "NOTLIKE" if is_negated else "LIKE", left, self.read(power))
        return Binary(at, "!=" if word == "<>" else word, left, self.read(power))

    def _in(self, at: int, left: Expression, is_negated: bool) -> Expression:
        words = self._words
        words.expect("(")
        if words.word in ("SELECT", "WITH"):
            query = self._read_query()
            words.expect(")")
            return InQuery(at, left, query, is_negated)
        items = self.read_list(")")
        if not items:
            words.fail("expression")
        return In(at, left, items, is_negated)

    # ---- an operand --------------------------------------------------------------------------

    def _prefix(self) -> Expression:
        words = self._words
        at, word, kind = words.offset, words.word, words.kind
        if word in ("-", "+", "!", "NOT"):
            words.next()
            return Unary(at, word, self.read(_NOT if word == "NOT" else _PREFIX))
        if kind == NUMBER_TOKEN:
            return self._number(at)
        if kind in TEXT_TOKENS:
            return Constant(at, words.take_string())
        if (read := _READERS.get(word)) is not None:
            return read(self, at)
        if not words.is_name():
            words.fail("expression")
        return self._name(at)

    def _number(self, at: int) -> Expression:
        token = self._words.next()
        text = token.text
        if text.isdigit():
            return Constant(at, self._words.whole(token))
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise self._words.source.syntax_error(at, f"{text!r} is no number") from None
        return Constant(at, number)

    def _point(self, at: int) -> Expression:
        """`.5`"""
        self._words.next()
        if self._words.kind != NUMBER_TOKEN or not self._words.text.isdigit():
            self._words.fail("expression")
        return Constant(at, Decimal("0." + self._words.next().text))

    def _parenthesis(self, at: int) -> Expression:
        self._words.next()
        if self._words.word in ("SELECT", "WITH"):
            query = self._read_query()
            self._words.expect(")")
            return QueryExpression(at, query)
        inner = self.read()
        self._words.expect(")")
        return inner

    def _set(self, at: int) -> Expression:
        self._words.next()
        return SetLiteral(at, self.read_list("]"))

    def _tuple(self, at: int) -> Expression:
        self._words.next()
        return TupleLiteral(at, self.read_list("}"))

    def _star(self, at: int) -> Expression:
        self._words.next()
        return Star(at)

    def _variable(self, at: int) -> Expression:
        self._words.next()
        if self._words.kind != NUMBER_TOKEN or not self._words.text.isdigit():
            self._words.fail("a number after '@'")
        return Variable(at, self._words.whole(self._words.next()))

    def _word(self, at: int) -> Expression:
        """`true`, `false`, `null`."""
        return Constant(at, {"TRUE": True, "FALSE": False, "NULL": None}[self._words.next().text.upper()])

    def _now(self, at: int) -> Expression:
        if self._words.following() in (".", "("):
            return self._name(at)
        return Now(at, is_date=self._words.next().text.upper() == "CURRENT_DATE")

    def _exists(self, at: int) -> Expression:
        self._words.next()
        self._words.expect("(")
        query = self._read_query()
        self._words.expect(")")
        return Exists(at, query)

    def _case(self, at: int) -> Expression:
        words = self._words
        words.next()
        operand = None if words.word == "WHEN" else self.read()
        branches: list[tuple[Expression, Expression]] = []
        while words.take("WHEN"):
            condition = self.read()
            words.expect("THEN")
            branches.append((condition, self.read()))
        if not branches:
            words.fail("WHEN")
        otherwise = self.read() if words.take("ELSE") else None
        words.expect("END")
        return CaseWhen(at, operand, tuple(branches), otherwise)

    def _cast(self, at: int) -> Expression:
        words = self._words
        if words.following() != "(":
            return self._name(at)
        words.next()
        words.expect("(")
        operand = self.read()
        words.expect("AS")
        type_name = read_type_name(words)
        words.expect(")")
        return Cast(at, operand, type_name)

    def _name(self, at: int) -> Expression:
        words = self._words
        is_word = words.kind == WORD_TOKEN
        name = words.next().text
        if is_word and words.word == "(":
            return self._call(at, name.lower())
        if not words.take("."):
            return Reference(at, name.lower())
        if words.take("*"):
            return Star(at, name.lower())
        return Reference(at, words.take_name("a column").text.lower(), name.lower())

    def _call(self, at: int, name: str) -> Expression:
        words = self._words
        words.expect("(")
        is_distinct = words.take("DISTINCT")
        arguments = self._list(")", self._argument)
        end = words.last_offset
        call = Call(at, name, arguments, end, is_distinct)
        if words.word == "OVER" and words.following() == "(":
            return read_over(words, call, self.read, self._read_order)
        return call

    def _argument(self) -> Expression:
        """What is given to a function: an expression, or a query as it is."""
        if self._words.word != "SELECT":
            return self.read()
        return QueryExpression(self._words.offset, self._read_query())


_READERS: dict[str, Callable[[ExpressionReader, int], Expression]] = {
    "(": ExpressionReader._parenthesis,
    ".": ExpressionReader._point,
    "[": ExpressionReader._set,
    "{": ExpressionReader._tuple,
    "*": ExpressionReader._star,
    "@": ExpressionReader._variable,
    "TRUE": ExpressionReader._word,
    "FALSE": ExpressionReader._word,
    "NULL": ExpressionReader._word,
    "CURRENT_TIMESTAMP": ExpressionReader._now,
    "CURRENT_DATE": ExpressionReader._now,
    "EXISTS": ExpressionReader._exists,
    "CASE": ExpressionReader._case,
    "CAST": ExpressionReader._cast,
}
