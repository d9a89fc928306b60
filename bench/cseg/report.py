"""The table as Markdown: figures, what they are measured against, and what is missing."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bench.cseg.conditions import Condition
from bench.cseg.machine import describe_machine
from bench.cseg.measure import Cell, Line
from bench.cseg.systems import PEERS, ROARBASE
from bench.quiet import Quiet

__all__ = ["Setup", "render"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """What was measured.

    Attributes:
        versions: By system, of those that took part.
        absent: By system, why it did not.
        loads: By system, what loading took.
        memory_bytes: By system, what the data took after loading and what it takes after all queries.
        bandwidth: Bytes per second that as many threads read from memory.
        busy_before: How many cores others kept busy when the measurement began.
        quiet: How often others were at work while it went on.
    """

    command: str
    records: int
    threads: int
    versions: Mapping[str, str]
    absent: Mapping[str, str]
    loads: Mapping[str, Mapping[str, float]]
    memory_bytes: Mapping[str, Sequence[int]]
    bandwidth: float
    busy_before: float
    quiet: Quiet


def render(setup: Setup, lines: Sequence[Line]) -> str:
    """The whole report."""
    figures = [_table(setup, lines), _summary(setup, lines)] if any(line.cells for line in lines) else []
    parts = [_heading(setup), _loads(setup), *figures, _not_yet(lines), _problems(lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(setup: Setup) -> str:
    said = [
        f"{setup.records:,} records, {setup.threads} threads, {date.today().isoformat()}: `{setup.command}`",
        f"Machine: {describe_machine()}; {setup.busy_before:.1f} cores busy with other things when it began"
        f", others at work behind {setup.quiet.disturbed} of {setup.quiet.measured} visits",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in setup.versions.items()),
        *(f"Left out: {name} ({reason})" for name, reason in setup.absent.items()),
    ]
    return "\n".join(f"* {line}" for line in said)


def _loads(setup: Setup) -> str:
    rows = [
        f"| {name} | {setup.records / figures['seconds']:,.0f} | {_memory(setup, name)} |"
        for name, figures in setup.loads.items()
        if figures.get("seconds")
    ]
    head = "| system | records loaded per second | bytes of memory per record, after loading and after all queries |"
    return "\n".join([head, "|---|---|---|", *rows])


def _memory(setup: Setup, name: str) -> str:
    return ", ".join(f"{size / setup.records:.0f}" for size in setup.memory_bytes.get(name, ()))


def _table(setup: Setup, lines: Sequence[Line]) -> str:
    peers = [name for name in PEERS if name in setup.versions]
    bare = [condition for condition in Condition if condition is not Condition.WARM]
    head = [
        "query",
        "roarbase ms",
        *(f"{condition} ms" for condition in bare),
        *(f"{name} ms" for name in peers),
        "best peer / roarbase",
    ]
    rows = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for line in lines:
        ours = "not yet" if line.not_yet else _ms(line.cells.get(ROARBASE)) or ("failed" if line.problem else "")
        cells = [_ms(line.ours(condition)) for condition in bare]
        cells += [_ms(line.cells.get(name), with_way=True) for name in peers]
        rows.append("| " + " | ".join([line.query.name, ours, *cells, _times(line.ratio())]) + " |")
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


def _summary(setup: Setup, lines: Sequence[Line]) -> str:
    said = [_figures(condition, lines) for condition in Condition]
    said += [_share(setup, line) for line in lines if line.query.touches is not None and line.ours() is not None]
    return "\n".join(f"* {line}" for line in said)


def _figures(condition: Condition, lines: Sequence[Line]) -> str:
    """Geometric mean, and the query that fares worst."""
    title = condition.capitalize()
    ratios = {line.query.name: ratio for line in lines if (ratio := line.ratio(condition)) is not None}
    if not ratios:
        return f"{title}: nothing to compare."
    worst = min(ratios, key=ratios.__getitem__)
    ahead = sum(ratio > 1 for ratio in ratios.values())
    mean = statistics.geometric_mean(ratios.values())
    return (
        f"{title}: over {len(ratios)} of {len(lines)} queries, the best peer takes {_times(mean)} as long as Roarbase"
        f" (geometric mean); worst: {worst} {_times(ratios[worst])}; ahead on {ahead}."
    )


def _share(setup: Setup, line: Line) -> str:
    """What a query touches at least, beside what the machine reads in its time."""
    cell = line.ours()
    assert cell is not None
    megabytes, read = line.touched_bytes / 1e6, setup.bandwidth * cell.ms / 1e9
    return (
        f"{line.query.name}: touches at least {megabytes:.1f} MB; in its {cell.ms:.2f} ms numpy reads {read:.1f} MB"
        f" ({setup.bandwidth / 1e9:.1f} GB/s): {megabytes / read:.0%} of the read bandwidth."
    )


def _not_yet(lines: Sequence[Line]) -> str:
    missing = [f"* {line.query.name}: {line.not_yet} (`{line.query.pql}`)" for line in lines if line.not_yet]
    return "\n".join(["Not yet answered by Roarbase:", "", *missing]) if missing else ""


def _problems(lines: Sequence[Line]) -> str:
    wrong = [f"* {line.query.name}: {line.problem}" for line in lines if line.problem]
    if not wrong:
        return "All systems gave the same answers."
    return "\n".join(["ANSWERS THAT DIFFER OR FAILED:", "", *wrong])
