"""The limit of the page, put into statements that have none: the API itself sets none.

A SELECT gets `limit n` at its end. In PQL, calls that give records get a `Limit` around them, and others that can be
long get an argument. What was put in is remembered, so that the place of an error can be told in the user's own text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from roarbase.console.statements import Statement

__all__ = ["Limited", "with_limit"]

_SQL = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|[A-Za-z_][\w-]*|[()]", re.DOTALL)
_PQL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[()\[\],]", re.DOTALL)
_HEAD = re.compile(r"\[[^\]]*\]")
_CALL = re.compile(r"\s*([A-Za-z]+)\s*\(")
_RECORD_CALLS = "row range all constrow union intersect difference xor not unionrows shift"
_RECORDS = frozenset(_RECORD_CALLS.split())
_ARGUMENTS = {"limit": "limit", "rows": "limit", "groupby": "limit", "sort": "limit", "topk": "k", "topn": "n"}
_OF_THEIR_FIRST = frozenset(("extract", "options"))


@dataclass(frozen=True, kw_only=True)
class Limited:
    """A statement with its limit; `put_in` has the place and length of each text that is not the user's."""

    text: str
    put_in: tuple[tuple[int, int], ...] = ()

    def place_before(self, line: int, column: int) -> int:
        """Where a place of this text, both from 1, was in the statement as the user wrote it."""
        lines = self.text.split("\n")[: line - 1]
        place = sum(len(each) + 1 for each in lines) + column - 1
        return max(0, place - sum(max(0, min(length, place - start)) for start, length in self.put_in))


def with_limit(statement: Statement, limit: int) -> Limited:
    """The statement with the limit.

    >>> with_limit(Statement(text="select 'limit' from t", language="sql"), 10).text
    "select 'limit' from t\\nlimit 10"
    >>> with_limit(Statement(text="[t]Union(Row(a=1), Row(b=2)) Rows(a)", language="pql"), 10).text
    '[t]Limit(Union(Row(a=1), Row(b=2)), limit=10) Rows(a, limit=10)'
    """
    if statement.language == "sql":
        added = f"\nlimit {limit}" if _is_open_select(statement.text) else ""
        return Limited(text=statement.text + added)
    additions = sorted(_pql_additions(statement.text, limit))
    text, put_in, done = "", list[tuple[int, int]](), 0
    for place, added in additions:
        text += statement.text[done:place]
        put_in.append((len(text), len(added)))
        text, done = text + added, place
    return Limited(text=text + statement.text[done:], put_in=tuple(put_in))


def _is_open_select(text: str) -> bool:
    """Whether it is a SELECT without LIMIT, TOP and OFFSET of its own: within brackets these bound other things."""
    depth, words = 0, list[str]()
    for found in _SQL.finditer(text):
        token = found[0].lower()
        depth += (token == "(") - (token == ")")
        if not depth and token[0] not in "'\"`-/()":
            words.append(token)
    return words[:1] in (["select"], ["with"]) and not {"limit", "top", "offset"} & set(words)


def _pql_additions(text: str, limit: int) -> Iterator[tuple[int, str]]:
    """What is put in where, for the calls of a statement; nothing where brackets do not match."""
    head = _HEAD.match(text)
    place = head.end() if head else 0
    while call := _CALL.match(text, place):
        commas, end = _arguments(text, call.end())
        if end < 0:
            return
        yield from _additions(text, call.start(1), call[1].lower(), (call.end(), *commas, end), limit)
        place = end + 1


def _additions(text: str, start: int, name: str, bounds: tuple[int, ...], limit: int) -> Iterator[tuple[int, str]]:
    """Those of one call. `bounds` are the place behind its opening bracket, its commas, and its closing bracket."""
    begin, end = bounds[0], bounds[-1]
    arguments = [text[one:other].strip(" ,\n\t") for one, other in pairwise(bounds)]
    given = {argument.partition("=")[0].strip().lower() for argument in arguments}
    if name in _OF_THEIR_FIRST:
        inner = _CALL.match(text, begin)
        if inner:
            commas, inner_end = _arguments(text, inner.end())
            if inner_end >= 0:
                inner_bounds = (inner.end(), *commas, inner_end)
                yield from _additions(text, inner.start(1), inner[1].lower(), inner_bounds, limit)
    elif name in _RECORDS and "limit" not in given:
        yield start, "Limit("
        yield end + 1, f", limit={limit})"
    elif name in _ARGUMENTS and not given & {_ARGUMENTS[name], "ids"} and text[begin:end].strip():
        yield end, f", {_ARGUMENTS[name]}={limit}"


def _arguments(text: str, place: int) -> tuple[list[int], int]:
    """The commas between the arguments of a call, and its closing bracket, from behind its opening one; -1: none."""
    depth, commas = 0, list[int]()
    for found in _PQL.finditer(text, place):
        token = found[0]
        if token == "," and not depth:
            commas.append(found.start())
        elif token in "([":
            depth += 1
        elif token in ")]":
            if not depth:
                return commas, found.start()
            depth -= 1
    return commas, -1
