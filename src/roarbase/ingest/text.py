"""Text out of JSON string tokens."""

from collections.abc import Sequence

import msgspec

from roarbase.ingest.tokens import Token

__all__ = ["text_of_string", "texts_of_strings"]

_TEXT = msgspec.json.Decoder(str)
_TEXTS = msgspec.json.Decoder(list[str])


def text_of_string(token: Token) -> str:
    """The text of one JSON string token, escapes resolved.

    >>> text_of_string(b'"caf\\\\u00e9"')
    'café'
    """
    return _TEXT.decode(token)


def texts_of_strings(tokens: Sequence[Token]) -> list[str]:
    """The texts of many JSON string tokens, read as one array."""
    return _TEXTS.decode(b"[" + b",".join(tokens) + b"]")
