"""The parts of a multipart/form-data body: a statement, and data beside it.

    curl ... -F "sql=bulk insert into t ... from '*' with format 'CSV' input 'STREAM'" -F data=@rows.csv

Source: RFC 7578.
"""

import re
from email.message import Message

from roarbase.errors import InvalidBody

__all__ = ["boundary_or_none", "read_parts"]

_NAME = re.compile(r'\bname="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_STATEMENT = ("sql", "statement", "query")
_MOST_PARTS = 100


def boundary_or_none(content_type: str) -> str | None:
    """What stands between the parts; None if a body of this type has none.

    >>> boundary_or_none("multipart/form-data; boundary=abc")
    'abc'
    """
    message = Message()
    message["Content-Type"] = content_type
    if message.get_content_type() != "multipart/form-data":
        return None
    boundary = message.get_param("boundary")
    return boundary if isinstance(boundary, str) and boundary else None


def read_parts(body: bytes, boundary: str) -> tuple[str, dict[str, bytes]]:
    """The statement, and the other parts by name.

    Raises:
        InvalidBody: It is not so made, or no part is a statement.

    >>> body = b'--b\\r\\nContent-Disposition: form-data; name="sql"\\r\\n\\r\\nselect 1\\r\\n--b--\\r\\n'
    >>> read_parts(body, "b")
    ('select 1', {})
    """
    mark = b"--" + boundary.encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise InvalidBody("the parts of the body do not end with their boundary")
    if len(pieces) > _MOST_PARTS + 2:
        raise InvalidBody(f"the body has more than {_MOST_PARTS} parts")
    parts = dict(_named(piece) for piece in pieces[1:-1])
    name = next((name for name in _STATEMENT if name in parts), None)
    if name is None:
        raise InvalidBody("no part is named 'sql', which the statement is")
    try:
        return parts.pop(name).decode(), parts
    except UnicodeDecodeError as error:
        raise InvalidBody(f"the statement is not UTF-8 text: byte {error.start} cannot be read") from None


def _named(piece: bytes) -> tuple[str, bytes]:
    """The name and the content of a part, which begins behind its boundary."""
    head, mark, content = piece.partition(b"\r\n\r\n")
    name = _NAME.search(head.decode("utf-8", "replace"))
    if not mark or name is None:
        raise InvalidBody('a part of the body has no name: Content-Disposition: form-data; name="..."')
    return name[1].replace('\\"', '"'), content
