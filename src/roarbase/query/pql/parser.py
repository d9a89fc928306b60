"""PQL text to calls, by recursive descent.

    query     = { call }
    call      = name "(" [ placed [ "," ] ] { call "," } { argument "," } ")"
    placed    = field name, of Rows, TopK, TopN, Sum, Min, Max, Percentile; record, of Set, Clear
    argument  = name operator value | number less name less number
    value     = item | "[" item { "," item } "]"
    item      = null | true | false | $variable | time | number | call | word | string

Commas stand between, and one may stand behind the last, but where a record is placed. The placed forms exist for
the exact spelling of these names only; any other call reads by the general form.

Source: PQL reference, lexical rules and grammar.
"""

import re

from roarbase.model.fields import MAXIMUM_ID
from roarbase.query.pql.literals import (
    CALL_NAME,
    CALL_START,
    FIELD_NAME,
    ITEM,
    MINUTE,
    NUMBER,
    TEXT,
    broken_string,
    number,
    string,
)
from roarbase.query.pql.scanner import Scanner, shown, statement_error
from roarbase.query.pql.tree import Argument, Between, Bound, Call, Item, Variable

__all__ = ["MAXIMUM_CALLS", "parse"]

_FIELD_FIRST = frozenset({"Max", "Min", "Percentile", "Rows", "Sum", "TopK", "TopN"})
_RECORD_FIRST = frozenset({"Clear", "Set"})
_PLACED_TIMES = {"Set": ("_timestamp",), "Range": ("from", "to")}
"""Times that may stand without a name, behind the first argument."""

_PLACED_FIELD = re.compile(rf"(?:field=)?[ \t\n]*+({FIELD_NAME.pattern})[ \t\n]*+(?:(,)[ \t\n]*+|(?=\)))")
_FIELD_ALONE = re.compile(
    rf"({'|'.join(sorted(_FIELD_FIRST))})[ \t\n]*+\([ \t\n]*+((?:field=)?[ \t\n]*+({FIELD_NAME.pattern}))[ \t\n]*+(\))"
    r"[ \t\n]*+(?:(,)[ \t\n]*+)?"
)
"""Such as Rows(age): what a statement has most of is read at once, and as many of them as follow one another."""
_DIGITS = re.compile(r"[0-9]++")
_OPENING = re.compile(rf"({CALL_NAME.pattern})[ \t\n]*+\([ \t\n]*+")
_OPERATOR = re.compile(r"><|<=|>=|==|!=|<|>|=")
_COMPARED = re.compile(rf"({FIELD_NAME.pattern})[ \t\n]*+({_OPERATOR.pattern})[ \t\n]*+")
_LESS = re.compile(r"<=?")
_CONSTANTS = {"null": None, "true": True, "false": False}

MAXIMUM_CALLS = 10_000
"""More calls beside one another would fill the memory with small answers; of more calls inside one another, one
program for the kernels would be made, which runs to its end and keeps writes waiting.
"""

_PART = "a call, an argument or ')'"
_VALUE = "a value: a number, a word, a string, a time, a list, a call, null, true or false"


def parse(text: str, *, start: int = 0, stop: int | None = None, nesting: int = 100) -> tuple[Call, ...]:
    """Read the calls of a text, without asking what they mean.

    Args:
        start: Where PQL begins in the text, in characters.
        stop: Where it ends, not included; None is the end of the text.
        nesting: How many calls deep it may go.

    Raises:
        StatementError: The text is not PQL; line and column say where.

    >>> [str(call) for call in parse("Count(Row(a=1)) Rows(b, limit=2)")]
    ['Count(Row(a=1))', 'Rows(field="b", limit=2)']
    """
    parser = _Parser(Scanner(text, start, stop), nesting)
    return parser.calls()


class _Parts:
    """What has been read of a call so far."""

    __slots__ = ("arguments", "children", "has_named", "names")

    def __init__(self) -> None:
        self.children: list[Call] = []
        self.arguments: list[Argument] = []
        self.names: set[str] = set()
        self.has_named = False


class _Parser:
    def __init__(self, scanner: Scanner, nesting: int) -> None:
        self._scanner = scanner
        self._nesting = nesting
        self._count = 0

    def calls(self) -> tuple[Call, ...]:
        self._scanner.skip_space()
        calls: list[Call] = []
        while not self._scanner.is_at_end():
            calls.append(self._call(1))
            self._scanner.skip_space()
        return tuple(calls)

    def _call(self, depth: int) -> Call:
        scanner = self._scanner
        call = self._call_or_none(depth)
        if call is None:
            match = scanner.take(CALL_NAME)
            if match is None:
                raise scanner.expected("a call such as Count(All())")
            scanner.skip_space()
            raise scanner.expected(f"'(' behind {shown(match.group())}")
        return call

    def _call_or_none(self, depth: int) -> Call | None:
        match = self._scanner.look(_OPENING)
        return None if match is None else self._opened(match, depth)

    def _opened(self, match: re.Match[str], depth: int) -> Call:
        """The call that begins here, up to its first argument, as `match` says."""
        scanner = self._scanner
        if depth > self._nesting:
            message = f"calls nest deeper than {self._nesting} levels (setting statement_nesting)"
            raise statement_error(scanner.text, match.start(), message)
        name = match.group(1)
        if name in _FIELD_FIRST and (alone := self._fields_alone(1)):
            return alone[0]
        self._note_call(match.start())
        scanner.position, parts = match.end(), _Parts()
        if self._goes_on_behind_placed(name, parts):
            self._take_parts(name, parts, depth)
        if not scanner.is_at(")"):
            raise scanner.expected("',' or ')'")
        scanner.position += 1
        return Call(name, tuple(parts.children), tuple(parts.arguments), match.start())

    def _fields_alone(self, most: int) -> list[Call]:
        """The calls of a field alone that stand here one behind the other, so many at most; go past the last one."""
        scanner, calls = self._scanner, list[Call]()
        text, position, stop = scanner.text, scanner.position, scanner.stop
        while len(calls) < most and (match := _FIELD_ALONE.match(text, position, stop)):
            name, _, field, _, mark = match.groups()
            self._note_call(position)
            calls.append(Call(name, (), (Argument("field", field, "=", match.start(2)),), position))
            scanner.position, position = match.end(4), match.end()
            if mark is None:
                break
        return calls

    def _note_call(self, position: int) -> None:
        """Count a call that begins here; raise StatementError if it is one too many."""
        self._count += 1
        if self._count > MAXIMUM_CALLS:
            message = f"a statement has at most {MAXIMUM_CALLS:,} calls, and here is one more"
            raise statement_error(self._scanner.text, position, message)

    def _goes_on_behind_placed(self, name: str, parts: _Parts) -> bool:
        """Read what the call takes by place; whether more may follow it."""
        scanner = self._scanner
        position = scanner.position
        if name in _FIELD_FIRST and (match := scanner.take(_PLACED_FIELD)):
            self._add(parts, Argument("field", match.group(1), position=position))
            return match.group(2) is not None
        if name in _RECORD_FIRST:
            record = self._record_or_none()
            if record is not None:
                self._add(parts, Argument("_col", record, position=position))
                if not scanner.take_mark(","):
                    raise scanner.expected("',' and a field with its value")
        return True

    def _record_or_none(self) -> int | str | None:
        scanner = self._scanner
        if match := scanner.take(TEXT):
            return string(match)
        match = scanner.take(_DIGITS)
        if match is None:
            return None
        digits = match.group().lstrip("0") or "0"
        if len(digits) > len(str(MAXIMUM_ID)) or int(digits) > MAXIMUM_ID:
            raise statement_error(scanner.text, match.start(), f"the record id is larger than {MAXIMUM_ID}")
        return int(digits)

    def _take_parts(self, name: str, parts: _Parts, depth: int) -> None:
        scanner = self._scanner
        while not scanner.is_at(")"):
            self._take_part(name, parts, depth)
            if not scanner.take_mark(","):
                return
        if "_col" in parts.names:
            raise scanner.expected("a field with its value")

    def _take_part(self, name: str, parts: _Parts, depth: int) -> None:
        scanner = self._scanner
        if not parts.has_named:
            match = scanner.look(_OPENING)
            if match is not None:
                is_field = match.group(1) in _FIELD_FIRST and depth < self._nesting
                alone = self._fields_alone(MAXIMUM_CALLS) if is_field else []
                parts.children += alone or (self._opened(match, depth + 1),)
                return
        elif "_timestamp" in parts.names:
            raise scanner.expected("')' behind the time")
        elif scanner.look(CALL_START):
            raise scanner.expected("an argument or ')': calls stand before named arguments")
        elif name in _PLACED_TIMES and self._takes_time(_PLACED_TIMES[name], parts):
            return
        self._add(parts, self._argument(depth))
        parts.has_named = True

    def _takes_time(self, names: tuple[str, ...], parts: _Parts) -> bool:
        name = next((n for n in names if n not in parts.names), None)
        match = self._scanner.take(MINUTE) if name is not None else None
        if name is None or match is None:
            return False
        self._add(parts, Argument(name, match.group(2), position=match.start()))
        return True

    def _add(self, parts: _Parts, argument: Argument) -> None:
        if argument.name in parts.names:
            message = f"duplicate argument provided: {argument.name[:60]}"
            raise statement_error(self._scanner.text, argument.position, message)
        parts.names.add(argument.name)
        parts.arguments.append(argument)

    def _argument(self, depth: int) -> Argument:
        scanner = self._scanner
        match = scanner.take(_COMPARED)
        if match is not None:
            name, operator = match.groups()
            return Argument(name, self._value(depth), operator, match.start())
        match = scanner.take(FIELD_NAME)
        if match is None:
            return self._between()
        scanner.skip_space()
        raise scanner.expected(f"'=' or a comparison behind {shown(match.group())}")

    def _between(self) -> Argument:
        scanner = self._scanner
        position = scanner.position
        low = self._bound(_PART)
        if not scanner.look(_OPERATOR):
            scanner.position = position
            raise scanner.expected(_PART)
        low_less = self._less()
        match = scanner.take(FIELD_NAME)
        if match is None:
            raise scanner.expected("the name of a field")
        scanner.skip_space()
        high_less = self._less()
        high = self._bound("a number, or a timestamp in quotes")
        return Argument(match.group(), Between(low, high, low_less == "<=", high_less == "<="), "><", position)

    def _bound(self, expected: str) -> Bound:
        scanner = self._scanner
        value: Bound
        if match := scanner.take(TEXT):
            value = string(match)
        elif match := scanner.take(NUMBER):
            value = number(scanner, match)
        else:
            raise broken_string(scanner) or scanner.expected(expected)
        scanner.skip_space()
        return value

    def _less(self) -> str:
        match = self._scanner.take(_LESS)
        if match is None:
            raise self._scanner.expected("'<' or '<='")
        self._scanner.skip_space()
        return match.group()

    def _value(self, depth: int) -> Item | tuple[Item, ...]:
        scanner = self._scanner
        if not scanner.is_at("["):
            return self._item(depth, _VALUE)
        scanner.take_mark("[")
        items = [self._item(depth, "a value: a list has at least one")]
        while scanner.take_mark(","):
            items.append(self._item(depth, "a value"))
        if not scanner.take_mark("]"):
            raise scanner.expected("',' or ']'")
        return tuple(items)

    def _item(self, depth: int, expected: str) -> Item:
        scanner = self._scanner
        match = scanner.look(ITEM)
        if match is None:
            raise broken_string(scanner) or scanner.expected(expected)
        kind = match.lastgroup
        if kind == "call":
            return self._call(depth + 1)
        scanner.position = match.end()
        if kind == "constant":
            return _CONSTANTS[match.group()]
        if kind == "variable":
            return Variable(match.group("variable"))
        if kind in ("integer", "decimal"):
            return number(scanner, match)
        if kind == "string":
            return string(match)
        return match.group()
