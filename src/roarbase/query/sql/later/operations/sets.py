"""What is asked of sets. Their members are in order, each once."""

from collections.abc import Sequence

import msgspec

from roarbase.query.sql.later.operations.operation import Operation, Text

__all__ = ["SETS", "set_text"]


def set_text(members: Sequence[object]) -> str:
    """A set as a string: JSON.

    >>> set_text(("a", "b"))
    '["a","b"]'
    """
    return msgspec.json.encode(list(members)).decode()


def _strictly(text: Text) -> Text:
    """DuckDB's list functions find nothing in a null, where we say null."""

    def guarded(t: Sequence[str]) -> str:
        return f"(CASE WHEN {t[0]} IS NULL OR {t[1]} IS NULL THEN NULL ELSE {text(t)} END)"

    return guarded


_PLACES = 6


def _likeness(members: Sequence[object], others: Sequence[object]) -> int | None:
    """The part that two sets have in common of what any of them has, in millionths, cut; None where both are empty."""
    union = len({*members, *others})
    return 10**_PLACES * len({*members} & {*others}) // union if union else None


SETS = (
    Operation(
        name="setcontains",
        plain=lambda members, value: value in members,
        text=_strictly(lambda t: f"list_contains({t[0]}, {t[1]})"),
        never_fails=True,
    ),
    Operation(
        name="setexcludes",
        plain=lambda members, value: value not in members,
        text=_strictly(lambda t: f"(NOT list_contains({t[0]}, {t[1]}))"),
        never_fails=True,
    ),
    Operation(
        name="setcontainsall",
        plain=lambda members, values: set(values) <= set(members),
        text=_strictly(lambda t: f"list_has_all({t[0]}, {t[1]})"),
        never_fails=True,
    ),
    Operation(
        name="setcontainsany",
        plain=lambda members, values: not set(values).isdisjoint(members),
        text=_strictly(lambda t: f"list_has_any({t[0]}, {t[1]})"),
        never_fails=True,
    ),
    Operation(name="tanimoto_coefficient", plain=_likeness, never_fails=True),
)
