"""What the calls of the tour were answered: kept with the session, so that it is there again after a reload."""

import json
from dataclasses import asdict, dataclass

from roarbase.console.api import Call, Reply
from roarbase.console.session import ConsoleSession
from roarbase.errors import RoarbaseError

__all__ = ["Entry", "Transcript"]

_DRAFT = "tour"
_MOST_SHOWN = 6_000


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One call and its answer.

    Args:
        status: The HTTP status.
        text: The answer, indented; of a long one, the beginning.
        elapsed_s: How long it took.
    """

    method: str
    path: str
    body: object
    status: int
    text: str
    elapsed_s: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether the service did what was asked."""
        return self.status < 400

    @property
    def call(self) -> Call:
        """What was asked."""
        return Call(self.method, self.path, self.body)

    @classmethod
    def answered(cls, call: Call, reply: Reply) -> "Entry":
        """A call that was answered."""
        text = _short(json.dumps(reply.body, indent=2, ensure_ascii=False)) if reply.body else ""
        return cls(
            method=call.method,
            path=call.path,
            body=call.body,
            status=reply.status,
            text=text,
            elapsed_s=reply.elapsed_s,
        )

    @classmethod
    def refused(cls, call: Call, error: RoarbaseError) -> "Entry":
        """A call that was refused."""
        status = error.values.get("status")
        text = json.dumps({"code": error.code, "message": error.message}, indent=2, ensure_ascii=False)
        return cls(
            method=call.method,
            path=call.path,
            body=call.body,
            status=status if isinstance(status, int) else 500,
            text=_short(text),
        )


class Transcript:
    """The last answer of each step, by its key. One for all tabs of a browser."""

    def __init__(self, session: ConsoleSession) -> None:
        self._session = session

    def entries(self) -> dict[str, Entry]:
        """All of them."""
        kept = json.loads(self._session.drafts.get(_DRAFT, "{}"))
        return {key: Entry(**members) for key, members in kept.items()}

    def note(self, key: str, entry: Entry) -> None:
        """Keep the answer of a step."""
        self._keep({**self.entries(), key: entry})

    def forget(self, *keys: str) -> None:
        """The steps of these keys begin anew."""
        self._keep({key: entry for key, entry in self.entries().items() if key not in keys})

    def _keep(self, entries: dict[str, Entry]) -> None:
        self._session.drafts[_DRAFT] = json.dumps({key: asdict(entry) for key, entry in entries.items()})


def _short(text: str) -> str:
    if len(text) <= _MOST_SHOWN:
        return text
    end = text.rfind("\n", 0, _MOST_SHOWN)
    return f"{text[:end]}\n... ({text.count(chr(10), end):,} lines more)"
