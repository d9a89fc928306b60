"""Statements as they stand in the editor: several in one text, each with its language and its deployment.

Blank lines separate them. `{name}` in front sends one to another deployment; behind it, `[table]` means PQL.
"""

import re
from dataclasses import dataclass

__all__ = ["Statement", "statement_at", "with_limit"]

_GAP = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_DEPLOYMENT = re.compile(r"\s*\{\s*([^{}\n]+?)\s*\}\s*")
_WORDS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|[A-Za-z_]+")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; `deployment` is empty where none is named."""

    text: str
    language: str
    deployment: str = ""


def statement_at(text: str, place: int) -> Statement | None:
    """The statement around a place in the text; the one before, where only blank lines are there.

    >>> statement_at("select 1\\n\\n{demo} [t]Count(All())", 12)
    Statement(text='[t]Count(All())', language='pql', deployment='demo')
    """
    found, start = "", 0
    for gap in [*_GAP.finditer(text), None]:
        stop = gap.start() if gap else len(text)
        if text[start:stop].strip():
            if start > place and found:
                break
            found = text[start:stop]
        start = gap.end() if gap else stop
    return _parsed(found) if found else None


def _parsed(text: str) -> Statement | None:
    named = _DEPLOYMENT.match(text)
    rest = (text[named.end() :] if named else text).strip().removesuffix(";").rstrip()
    if not rest:
        return None
    language = "pql" if rest.startswith("[") else "sql"
    return Statement(text=rest, language=language, deployment=named[1] if named else "")


def with_limit(statement: Statement, limit: int) -> str:
    """The statement's text, with a limit where it is a SELECT that has none: the API itself sets none.

    >>> with_limit(Statement(text="select 'limit' from t", language="sql"), 10)
    "select 'limit' from t\\nlimit 10"
    """
    words = [word.lower() for word in _WORDS.findall(statement.text)]
    is_select = statement.language == "sql" and words[:1] == ["select"]
    return f"{statement.text}\nlimit {limit}" if is_select and "limit" not in words else statement.text
