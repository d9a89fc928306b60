"""Statements made by the grammar and broken afterwards: each is refused with its place, or runs.

ROARBASE_FUZZ_SECONDS says for how long; `make prove-pql` takes ten minutes.
"""

import os
import time
from contextlib import suppress
from random import Random

from roarbase.errors import RequestError, StatementError
from roarbase.query.pql import compile_pql
from roarbase.query.pql.calls import CALLS, LATER
from tests.query.pql.asking import Asking, asking
from tests.query.pql.schema import SCHEMA

SECONDS = float(os.environ.get("ROARBASE_FUZZ_SECONDS", "2"))
TABLES = [*SCHEMA.tables]
FIELDS = sorted({name for table in SCHEMA.tables.values() for name in table.fields})
ARGUMENTS = sorted({parameter.name for call in CALLS for parameter in call.parameters})
NAMES = [*(call.name for call in CALLS), *LATER, "SetBit", "Bitmap", "count", "ROWS"]
FILLING = (
    "[birds]Set(1, rings=4) Set(1, kind=heron) Set(2, eggs=3) Set(2, grams=4.35) Set(2, tame=true) Set(3, nest=reed)",
    "[birds]Set(1048576, seen=a, 2022-06-30T12:00) Set(3, heard='2022-06-30T12:00:00Z') Set(2, site=7)",
    '[people]Set("ann", likes=tea) Set("bob", age=31)',
    "[sightings]Set(1, by=ann) Set(2, site=1)",
)
ODD = ["\r", "\x00", "é", "\ud800", "🐦", "[", "]", "(", ")", ",", "=", "<", '"', "'", "\\", "$", "-", ".", " ", "\n"]


class Grammar:
    """Random texts by the rules of the language."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def statement(self) -> str:
        calls = [self.call(self._random.choice([0, 1, 2, 4])) for _ in range(self._random.choice([0, 1, 1, 1, 2, 3]))]
        return f"[{self._one(*TABLES)}]{self._one('', ' ').join(calls)}{self._one('', ';')}"

    def broken(self) -> str:
        """A statement with some of it cut out, put elsewhere, doubled, or replaced."""
        text = self.statement()
        for _ in range(self._random.choice([0, 0, 1, 1, 2, 5])):
            start = self._random.randint(0, len(text))
            stop = min(len(text), start + self._random.choice([0, 1, 1, 3, 10]))
            piece = self._one(text[start:stop] * 2, "", self._one(*ODD), self.value(1), self.call(0))
            text = text[:start] + piece + text[stop:]
        return text

    def call(self, depth: int) -> str:
        name = self._one(*NAMES)
        parts = [self.call(depth - 1) for _ in range(self._random.choice([0, 1, 1, 2]))] if depth > 0 else []
        if self._random.random() < 0.4:
            parts.insert(0, self._one(*FIELDS, "1", '"ann"', "7"))
        parts += [self.argument(depth) for _ in range(self._random.choice([0, 1, 1, 2, 3]))]
        if self._random.random() < 0.1:
            parts.append("2022-06-30T12:00")
        return f"{name}({self._one(',', ', ').join(parts)}{self._one('', '', '', ',')})"

    def argument(self, depth: int) -> str:
        name = self._one(self._one(*FIELDS), self._one(*ARGUMENTS), "_x", "index", "nothing")
        if self._random.random() < 0.1:
            return f"{self.value(0)} {self._one('<', '<=', '>')} {name} {self._one('<', '<=')} {self.value(0)}"
        operator = self._one("=", "=", "=", "==", "!=", "<", ">=", "><", " = ")
        if self._random.random() < 0.15:
            return f"{name}{operator}[{', '.join(self.value(0) for _ in range(self._random.choice([1, 2, 5])))}]"
        return f"{name}{operator}{self.value(depth)}"

    def value(self, depth: int) -> str:
        if depth > 0 and self._random.random() < 0.3:
            return self.call(depth - 1)
        number = self._random.choice([0, 1, 4, -1, 2**63 - 1, 2**63, -(2**63), 2**64 - 2, 10**30])
        texts = ["heron", "reed", "tea", "ann", "a", '"a\\nb"', "'it\\'s'", "null", "true", "false", "falsen0", "$x"]
        times = ["2022-06-30T12:00", "'2022'", '"2022-06-30T12:00:00.5+02:00"', "2022-06", "'2022-13'"]
        decimals = ["1.5", "5.", ".25", "-.5", "4.359", "1" * 40 + ".5", "0." + "1" * 40]
        return self._one(str(number), self._one(*texts), self._one(*times), self._one(*decimals), self._one(*FIELDS))

    def _one(self, *choices: str) -> str:
        return self._random.choice(choices)


def check(tables: Asking, text: str) -> bool:
    """Whether a statement compiles; it runs then, or is refused for what the caller can change."""
    try:
        compile_pql(text, tables.engine.schema())
    except StatementError as error:
        check_place(text, error)
        return False
    with suppress(RequestError):
        tables.ask(text)
    return True


def check_place(text: str, error: StatementError) -> None:
    lines = text.split("\n")
    assert 1 <= error.line <= len(lines), text
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1, text
    assert len(error.message) < 2000, text


def test_broken_statements_are_refused_or_run() -> None:
    """No statement ends in an exception that nobody meant, and none stops the engine."""
    end, seed, compiled, count = time.monotonic() + SECONDS, 0, 0, 0
    while time.monotonic() < end:
        grammar = Grammar(Random(seed))
        with asking(*SCHEMA.tables.values()) as tables:
            for filling in FILLING:
                tables.ask(filling)
            for _ in range(300):
                compiled += check(tables, grammar.broken())
                count += 1
                if time.monotonic() > end:
                    break
            assert tables.state.verify() == []
        seed += 1
    assert compiled > count / 50, f"{compiled} of {count}"
