"""Error answers of the service, made into the exceptions of `roarbase.errors` again."""

from collections.abc import Iterator, Mapping
from typing import cast

import httpx

from roarbase.errors import (
    OperatorError,
    RequestError,
    RoarbaseError,
    ServiceError,
    StatementError,
)

__all__ = ["failure_of"]


def _subclasses(base: type[RoarbaseError]) -> Iterator[type[RoarbaseError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _subclasses(kind)


# A group (RequestError) and its plainest member (BadRequest) share a code: the class named like the code stands for it.
_KINDS = [kind for kind in _subclasses(RoarbaseError) if not issubclass(kind, OperatorError)]
_BY_CODE = {kind.code: kind for kind in sorted(_KINDS, key=lambda kind: kind.__name__ == kind.code)}


def failure_of(response: httpx.Response) -> RoarbaseError:
    """The exception an error answer stands for, with its message, `status` and `retry_after_s` (None if not told).

    A code that this version does not know becomes a RequestError or a ServiceError, by the status.
    """
    members = _members(response)
    retry_after = response.headers.get("Retry-After", "")
    values: dict[str, object] = {
        **{name: value for name, value in members.items() if name not in ("code", "message", "line", "column")},
        "status": response.status_code,
        "retry_after_s": int(retry_after) if retry_after.isdigit() else None,
    }
    message = str(members.get("message") or f"HTTP {response.status_code} from {response.request.url}")
    if "line" in members and "column" in members:
        line, column = cast("int", members["line"]), cast("int", members["column"])
        return StatementError(message, line=line, column=column, **values)
    by_status = RequestError if response.is_client_error else ServiceError
    return _BY_CODE.get(str(members.get("code")), by_status)(message, **values)


def _members(response: httpx.Response) -> Mapping[str, object]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
