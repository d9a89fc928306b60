"""Walking: one step's call, again and again where the step waits for something."""

import asyncio
import time

from roarbase.console.api import Call
from roarbase.console.session import ConsoleSession, SessionEnded
from roarbase.console.tour.finding import Found, find_tour
from roarbase.console.tour.steps import Step
from roarbase.console.tour.transcript import Entry, Transcript
from roarbase.errors import RoarbaseError

__all__ = ["is_done", "run_step"]

_AGAIN_S = 0.5
_PATIENCE_S = 120.0


def is_done(step: Step, found: Found, entries: dict[str, Entry]) -> bool:
    """Whether a step is done: by what is there, or by its answer where nothing else shows it."""
    if step.is_done is not None:
        return step.is_done(found)
    return found.records > 0 and step.key in entries and entries[step.key].is_good


async def run_step(session: ConsoleSession, step: Step, found: Found, transcript: Transcript) -> Found:
    """Make the step's call, keep the answer, and look how far the tour has come then.

    A refusal is kept as an answer: what is there decides what comes next.
    """
    call, deadline = step.call(found), time.monotonic() + _PATIENCE_S
    entry = await _ask(session, call)
    transcript.note(step.key, entry)
    found = await find_tour(session)
    while step.waits and entry.is_good and not _is_settled(step, found) and time.monotonic() < deadline:
        await asyncio.sleep(_AGAIN_S)
        if call.method == "GET":
            entry = await _ask(session, call)
            transcript.note(step.key, entry)
        found = await find_tour(session)
    return found


def _is_settled(step: Step, found: Found) -> bool:
    """Whether waiting would change nothing more."""
    return is_done(step, found, {}) or found.has_failed or not found.is_there


async def _ask(session: ConsoleSession, call: Call) -> Entry:
    try:
        return Entry.answered(call, await session.exchange(call.method, call.path, call.body))
    except SessionEnded:
        raise
    except RoarbaseError as error:
        return Entry.refused(call, error)
