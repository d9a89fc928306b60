"""Values of answers as text, exact: nothing becomes a float on its way to the eye."""

from datetime import datetime
from decimal import Decimal

from roarbase.client.answers import Answer
from roarbase.console.components.tag import Tag

__all__ = ["answer_table", "cell_text"]


def cell_text(value: object) -> str:
    """One cell.

    >>> cell_text(18446744073709551615), cell_text(Decimal("5.10")), cell_text(("a", "b")), cell_text(None)
    ('18446744073709551615', '5.10', 'a, b', 'null')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return ", ".join(cell_text(each) for each in value)
    return str(value)


def answer_table(answer: Answer) -> None:
    """A small answer as a plain table."""
    with Tag("table", classes="list"):
        with Tag("thead"), Tag("tr"):
            for column in answer.columns:
                Tag("th", column.name, scope="col", title=column.type.value.lower())
        with Tag("tbody"):
            for row in answer.rows:
                with Tag("tr"):
                    for value in row:
                        Tag("td", cell_text(value), classes="" if value is not None else "quiet")
