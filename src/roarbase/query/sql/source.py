"""The text of a statement, and errors that point into it.

An error of meaning begins with `[line:column]`, one of grammar with `line:column:`, both
counted from 1 in characters; the numbers are attributes of the error, too.
"""

from dataclasses import dataclass

from sqlglot import exp

from roarbase.errors import StatementError

__all__ = ["SHOWN_CHARACTERS", "Source", "offset_of", "shown"]

SHOWN_CHARACTERS = 60
"""How much of a word of the statement an error repeats: a megabyte of name helps nobody."""


def shown(text: str) -> str:
    """A piece of the statement as an error quotes it: escaped, and cut where it is long."""
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…")


def offset_of(node: exp.Expr) -> int:
    """Where a node begins in the text: sqlglot keeps it for names, calls and literals only.

    The first of them inside the node counts, else the nearest around it.
    """
    around: exp.Expr | None = node
    while around is not None:
        starts = [int(part.meta["start"]) for part in around.walk() if "start" in part.meta]
        if starts:
            return min(starts)
        around = around.parent
    return 0


@dataclass(frozen=True, slots=True)
class Source:
    """A statement's text."""

    text: str

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both from 1."""
        return self.text.count("\n", 0, offset) + 1, offset - self.text.rfind("\n", 0, offset)

    def error(self, at: int | exp.Expr, message: str, **values: object) -> StatementError:
        """The error of a statement that reads well and means nothing: unknown names, wrong types."""
        line, column = self.place(at if isinstance(at, int) else offset_of(at))
        return StatementError(f"[{line}:{column}] {message}", line=line, column=column, **values)

    def syntax_error(self, offset: int, message: str) -> StatementError:
        """The error of a text that is no statement."""
        line, column = self.place(offset)
        return StatementError(f"{line}:{column}: {message}", line=line, column=column)

    def is_double_quoted(self, node: exp.Expr) -> bool:
        """Whether a lone name stands in double quotes: where a value stands, it is a string."""
        if not isinstance(node, exp.Column) or node.args.get("table") or not isinstance(node.this, exp.Identifier):
            return False
        start = node.this.meta.get("start")
        return start is not None and self.text[start] == '"'
