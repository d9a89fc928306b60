"""Explain: a question with everything in it, run step by step and measured.

Each set of records is counted on its own, so that what it reads and how long that takes can be told of it alone; then
the question is answered as always.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace

from roarbase.engine import plan as p
from roarbase.engine.filters.compiler import filter_of
from roarbase.engine.filters.filter import Filter
from roarbase.engine.kernels.bandwidth import read_bandwidth
from roarbase.engine.kernels.noted import KernelCall, NotedKernels
from roarbase.engine.kernels.port import Op
from roarbase.engine.kernels.touched import touched_bytes
from roarbase.engine.operators.estimating import estimate
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import Field, NumberField
from roarbase.engine.views.during import RowsDuring
from roarbase.model.results import ExplainResult, ExplainStep, Result

__all__ = ["explain"]

_LONGEST = 200
_SHOWN_ITEMS = 8
_COUNTED = (p.Count, p.Sum, p.TopRows, p.Rows, p.ExtremeRow)
"""What counters answer where it is about all records."""

_Answer = Callable[[Scan, p.Plan], Callable[[], Result]]


def explain(scan: Scan, asked: p.Plan, answer: _Answer) -> Callable[[], ExplainResult]:
    """The steps of a question, and how long it takes as a whole."""
    inputs = tuple(_step(scan, node) for node in _inputs_of(asked))
    metered, meter = _metered(scan)
    began = time.perf_counter()
    finish = answer(metered, asked)

    def finished() -> ExplainResult:
        finish()
        return ExplainResult(root=_root(scan, asked, inputs, time.perf_counter() - began, meter))

    return finished


@dataclass(slots=True)
class _Meter:
    """What kernels touched, and how long it took to find that out."""

    size_bytes: int = 0
    seconds: float = 0.0

    def note(self, call: KernelCall) -> None:
        began = time.perf_counter()
        self.size_bytes += touched_bytes(call)
        self.seconds += time.perf_counter() - began


def _metered(scan: Scan) -> tuple[Scan, _Meter]:
    """The same run, and what its kernels touch from now on."""
    meter = _Meter()
    return replace(scan, kernels=NotedKernels(scan.kernels, after=meter.note)), meter


def _root(scan: Scan, asked: p.Plan, inputs: tuple[ExplainStep, ...], seconds: float, meter: _Meter) -> ExplainStep:
    if isinstance(asked, _COUNTED) and isinstance(asked.input, p.All) and scan.uses_counters:
        reads = "counters"
    else:
        own = [scan.table.fields[name] for name in sorted(_own_fields(asked)) if name in scan.table.fields]
        reads = ", ".join(map(_column_words, own)) or "what its inputs select"
    seconds -= meter.seconds
    return ExplainStep(
        step=_words(asked),
        reads=reads,
        estimated=inputs[0].estimated,
        actual=inputs[0].actual,
        read_bytes=meter.size_bytes,
        microseconds=round(seconds * 1e6),
        bandwidth_share=_bandwidth_share(meter.size_bytes, seconds),
        inputs=inputs,
    )


def _step(scan: Scan, node: p.Bitmap) -> ExplainStep:
    inside = scan.on(node.table) if isinstance(node, (p.Referred, p.Referring)) else scan
    inputs = tuple(_step(inside, each) for each in _inputs_of(node))
    metered, meter = _metered(scan)
    began = time.perf_counter()
    found = filter_of(metered, node)
    estimated = estimate(node, found, scan.table.exists.total, [step.estimated for step in inputs])
    actual = metered.count(found)
    seconds = time.perf_counter() - began - meter.seconds
    return ExplainStep(
        step=_words(node),
        reads=_reads(found, inputs),
        estimated=estimated,
        actual=actual,
        read_bytes=meter.size_bytes,
        microseconds=round(seconds * 1e6),
        bandwidth_share=_bandwidth_share(meter.size_bytes, seconds),
        inputs=inputs,
    )


def _inputs_of(node: p.Plan | p.Bitmap) -> tuple[p.Bitmap, ...]:
    """The sets of records that a node begins with."""
    match node:
        case p.Union() | p.Intersect() | p.Difference() | p.Xor():
            return node.inputs
        case p.HoldingRows():
            return (node.rows.input,)
        case p.GroupBy() if node.aggregate is not None and not isinstance(node.aggregate.input, p.All):
            return (node.input, node.aggregate.input)
        case _:
            inside = getattr(node, "input", None)
            return () if inside is None else (inside,)


# ---- in words ------------------------------------------------------------------------------


def _words(node: object) -> str:
    """A node with its own members, those at their defaults and its inputs left out."""
    text = _shown(node)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        more = ", ..." if len(value) > _SHOWN_ITEMS else ""
        return f"[{', '.join(map(_shown, value[:_SHOWN_ITEMS]))}{more}]"
    if not is_dataclass(value) or isinstance(value, type):
        return repr(value)
    members = [(member.name, getattr(value, member.name), member.default) for member in fields(value)]
    own = [(n, m) for n, m, default in members if n not in ("input", "inputs") and m != default]
    return f"{type(value).__name__}({', '.join(f'{name}={_shown(member)}' for name, member in own)})"


def _reads(found: Filter, inputs: tuple[ExplainStep, ...]) -> str:
    """What counting the records of a filter reads."""
    if found.is_nothing:
        return "nothing"
    if found.is_all:
        return "which records exist"
    if found.positions is not None:
        return f"a list of {len(found.positions)} records"
    counted = "; its count is kept" if found.known_count() is not None else ""
    kinds = {Op(row[0]).name for row in found.rows}
    if kinds == {"BITMAP"}:
        return f"a bitmap{counted}"
    if inputs:
        return f"its inputs, in one program of {len(found.rows)} operations{counted}"
    what = "numbers" if kinds & {"RANGE", "AND_RANGE"} else "codes of rows"
    return f"{what}, {found.cost:g} bytes a record{counted}"


def _own_fields(asked: p.Plan) -> set[str]:
    """The fields that a question reads itself, beside those of its inputs."""
    names = {getattr(asked, "field", None), *(_name(each) for each in getattr(asked, "fields", ()))}
    names |= {order.field for order in getattr(asked, "order", ()) if isinstance(order, p.RecordOrder)}
    aggregate = getattr(asked, "aggregate", None)
    names |= {None if aggregate is None else aggregate.field}
    return {name for name in names if name is not None}


def _name(field: str | p.FieldDuring | p.GroupField) -> str:
    return field if isinstance(field, str) else field.field


def _column_words(field: Field) -> str:
    column = field.column
    if isinstance(column, RowsDuring):
        return f"what {field.spec.name!r} got then"
    is_number = isinstance(field, NumberField)  # beside whose values stands the bitmap of those that are there
    width = int(column.buffers.widths[: 1 if is_number else None].max(initial=0))
    kind = "numbers" if is_number else "codes"
    return f"{kind} of {field.spec.name!r}, {width} bytes each"


def _bandwidth_share(size: int, seconds: float) -> float:
    return round(size / max(seconds, 1e-9) / read_bandwidth(), 4) if size else 0.0
