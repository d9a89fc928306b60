"""The table as Markdown: figures, what they are measured against, and what is missing."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bench.cseg.machine import describe_machine
from bench.cseg.measure import Cell, Line
from bench.cseg.systems import PEERS, ROARBASE

__all__ = ["Setup", "render"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """What was measured.

    Attributes:
        versions: By system, of those that took part.
        absent: By system, why it did not.
        loads: By system, what loading took.
        busy_before: How many cores others kept busy when the measurement began.
    """

    command: str
    records: int
    threads: int
    versions: Mapping[str, str]
    absent: Mapping[str, str]
    loads: Mapping[str, Mapping[str, float]]
    busy_before: float


def render(setup: Setup, lines: Sequence[Line]) -> str:
    """The whole report."""
    figures = [_table(setup, lines), _summary(lines)] if any(line.cells for line in lines) else []
    parts = [_heading(setup), _loads(setup), *figures, _not_yet(lines), _problems(lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(setup: Setup) -> str:
    said = [
        f"{setup.records:,} records, {setup.threads} threads, {date.today().isoformat()}: `{setup.command}`",
        f"Machine: {describe_machine()}; {setup.busy_before:.1f} cores busy with other things when it began",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in setup.versions.items()),
        *(f"Left out: {name} ({reason})" for name, reason in setup.absent.items()),
    ]
    return "\n".join(f"* {line}" for line in said)


def _loads(setup: Setup) -> str:
    rows = [
        f"| {name} | {setup.records / figures['seconds']:,.0f} | {_memory(figures, setup.records)} |"
        for name, figures in setup.loads.items()
        if figures.get("seconds")
    ]
    return "\n".join(["| system | records loaded per second | bytes of memory per record |", "|---|---|---|", *rows])


def _memory(figures: Mapping[str, float], records: int) -> str:
    return f"{figures['memory_bytes'] / records:.0f}" if "memory_bytes" in figures else ""


def _table(setup: Setup, lines: Sequence[Line]) -> str:
    peers = [name for name in PEERS if name in setup.versions]
    head = ["query", "roarbase ms", "caches dropped ms", *(f"{name} ms" for name in peers), "best peer / roarbase"]
    rows = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for line in lines:
        ours = "not yet" if line.not_yet else _ms(line.cells.get(ROARBASE)) or ("failed" if line.problem else "")
        cells = [_ms(line.cells.get(name), with_way=True) for name in peers]
        rows.append("| " + " | ".join([line.query.name, ours, _ms(line.cold), *cells, _times(line.ratio())]) + " |")
    return "\n".join(rows)


def _ms(cell: Cell | None, *, with_way: bool = False) -> str:
    if cell is None:
        return ""
    number = f"{cell.ms:.3f}" if cell.ms < 1 else f"{cell.ms:.2f}" if cell.ms < 100 else f"{cell.ms:.0f}"
    return f"{number} ({cell.way})" if with_way else number


def _times(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:,.0f}x" if ratio >= 20 else f"{ratio:.1f}x" if ratio >= 1 else f"{ratio:.2g}x"


def _summary(lines: Sequence[Line]) -> str:
    said = [_figures("Warm", lines, is_cold=False), _figures("Caches dropped", lines, is_cold=True)]
    return "\n".join(f"* {line}" for line in said)


def _figures(title: str, lines: Sequence[Line], *, is_cold: bool) -> str:
    """Geometric mean, and the query that fares worst."""
    ratios = {line.query.name: ratio for line in lines if (ratio := line.ratio(is_cold=is_cold)) is not None}
    if not ratios:
        has_no_caches = is_cold and any(ROARBASE in line.cells for line in lines)
        return f"{title}: nothing to compare." + (" This state keeps no caches to drop." if has_no_caches else "")
    worst = min(ratios, key=ratios.__getitem__)
    ahead = sum(ratio > 1 for ratio in ratios.values())
    mean = statistics.geometric_mean(ratios.values())
    return (
        f"{title}: over {len(ratios)} of {len(lines)} queries, the best peer takes {_times(mean)} as long as Roarbase"
        f" (geometric mean); worst: {worst} {_times(ratios[worst])}; ahead on {ahead}."
    )


def _not_yet(lines: Sequence[Line]) -> str:
    missing = [f"* {line.query.name}: {line.not_yet} (`{line.query.pql}`)" for line in lines if line.not_yet]
    return "\n".join(["Not yet answered by Roarbase:", "", *missing]) if missing else ""


def _problems(lines: Sequence[Line]) -> str:
    wrong = [f"* {line.query.name}: {line.problem}" for line in lines if line.problem]
    if not wrong:
        return "All systems gave the same answers."
    return "\n".join(["ANSWERS THAT DIFFER OR FAILED:", "", *wrong])
