"""A place in a text, moving forward: white space, patterns, and errors that say where.

Every pattern is tried at the place only, and none looks back, so reading is linear in the text.
"""

import re

from roarbase.errors import StatementError

__all__ = ["Scanner", "shown", "statement_error"]

_SPACE = re.compile(r"[ \t\n]*+")
_MARKS = {mark: re.compile(rf"[ \t\n]*+(?:({re.escape(mark)})[ \t\n]*+)?") for mark in "(,)[]"}
_GLIMPSE = re.compile(r"[\w:.-]{1,24}|[<>=!]{1,2}|.", re.DOTALL)
_SHOWN = {"\r": "a carriage return", "\n": "the end of the line"}


def shown(value: object, limit: int = 60) -> str:
    """A value of a statement as an error names it: a statement's megabyte is not repeated."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else f"{text[: limit - 4]}...{text[-1]}"


def statement_error(text: str, position: int, message: str) -> StatementError:
    """The error for a place in a statement, its line and column counted from 1."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return StatementError(message, line=line, column=column)


class Scanner:
    """Reads `text` from `position` to `stop` (None: its end)."""

    __slots__ = ("position", "stop", "text")

    def __init__(self, text: str, position: int = 0, stop: int | None = None) -> None:
        self.text = text
        self.position = position
        self.stop = len(text) if stop is None else stop

    def is_at_end(self) -> bool:
        return self.position >= self.stop

    def skip_space(self) -> None:
        """Go past spaces, tabs and line feeds. A carriage return is not white space in PQL."""
        match = _SPACE.match(self.text, self.position, self.stop)
        if match is not None:
            self.position = match.end()

    def look(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The match of the pattern here, without going past it."""
        return pattern.match(self.text, self.position, self.stop)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The match of the pattern here; go past it."""
        match = pattern.match(self.text, self.position, self.stop)
        if match is not None:
            self.position = match.end()
        return match

    def take_mark(self, mark: str) -> bool:
        """Go past white space, and past `mark` and more white space if the mark is there."""
        match = _MARKS[mark].match(self.text, self.position, self.stop)
        assert match is not None  # of white space there may be none
        self.position = match.end()
        return match.lastindex is not None

    def is_at(self, mark: str) -> bool:
        """Whether a mark stands here."""
        return self.text.startswith(mark, self.position, self.stop)

    def expected(self, what: str) -> StatementError:
        """The error that something else stands here than could stand."""
        return statement_error(self.text, self.position, f"parse error: found {self._found()}, expected {what}")

    def _found(self) -> str:
        glimpse = self.look(_GLIMPSE)
        if glimpse is None:
            return "the end of the statement"
        return _SHOWN.get(glimpse.group(), repr(glimpse.group()))
