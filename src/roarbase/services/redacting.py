"""Takes secrets out of statements before they are written down.

What a statement says of data stays: nobody could tell a secret there from a value. What opens something else goes:
passwords in URLs, the signed part of URLs that a BULK INSERT reads, and our own tokens.
"""

import re

__all__ = ["without_secrets"]

_TAKEN_OUT = "..."
_PASSWORD = re.compile(r"(?<=://)[^/\s'\"@]+@")
_SIGNED = re.compile(r"(?<=://)([^\s'\"?]*)\?[^\s'\"]*")
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}")


def without_secrets(statement: str) -> str:
    """The statement with dots where a secret stood.

    >>> without_secrets("BULK INSERT t ... FROM 'https://ann:pw@example.com/a.csv?sig=x1' WITH ...")
    "BULK INSERT t ... FROM 'https://...@example.com/a.csv?...' WITH ..."
    """
    if "://" in statement:
        statement = _PASSWORD.sub(f"{_TAKEN_OUT}@", statement)
        if statement.lstrip()[:4].upper() == "BULK":
            statement = _SIGNED.sub(rf"\1?{_TAKEN_OUT}", statement)
    return _TOKEN.sub(_TAKEN_OUT, statement) if "eyJ" in statement else statement
