"""The plain engine answers every plan as the naive model does, whatever was written before."""

from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine import plan as p
from roarbase.engine.plain.operators.answer import answer
from roarbase.engine.plain.operators.scan import Scan
from roarbase.engine.plain.state import PlainState
from roarbase.engine.storage.entries import BatchEntry, Entry
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.testing.batches import batch_of
from roarbase.testing.naive import NaiveTable
from tests.engine.plain.generated import IDS, KEYS, SHARD_WIDTH, SPECS, plans, random_batches

PLANS = {is_keyed: plans(KEYS if is_keyed else IDS, is_keyed=is_keyed) for is_keyed in (False, True)}


def new_state(*, is_keyed: bool) -> PlainState:
    """A state with one empty table of every type of field."""
    state = PlainState(shard_width=SHARD_WIDTH)
    state.apply(CreateTable(table="t", name="table", is_keyed=is_keyed))
    for spec in SPECS:
        state.apply(CreateField(table="t", field_id=f"id of {spec.name}", spec=spec))
    return state


def write_all(state: PlainState, naive: NaiveTable, batches: list[Any], random: Random) -> list[BatchEntry]:
    """Write batches by every way a writer goes: at once, in groups, taken back and tried again."""
    entries: list[BatchEntry] = []
    pending: list[BatchEntry] = []
    for writes in batches:
        batch = batch_of("t", SPECS, writes, is_keyed=naive.is_keyed)
        fate = random.choice(["at once", "in a group", "taken back"])
        if fate == "taken back":
            state.take_back(state.assign(batch))
        pending.append(state.assign(batch))
        naive.write(writes)
        if fate != "in a group":
            for entry in pending:
                state.apply(entry)
            entries += pending
            pending = []
    for entry in pending:
        state.apply(entry)
    return entries + pending


def replayed(entries: list[BatchEntry], *, is_keyed: bool) -> PlainState:
    """A new state that gets the entries as a log keeps them."""
    state = new_state(is_keyed=is_keyed)
    for entry in entries:
        # Keys with lone surrogates cannot be logged (nor sent); such entries are replayed as they are.
        try:
            state.apply(msgspec.msgpack.decode(msgspec.msgpack.encode(entry), type=Entry))
        except UnicodeEncodeError:
            state.apply(entry)
    return state


def without_unknown_after(plan: Any, naive: NaiveTable) -> Any:
    """The plan without `after` keys that a field never met: these are errors, tested elsewhere."""
    options = plan.fields if isinstance(plan, p.GroupBy) else (plan,) if isinstance(plan, p.Rows) else ()
    fitting = [
        replace(o, after=None) if isinstance(o.after, str) and o.after not in naive.row_keys[o.field] else o
        for o in options
    ]
    if isinstance(plan, p.GroupBy):
        return replace(plan, fields=tuple(fitting))
    return fitting[0] if fitting else plan


@cache
def tables(seed: int, *, is_keyed: bool) -> tuple[PlainState, PlainState, NaiveTable]:
    """The same writes in the plain engine, in its copy from the log, and in the naive model."""
    state, naive = new_state(is_keyed=is_keyed), NaiveTable(SPECS, is_keyed=is_keyed)
    entries = write_all(state, naive, random_batches(seed, is_keyed=is_keyed), Random(seed))
    return state, replayed(entries, is_keyed=is_keyed), naive


@pytest.mark.parametrize("about", ["records", "extract", "values", "groups", "summary"])
@pytest.mark.parametrize("is_keyed", [False, True])
@settings(deadline=None, max_examples=150)
@given(data=st.data(), seed=st.integers(0, 31))
def test_plain_and_naive_agree(data: st.DataObject, seed: int, is_keyed: bool, about: str) -> None:
    """Any plan has the same answer in the plain engine, in its replayed copy and in the naive model."""
    state, copy, naive = tables(seed, is_keyed=is_keyed)
    plan = without_unknown_after(data.draw(PLANS[is_keyed][about]), naive)
    expected = repr(naive.answer(plan))  # as text, since 1 == True and numpy's numbers equal Python's
    assert repr(state.run("t", plan, Budget())) == expected
    assert repr(copy.run("t", plan, Budget())) == expected
    assert copy.schema().tables == state.schema().tables


@pytest.mark.parametrize("about", ["records", "extract", "values", "groups", "summary"])
@pytest.mark.parametrize("is_keyed", [False, True])
@settings(deadline=None, max_examples=40)
@given(data=st.data(), seed=st.integers(0, 31))
def test_an_answer_is_of_the_moment_at_which_it_was_gathered(
    data: st.DataObject, seed: int, is_keyed: bool, about: str
) -> None:
    """What is written between the gathering, which holds the lock, and the rest changes nothing in the answer."""
    state, naive = new_state(is_keyed=is_keyed), NaiveTable(SPECS, is_keyed=is_keyed)
    write_all(state, naive, random_batches(seed, is_keyed=is_keyed), Random(seed))
    plan = without_unknown_after(data.draw(PLANS[is_keyed][about]), naive)
    expected = repr(naive.answer(plan))
    finish = answer(Scan(state._get("t"), Budget()), plan)
    write_all(state, naive, random_batches(seed + 1, is_keyed=is_keyed), Random(seed))
    assert repr(finish()) == expected
