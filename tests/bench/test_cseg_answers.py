"""Comparison, choice of figures and the report, on answers and times that are made up."""

import io
from collections.abc import Sequence
from typing import Any, cast

import pytest

from bench.cseg import protocol
from bench.cseg.answers import find_disagreement
from bench.cseg.conditions import Condition
from bench.cseg.dataset import Dataset
from bench.cseg.generate import generate
from bench.cseg.measure import Cell, Effort, Line, compare, measure
from bench.cseg.processes import Worker, WorkerLost
from bench.cseg.queries import BY_NAME
from bench.cseg.queries.query import Query, Rows
from bench.cseg.report import Setup, render
from bench.cseg.systems.system import Loaded, System, Unanswered
from bench.cseg.worker import serve
from bench.quiet import Quiet


@pytest.fixture(scope="module")
def data() -> Dataset:
    return generate(5000)


@pytest.mark.parametrize(
    ("query", "one", "other", "agree"),
    [
        ("sum", [[5]], [[5]], True),
        ("sum", [[5]], [[6]], False),
        ("sum", [[10**18]], [[10**18 + 1]], False),
        ("sum", [[5]], [], False),
        ("gb_sex", [[0, 3], [1, 4]], [[1, 4], [0, 3]], True),
        ("gb_sex", [[0, 3]], [[0, 3], [0, 3]], False),
        ("topk", [[0, 4], [1, 3]], [[1, 3], [0, 4]], False),
        ("minmaxavg", [[1, 9, 10 / 3]], [[1, 9, 3.3333333333333335]], True),
        ("minmaxavg", [[1, 9, 5.0]], [[1, 9, 5]], True),
        ("minmaxavg", [[1, 9, 5.001]], [[1, 9, 5.0]], False),
        ("median", [[50_000]], [[50_100]], True),
        ("median", [[50_000]], [[51_000]], False),
    ],
)
def test_answers_agree(query: str, one: Rows, other: Rows, agree: bool, data: Dataset) -> None:
    """Whole numbers exactly, means to the last digit, medians nearly; order where it is asked for."""
    found = find_disagreement(BY_NAME[query], {"a": one, "b": other}, data)
    assert (found is None) is agree
    assert found is None or ("a says" in found and "b says" in found)


def test_one_answer_agrees_with_itself(data: Dataset) -> None:
    """With one system or none there is nothing to compare."""
    assert find_disagreement(BY_NAME["sum"], {"a": [[1]]}, data) is None
    assert find_disagreement(BY_NAME["sum"], {}, data) is None


def chosen_records(data: Dataset) -> list[int]:
    query = BY_NAME["extract10"]
    assert query.any_of is not None
    return [int(number) for number in query.any_of.among(data).nonzero()[0]]


def test_any_records_will_do_if_they_fit(data: Dataset) -> None:
    """Which ones is free; how many, that they fit, and what they hold is not."""
    query = BY_NAME["extract1000"]
    fitting = [data.record(number) for number in chosen_records(data)]
    assert 1 < len(fitting) < 1000
    assert find_disagreement(query, {"a": fitting, "b": fitting[::-1]}, data) is None
    stranger = data.record(next(n for n in range(5000) if n not in chosen_records(data)))
    changed = [[fitting[0][0], 99, *fitting[0][2:]], *fitting[1:]]
    for wrong in (fitting[1:], [fitting[0], *fitting[:-1]], [stranger, *fitting[1:]], changed):
        found = find_disagreement(query, {"a": fitting, "b": wrong}, data)
        assert found is not None
        assert found.startswith("b gave")


COLD, BARE = Condition.CACHES_DROPPED, Condition.COLUMNS_ALONE


class FakeWorker:
    """A worker that answers what it was told, and counts how often it was asked to measure."""

    def __init__(self, name: str, times_ms: dict[str, list[float]], *, rows: Rows, refusal: str = "") -> None:
        self.name = name
        self.ways = {"sum": [way for way in times_ms if way not in list(Condition)]}
        self.measured: list[str] = []
        self._times_ms = times_ms
        self._rows = rows
        self._refusal = refusal

    def ask(self, request: protocol.Request, *, timeout_s: float) -> protocol.Reply:
        assert timeout_s > 0
        if isinstance(request, protocol.Ask):
            return protocol.NotYet(reason=self._refusal) if self._refusal else protocol.Answered(rows=self._rows)
        assert isinstance(request, protocol.Measure)
        way = request.way if request.condition is Condition.WARM else request.condition
        self.measured.append(way)
        return protocol.Measured(times_ms=self._times_ms.get(way, []))


def taken(workers: Sequence[FakeWorker], data: Dataset) -> Line:
    given = cast(Sequence[Worker], workers)
    line = compare(BY_NAME["sum"], given, data)
    measure(line, given, Effort(visits=3))
    return line


def test_the_best_way_and_the_median_count(data: Dataset) -> None:
    """A peer's figure is its fastest way; a hopeless way is visited once; ratios are against the best peer."""
    roarbase = FakeWorker("roarbase", {"pql": [1.0, 2.0, 90.0], COLD: [5.0], BARE: [8.0]}, rows=[[7]])
    duckdb = FakeWorker("duckdb", {"list": [80.0], "bridge": [20.0], "join": [30.0]}, rows=[[7]])
    polars = FakeWorker("polars", {"column": [10.0]}, rows=[[7]])
    line = taken([roarbase, duckdb, polars], data)
    assert line.cells == {"roarbase": Cell(2.0, "pql"), "duckdb": Cell(20.0, "bridge"), "polars": Cell(10.0, "column")}
    assert line.bare == {COLD: Cell(5.0, "pql"), BARE: Cell(8.0, "pql")}
    assert (line.best_peer_ms, line.ratio(), line.ratio(COLD), line.ratio(BARE)) == (10.0, 5.0, 2.0, 1.25)
    assert (duckdb.measured.count("list"), duckdb.measured.count("join")) == (1, 3)
    assert (line.problem, line.not_yet) == (None, None)


def test_a_refused_query_is_not_measured(data: Dataset) -> None:
    """The reason is kept; the peers are measured all the same."""
    roarbase = FakeWorker("roarbase", {"pql": [1.0]}, rows=[], refusal="later")
    line = taken([roarbase, FakeWorker("duckdb", {"list": [8.0]}, rows=[[7]])], data)
    assert (line.not_yet, roarbase.measured, line.ratio()) == ("later", [], None)
    assert line.cells == {"duckdb": Cell(8.0, "list")}


def test_a_system_without_a_condition_has_no_figure_for_it(data: Dataset) -> None:
    """It is asked once, says nothing, and is left alone."""
    roarbase = FakeWorker("roarbase", {"pql": [1.0]}, rows=[[7]])
    assert taken([roarbase], data).bare == {}
    assert roarbase.measured.count(COLD) == 1


def setup() -> Setup:
    return Setup(
        command="python -m bench.cseg --records 10",
        records=10,
        threads=2,
        versions={"roarbase": "1", "duckdb": "2"},
        absent={"polars": "polars is not installed"},
        loads={"roarbase": {"seconds": 2.0}, "duckdb": {"seconds": 1.0}},
        memory_bytes={"roarbase": [500, 620]},
        bandwidth=20e9,
        busy_before=1.25,
        quiet=Quiet(0),
    )


def test_the_report_leaves_nothing_out() -> None:
    """Figures, absent peers, queries not answered yet with their reason, the mean and the worst."""
    lines = [
        Line(query=BY_NAME["sum"], cells={"roarbase": Cell(1.0, "pql"), "duckdb": Cell(40.0, "column")}),
        Line(query=BY_NAME["gb_sex"], cells={"roarbase": Cell(2.0, "pql"), "duckdb": Cell(20.0, "column")}),
        Line(query=BY_NAME["median"], cells={"duckdb": Cell(9.5, "column")}, not_yet="not supported yet"),
    ]
    text = render(setup(), lines)
    assert "`python -m bench.cseg --records 10`" in text
    assert "1.2 cores busy with other things" in text
    assert "Left out: polars (polars is not installed)" in text
    assert "| roarbase | 5 | 50, 62 |" in text
    assert "| sum | 1.00 |  |  | 40.00 (column) | 40x |" in text
    assert "| median | not yet |  |  | 9.50 (column) |  |" in text
    assert "over 2 of 3 queries, the best peer takes 20x as long" in text
    assert "worst: gb_sex 10.0x; ahead on 2" in text
    assert "median: not supported yet" in text
    assert "All systems gave the same answers." in text


def test_the_report_says_what_share_of_the_bandwidth_a_query_takes() -> None:
    """What it has to touch, by what could be read in its time."""
    line = Line(query=BY_NAME["sum_filt"], cells={"roarbase": Cell(2.0, "pql")}, touched_bytes=30e6)
    assert "in its 2.00 ms numpy reads 40.0 MB (20.0 GB/s): 75% of the read bandwidth" in render(setup(), [line])


def test_what_a_query_touches_is_counted_by_lines(data: Dataset) -> None:
    """Bitmaps whole, and each line of sixteen incomes that has one to be read."""
    touches = BY_NAME["sum_filt"].touches
    assert touches is not None
    chosen = [row in data.record(i)[9] and data.sex[i] == 1 for i in range(len(data)) for row in (5,)]
    lines = {i // 16 for i, is_chosen in enumerate(chosen) if is_chosen}
    assert touches(data) == len(data) / 4 + 64 * len(lines)


def test_the_report_shows_problems_first_of_all() -> None:
    """Answers that differ are named, and nothing claims that all agree."""
    text = render(
        setup(), [Line(query=BY_NAME["sum"], cells={"duckdb": Cell(1, "column")}, problem="a says 1, b says 2")]
    )
    assert "| sum | failed |" in text
    assert "ANSWERS THAT DIFFER OR FAILED" in text
    assert "sum: a says 1, b says 2" in text
    assert "same answers" not in text


class FakeSystem:
    """A system with one way, which refuses one query and breaks on another."""

    version = "0"
    warm_up_runs = 2

    def __init__(self) -> None:
        self.dropped = 0
        self.has_caches = True
        self.is_closed = False

    def load(self, data: Dataset) -> Loaded:
        return Loaded(seconds=len(data))

    def ways(self, query: Query) -> Sequence[str]:  # noqa: ARG002
        return ("only",)

    def run(self, query: Query, way: str) -> Any:
        assert way == "only"
        if query.name == "median":
            raise Unanswered("later")
        return 1 // (query.name != "sum")

    def rows(self, query: Query, answer: Any) -> Rows:  # noqa: ARG002
        return [[answer]]

    def bring_about(self, condition: Condition) -> bool:
        self.dropped += condition is COLD
        self.has_caches = condition is Condition.WARM
        return condition is not BARE

    def memory_bytes_or_none(self) -> int | None:
        return 30

    def close(self) -> None:
        self.is_closed = True


def test_a_worker_answers_line_by_line() -> None:
    """One reply per request; a refusal and a failure are replies too; Stop ends it."""
    system = FakeSystem()
    requests: list[protocol.Request] = [
        protocol.Ask(query="gb_sex", way="only"),
        protocol.Ask(query="median", way="only"),
        protocol.Ask(query="sum", way="only"),
        protocol.Measure(query="gb_sex", way="only", runs=4, seconds=60, condition=COLD),
        protocol.Measure(query="gb_sex", way="only", runs=4, seconds=0),
        protocol.Weigh(),
        protocol.Stop(),
        protocol.Ask(query="gb_sex", way="only"),
    ]
    replies = io.BytesIO()
    checked: System = system
    serve(checked, io.BytesIO(b"".join(protocol.write_line(request) for request in requests)), replies)
    ready, answered, refused, failed, cold, short, weighed = map(protocol.read_reply, replies.getvalue().splitlines())
    assert ready == protocol.Ready(version="0", ways={name: ["only"] for name in BY_NAME})
    assert answered == protocol.Answered(rows=[[1]])
    assert refused == protocol.NotYet(reason="later")
    assert isinstance(failed, protocol.Failed)
    assert "ZeroDivisionError" in failed.error
    assert weighed == protocol.Weighed(memory_bytes=30)
    assert isinstance(cold, protocol.Measured)
    assert isinstance(short, protocol.Measured)
    assert (len(cold.times_ms), len(short.times_ms), system.dropped, system.is_closed) == (4, 1, 4, True)
    assert system.has_caches


def test_a_worker_that_cannot_start_is_lost_with_its_last_words() -> None:
    """The reason stands in the error."""
    with pytest.raises(WorkerLost, match="KeyError"):
        Worker("nobody", threads=1, state="plain")
