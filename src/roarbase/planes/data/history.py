"""GET and DELETE /v2/queries: what the caller asked."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from msgspec import UNSET, Struct, UnsetType, field

from roarbase.errors import InvalidParameter
from roarbase.model.queries import QueryRecord, QueryStatus
from roarbase.planes.faces import Face
from roarbase.planes.http import FAIR_SHARE, Caller, pretty
from roarbase.planes.openapi import describe
from roarbase.services.history import History

__all__ = [
    "HISTORY_HEADER",
    "HistoryAnswer",
    "HistoryAnswerV2",
    "QueryEntry",
    "QueryEntryV2",
    "Remembered",
    "history_router",
]

HISTORY_HEADER = "Roarbase-History"
_WORDS = {"": True, "on": True, "off": False}


async def _is_remembered(
    roarbase_history: Annotated[str, Header(description="off keeps the statement out of the caller's history")] = "",
) -> bool:
    word = roarbase_history.strip().lower()
    if word not in _WORDS:
        raise InvalidParameter(
            f"the header {HISTORY_HEADER} is {word!r:.80}; it takes on or off", parameter=HISTORY_HEADER
        )
    return _WORDS[word]


Remembered = Annotated[bool, Depends(_is_remembered)]
"""A handler's parameter of this type is whether the caller wants to find his statement in his history."""


class QueryEntry(Struct, kw_only=True):
    """A statement that was run. `is_whole` is false where it was cut, or a secret taken out of it."""

    id: str
    status: QueryStatus
    language: str
    statement: str
    is_whole: bool
    deployment_id: str
    started_at: datetime
    duration_us: int
    rows: int
    error: str | UnsetType = UNSET


class QueryEntryV2(QueryEntry, kw_only=True):
    """The same in v2, which says database."""

    deployment_id: str = field(name="database_id")


class HistoryAnswer(Struct, kw_only=True):
    """A page of them; `next` is there if there are more."""

    resources: list[QueryEntry]
    next: str | UnsetType = UNSET


class HistoryAnswerV2(HistoryAnswer, kw_only=True):
    """The same in v2."""

    resources: list[QueryEntryV2]  # type: ignore[assignment]


def history_router(face: Face, history: History) -> APIRouter:
    """The history of queries, in one face."""
    router = APIRouter(prefix=f"/{face.version}/queries", tags=["data"], dependencies=[FAIR_SHARE])
    entry, answer = (QueryEntry, HistoryAnswer) if face.version == "v1" else (QueryEntryV2, HistoryAnswerV2)

    @router.get(
        "",
        summary="What the caller asked, the last first",
        openapi_extra=describe(answer=answer, errors=("InvalidParameter",)),
    )
    def find(
        caller: Caller,
        search: str = "",
        status: str = "",
        before: str = "",
        limit: Annotated[int, Query(description="1 to 1,000")] = 50,
    ) -> Response:
        page = history.find(caller, search=search, status=status, before=before, limit=limit)
        shown = [_entry(entry, record) for record in page.records]
        return pretty(HistoryAnswer(resources=shown, next=UNSET if page.next is None else page.next))

    @router.delete("", summary="Forget what the caller asked", status_code=204, openapi_extra=describe(status=204))
    def clear(caller: Caller) -> Response:
        history.clear(caller)
        return Response(status_code=204)

    return router


def _entry(kind: type[QueryEntry], record: QueryRecord) -> QueryEntry:
    members = {name: getattr(record, name) for name in kind.__struct_fields__ if name != "error"}
    return kind(**members, error=record.error or UNSET)
