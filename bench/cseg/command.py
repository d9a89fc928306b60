"""The command: make the data, load every system, compare, measure, print."""

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.bandwidth import Bandwidth
from bench.cseg import protocol
from bench.cseg.dataset import Dataset, load_dataset, save_dataset
from bench.cseg.generate import generate
from bench.cseg.machine import busy_cores
from bench.cseg.measure import Effort, Line, compare, measure
from bench.cseg.processes import Worker, WorkerLost
from bench.cseg.queries import BY_NAME, QUERIES
from bench.cseg.queries.query import Query
from bench.cseg.report import Setup, render
from bench.cseg.systems import PACKAGES, STATES, SYSTEMS
from bench.quiet import Quiet

__all__ = ["Bench", "main", "missing_package_or_none"]

_LOAD_TIMEOUT_S = 1800
_WEIGH_TIMEOUT_S = 60


def missing_package_or_none(system: str) -> str | None:
    """The package without which a system cannot take part."""
    return next((name for name in PACKAGES.get(system, ()) if importlib.util.find_spec(name) is None), None)


class Bench:
    """Systems with the same data loaded. Use it in a `with`."""

    data: Dataset

    def __init__(self, records: int, systems: Sequence[str], *, seed: int = 1, threads: int, state: str) -> None:
        self.records = records
        self.versions: dict[str, str] = {}
        self.absent: dict[str, str] = {}
        self.has_lost = False
        self.loads: dict[str, dict[str, float]] = {}
        self.memory_bytes: dict[str, list[int]] = {}
        self._seed = seed
        self._systems = systems
        self._threads = threads
        self._state = state
        self._workers: list[Worker] = []
        self._stack = ExitStack()

    def __enter__(self) -> "Bench":
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cseg-")))
            _say(f"making {self.records:,} records")
            save_dataset(generate(self.records, seed=self._seed), directory)
            self.data = load_dataset(directory)
            for name in self._systems:
                self._enter(name, directory, stack)
            # Only now: whatever fails above stops the processes that were started.
            self._stack = stack.pop_all()
        return self

    def _enter(self, name: str, directory: Path, stack: ExitStack) -> None:
        missing = missing_package_or_none(name)
        if missing is not None:
            self.absent[name] = f"{missing} is not installed"
            return
        _say(f"loading into {name}")
        try:
            self._load(name, directory, stack)
        except WorkerLost as lost:
            self._leave_out(name, str(lost))

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _load(self, name: str, directory: Path, stack: ExitStack) -> None:
        worker = stack.enter_context(Worker(name, threads=self._threads, state=self._state))
        reply = worker.ask(protocol.Load(directory=str(directory)), timeout_s=_LOAD_TIMEOUT_S)
        if not isinstance(reply, protocol.Loaded):
            raise WorkerLost(reply.error if isinstance(reply, protocol.Failed) else f"{name}: {reply}")
        self.versions[name] = worker.version
        self.loads[name] = reply.figures
        self._workers.append(worker)
        self._weigh(worker)

    def weigh(self) -> None:
        """Ask every system again what the data takes."""
        for worker in self._workers:
            self._weigh(worker)

    def _weigh(self, worker: Worker) -> None:
        reply = worker.ask(protocol.Weigh(), timeout_s=_WEIGH_TIMEOUT_S)
        if isinstance(reply, protocol.Weighed) and reply.memory_bytes is not None:
            self.memory_bytes.setdefault(worker.name, []).append(reply.memory_bytes)

    def _leave_out(self, name: str, reason: str) -> None:
        """Go on without a system, and say so."""
        _say(f"{name} is left out: {reason}")
        self.absent[name] = reason.strip().splitlines()[-1].removeprefix(f"{name}: ")
        self.has_lost = True
        self._workers = [worker for worker in self._workers if worker.name != name]

    def take(self, query: Query, effort: Effort | None) -> Line:
        """Compare the answers to a query and, unless `effort` is None, measure it.

        A system that is lost on the way is left out from then on.
        """
        while True:
            try:
                line = compare(query, self._workers, self.data)
                if effort is not None:
                    measure(line, self._workers, effort)
                return line
            except WorkerLost as lost:
                self._leave_out(str(lost).partition(":")[0], str(lost))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.cseg", description=__doc__)
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2, help="for each system")
    parser.add_argument("--state", choices=STATES, default="compiled", help="of Roarbase")
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--queries", nargs="+", choices=list(BY_NAME), default=list(BY_NAME))
    parser.add_argument("--visits", type=int, default=Effort().visits, help="to each system per query")
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for quiet moments, in all")
    parser.add_argument("--compare-only", action="store_true", help="compare the answers, measure nothing")
    return parser


def main(arguments: Sequence[str] = ()) -> int:
    """Run the benchmark. Exit code 1: answers differ, or a system was lost (one not installed is no failure)."""
    options = _arguments().parse_args(arguments)
    quiet = Quiet(options.patience)
    effort = None if options.compare_only else Effort(visits=options.visits, quiet=quiet)
    lines, bandwidth, busy_before = [], Bandwidth(options.threads), busy_cores()
    with Bench(
        options.records, options.systems, seed=options.seed, threads=options.threads, state=options.state
    ) as bench:
        for query in QUERIES:
            if query.name in options.queries:
                _say(query.name)
                lines.append(bench.take(query, effort))
                if query.touches is not None:
                    bandwidth.measure()
        bench.weigh()
    setup = Setup(
        command=" ".join(["python -m bench.cseg", *arguments]),
        records=options.records,
        threads=options.threads,
        versions=bench.versions,
        absent=bench.absent,
        loads=bench.loads,
        memory_bytes=bench.memory_bytes,
        bandwidth=bandwidth.best,
        busy_before=busy_before,
        quiet=quiet,
    )
    print(render(setup, lines), end="")
    return 1 if bench.has_lost or any(line.problem for line in lines) else 0


def _say(text: str) -> None:
    """Progress, apart from the report."""
    print(text, file=sys.stderr, flush=True)
