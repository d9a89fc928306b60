"""Statements as they stand in the editor: several in one text, each with its language and its deployment.

Blank lines separate them, unless they stand in quotes or in a comment. `{name}` in front sends one to another
deployment; behind it, `[table]` means PQL.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Statement", "all_statements", "line_and_column", "statement_at"]

_GAP = r"\n[ \t]*(?:\n[ \t]*)+"
_PASSED_OVER = r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*.*?\*/"
_GAP_OR_QUOTED = re.compile(rf"{_PASSED_OVER}|(?P<gap>{_GAP})", re.DOTALL)
_DEPLOYMENT = re.compile(r"\s*\{\s*([^{}\n]+?)\s*\}\s*")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement.

    Attributes:
        language: "sql" or "pql".
        deployment: Empty where none is named.
        start: Where it begins in the text of the editor.
    """

    text: str
    language: str
    deployment: str = ""
    start: int = 0


def all_statements(text: str) -> list[Statement]:
    """Those of a text, in their order.

    >>> [each.text for each in all_statements("select 1;\\n\\n\\n[t]Count(All())\\n")]
    ['select 1', '[t]Count(All())']
    """
    found = (_parsed(part, start) for start, part in _parts(text))
    return [statement for statement in found if statement is not None]


def statement_at(text: str, place: int) -> Statement | None:
    """The statement around a place in the text; the one before, where only blank lines are there.

    >>> statement_at("select 1\\n\\n{demo} [t]Count(All())", 12)
    Statement(text='[t]Count(All())', language='pql', deployment='demo', start=17)
    """
    found: tuple[int, str] | None = None
    for start, part in _parts(text):
        if part.strip():
            if start > place and found:
                break
            found = (start, part)
    return _parsed(found[1], found[0]) if found else None


def line_and_column(text: str, place: int) -> tuple[int, int]:
    """Where a place in a text is, both from 1.

    >>> line_and_column("ab\\ncd", 4)
    (2, 2)
    """
    before = text[:place]
    return before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1


def _parts(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for found in _GAP_OR_QUOTED.finditer(text):
        if found["gap"]:
            yield start, text[start : found.start()]
            start = found.end()
    yield start, text[start:]


def _parsed(text: str, start: int) -> Statement | None:
    named = _DEPLOYMENT.match(text)
    rest = text[named.end() :] if named else text
    begins = start + len(text) - len(rest.lstrip())
    rest = rest.strip().removesuffix(";").rstrip()
    if not rest:
        return None
    language = "pql" if rest.startswith("[") else "sql"
    return Statement(text=rest, language=language, deployment=named[1] if named else "", start=begins)
