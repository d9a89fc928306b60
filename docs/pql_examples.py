"""The examples of docs/pql.md and what they are answered, each on a table of its own, filled as the page says."""

import re
from collections.abc import Mapping
from pathlib import Path

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.planes.data.native import render_native
from roarbase.query.answering import answer_program
from roarbase.query.pql import compile_pql
from roarbase.query.pql.calls import CALLS
from roarbase.query.program import SchemaStep
from roarbase.testing.memory_file_store import MemoryFileStore

__all__ = ["FIELDS", "FILLING", "answer", "answers"]

FIELDS = (
    FieldSpec(name="species", type=FieldType.SET, is_keyed=True),
    FieldSpec(name="petals", type=FieldType.INT),
    FieldSpec(name="width", type=FieldType.DECIMAL, scale=2),
    FieldSpec(name="active", type=FieldType.BOOL),
    FieldSpec(name="seen", type=FieldType.TIME, quantum="YMD"),
    FieldSpec(name="at", type=FieldType.TIMESTAMP),
)

FILLING = """\
[example]
Set(1, species=setosa) Set(1, petals=2) Set(1, width=0.2) Set(1, active=true)
Set(2, species=setosa) Set(2, petals=6) Set(2, width=0.35) Set(2, seen=1, 2022-06-30T12:00)
Set(3, species=virginica) Set(3, petals=6) Set(3, width=2.5) Set(3, at="2022-06-30T12:00:00Z")
Set(4, species=setosa) Set(4, species=virginica) Set(4, petals=9) Set(4, seen=1, 2022-07-02T08:00)
Set(10, species=versicolor) Set(10, active=false)
"""

_MEASURED = re.compile(rb'"microseconds":\d+,"bandwidth_share":[\d.]+')


def answers() -> Mapping[str, str]:
    """What the example of each call is answered, by the call's name."""
    return {signature.name: answer(f"[example]{signature.example}") for signature in CALLS}


def answer(statement: str) -> str:
    """The native results of a statement, one a line; what is measured anew each time is the same each time."""
    engine = open_local_engine(Path("/example"), MemoryFileStore(), BitmapState, 1 << 40)
    try:
        engine.change(CreateTable(table="t", name="example", is_keyed=False))
        for spec in FIELDS:
            engine.change(CreateField(table="t", field_id=spec.name, spec=spec))
        _ask(engine, FILLING)
        return _ask(engine, statement)
    finally:
        engine.close()


def _ask(engine: LocalEngine, statement: str) -> str:
    results = answer_program(compile_pql(statement, engine.schema()), engine, Budget(), _make_nothing)
    lines = [b"".join(render_native([each])).removeprefix(b'{"results":[').removesuffix(b"]}") for each in results]
    return _MEASURED.sub(b'"microseconds":40,"bandwidth_share":0.0001', b"\n".join(lines)).decode()


def _make_nothing(step: SchemaStep) -> None:
    raise AssertionError(f"no example makes a field: {step}")
