"""The 29 queries in PQL and in the later SQL, in process: what SQL adds at first sight, and once a text is known.

    python -m bench.sql_beside_pql [RECORDS [RUNS]]

Each figure is the median from the text to the bytes of a finished JSON answer, bitmaps warm. `new` plans each time,
`known` finds the plan of the same text; the three are asked by turns, and so are the plans alone, which is what the
last two columns have: the two languages do not always ask the engine for the same. Answers of both are compared before.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from bench.cseg.answers import find_disagreement
from bench.cseg.dataset import Dataset
from bench.cseg.generate import generate
from bench.cseg.machine import busy_cores
from bench.cseg.queries import QUERIES
from bench.cseg.queries.query import LAST_FROM_END, Query, Rows
from bench.cseg.queries.sql import SQL
from bench.cseg.systems.roarbase import Roarbase
from roarbase.model.budget import Budget
from roarbase.planes.data.sql_table import render_sql
from roarbase.query.answering import answer_program
from roarbase.query.program import Program
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.compiler import Plans, compile_later_sql

__all__ = ["main", "sql_rows"]

_FIGURES = ("a known text adds", "a new text adds", "a known plan", "a new plan")
_WARM_UP = 3


def main(records: int = 2_000_000, runs: int = 31, *, state: str = "compiled") -> None:
    """Print a line per query, in milliseconds; `state` is one of `bench.cseg.systems.states`."""
    print(f"{records:,} records; {busy_cores():.1f} cores busy with other things before it began")
    data = generate(records)
    system = Roarbase(state=state)
    try:
        system.load(data)
        print("| query | PQL ms | SQL known ms | SQL new ms | known adds | new adds | known plan | new plan |")
        print("|---|---|---|---|---|---|---|---|")
        found = [_measured(system, data, query, runs) for query in QUERIES]
    finally:
        system.close()
    for what, took in zip(_FIGURES, zip(*found, strict=True), strict=True):
        print(f"{what}: median {statistics.median(took):.3f} ms, greatest {max(took):.3f} ms")


def _measured(system: Roarbase, data: Dataset, query: Query, runs: int) -> tuple[float, float, float, float]:
    text = SQL[query.name][0].replace("{last}", str(len(data) - LAST_FROM_END))
    plans = Plans()
    answers = {"PQL": system.rows(query, system.run(query, "pql")), "SQL": sql_rows(query, _answer(system, text, None))}
    problem = find_disagreement(query, answers, data)
    pql, known, new, known_plan, new_plan = _medians_ms(
        runs,
        lambda: system.run(query, "pql"),
        lambda: _answer(system, text, plans),
        lambda: _answer(system, text, None),
        lambda: _plan(system, text, plans),
        lambda: _plan(system, text, None),
    )
    found = known - pql, new - pql, known_plan, new_plan
    plain = f"{pql:.3f} | {known:.3f} | {new:.3f}"
    print(f"| {query.name} | {plain} | {found[0]:+.3f} | {found[1]:+.3f} | {found[2]:.3f} | {found[3]:.3f} |")
    if problem is not None:
        print(f"  ANSWERS DIFFER: {problem}")
    return found


def _plan(system: Roarbase, text: str, plans: Plans | None) -> Program:
    return compile_later_sql(text, Catalog(schema=system.engine.schema()), plans=plans)


def _answer(system: Roarbase, text: str, plans: Plans | None) -> bytes:
    (result,) = answer_program(_plan(system, text, plans), system.engine, Budget(), _no_schema)
    return b"".join(render_sql(result, 0, system.engine.cells.rows_text))


def _no_schema(_: object) -> None:
    raise AssertionError("queries make nothing")


def sql_rows(query: Query, answer: bytes) -> Rows:
    """An answer as the rows that the other systems give: decimals in hundredths, moments in seconds."""
    told = msgspec.json.decode(answer)
    kinds = [field["type"] for field in told["schema"]["fields"]]
    rows = [[_plain(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in told["data"]]
    return SQL[query.name][1](rows)


def _plain(cell: Any, kind: str) -> Any:
    if kind == "decimal(2)":
        return round(cell * 100)
    if kind == "timestamp":
        return int(datetime.fromisoformat(cell).timestamp())
    return [] if cell is None and kind == "idset" else cell


def _medians_ms(runs: int, *ways: Callable[[], object]) -> list[float]:
    """What each way takes: by turns, as the speed of a shared machine changes between one minute and the next."""
    times: list[list[float]] = [[] for _ in ways]
    for turn in range(_WARM_UP + runs):
        for way, took in zip(ways, times, strict=True):
            started = time.perf_counter_ns()
            way()
            if turn >= _WARM_UP:
                took.append((time.perf_counter_ns() - started) / 1e6)
    return [statistics.median(took) for took in times]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
