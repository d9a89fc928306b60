"""The rules for names that people choose.

Source: spec "Names" (lower-case letters, digits, `-`, `_`; the first a letter).
"""

import re
from typing import Literal

from roarbase.errors import InvalidParameter, MissingParameter

__all__ = ["MAXIMUM_LENGTHS", "RECORD_ID", "TIME_OF_RECORD", "NamedThing", "check_name"]

NamedThing = Literal["deployment", "table", "field", "sink"]

MAXIMUM_LENGTHS: dict[NamedThing, int] = {"deployment": 300, "table": 230, "field": 230, "sink": 300}

RECORD_ID = "_id"
"""What statements and answers call a record's id or key."""

TIME_OF_RECORD = "_timeQuantum"
"""What a sink of version 2 calls the definition that gives a record its time."""

_PATTERN = re.compile(r"[a-z][a-z0-9_-]*")


def check_name(thing: NamedThing, name: str) -> str:
    """Return `name` if a deployment, table, field or sink may be called so.

    Raises:
        MissingParameter: The name is empty.
        InvalidParameter: A character or the length is not allowed.

    >>> check_name("table", "iris_table")
    'iris_table'
    """
    if not name:
        raise MissingParameter(f"a {thing} needs a name")
    if len(name) > MAXIMUM_LENGTHS[thing]:
        raise InvalidParameter(
            f"the {thing} name has {len(name)} characters, at most {MAXIMUM_LENGTHS[thing]} are allowed"
        )
    if thing == "field" and name == RECORD_ID:
        raise InvalidParameter("the field name '_id' is reserved for the record's id or key, which every table has")
    if not _PATTERN.fullmatch(name):
        raise InvalidParameter(
            f"the {thing} name {name!r} is not allowed: use lower-case letters, digits, '-' and '_', "
            "beginning with a letter"
        )
    return name
