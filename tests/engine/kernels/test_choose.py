"""Plain kernels answer at once, compiled ones as soon as they are there, and plain ones where they never come."""

import logging
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.choose import ChosenKernels
from roarbase.engine.kernels.load import load_entries
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import Dimension, DimensionKind, Op, Program, Shards
from tests.engine.kernels.generated import CODES, ROWS, make_table, places_of

NOTHING = Shards(*(np.zeros((0, 1), dtype=np.int64) for _ in range(3)), np.zeros(0, dtype=np.int64))


def test_loads_what_is_compiled(kernel_cache: Path, entries: Entries) -> None:
    """With a full cache the compiled kernels come, without compiling anything."""
    assert entries
    chosen = ChosenKernels(kernel_cache, load_entries)
    assert not chosen.ready
    assert isinstance(chosen.kernels, PlainKernels)
    chosen.start()
    chosen.start()
    assert chosen.wait(60)
    assert not isinstance(chosen.kernels, PlainKernels)
    chosen.close()
    assert isinstance(chosen.kernels, PlainKernels)


def test_answers_every_question() -> None:
    """Whoever holds the chosen kernels asks them as any others."""
    table, addresses = make_table(0, [4096, 64]), np.zeros(2, dtype=np.int64)
    program, dimension = Program.of((Op.CODE, 8, 1, 3)), Dimension(DimensionKind.CODES, 7)
    columns = [places_of(table.shards, 1, 3), places_of(table.shards, 8, 3)]
    answers = [
        [
            kernels.count(table.shards, program),
            kernels.total(table.shards, program, 1),
            kernels.extreme(table.shards, program, 1, greatest=True),
            kernels.group(table.shards, program, [dimension], CODES + 1, 4).counts.tolist(),
            kernels.row_counts(table.shards, program, ROWS, 2).tolist(),
            kernels.pair_counts(table.shards, program, ROWS, 1, ROWS + 1, 2).tolist(),
            kernels.emit(table.shards, program, 5, reverse=True).tolist(),
            [[part.tolist() for part in pair] for pair in kernels.take(addresses, columns, [False, True])],
            kernels.bitmap(table.shards, program, addresses).tolist(),
        ]
        for kernels in (ChosenKernels(None, load_entries), PlainKernels())
    ]
    assert answers[0] == answers[1]
    assert answers[0][0]


def test_plain_until_then(entries: Entries) -> None:
    """While loading goes on the plain kernels answer."""
    release = threading.Event()

    def load(directory: Path | None, *, compile_here: bool) -> Entries | None:
        assert directory is None
        release.wait(10)
        return entries if compile_here else None

    chosen = ChosenKernels(None, load)
    chosen.start()
    assert not chosen.wait(0.01)
    assert chosen.kernels.count(NOTHING, Program.of()) == 0
    release.set()
    assert chosen.wait(10)
    chosen.close()


def test_a_cache_that_cannot_be_written(entries: Entries, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Compiling apart fails, says so, and compiling in memory takes its place."""
    (tmp_path / "file").write_text("in the way")
    asked: list[tuple[Path | None, bool]] = []

    def load(directory: Path | None, *, compile_here: bool) -> Entries | None:
        asked.append((directory, compile_here))
        return entries if compile_here else None

    chosen = ChosenKernels(tmp_path / "file", load)
    chosen.start()
    assert chosen.wait(60)
    assert asked == [(tmp_path / "file", False), (None, True)]
    assert "cannot be written" in caplog.text
    chosen.close()


def test_no_compiled_kernels_at_all(caplog: pytest.LogCaptureFixture) -> None:
    """A broken compiler is a warning in the log, and everything is answered."""

    def load(directory: Path | None, *, compile_here: bool) -> Entries | None:
        raise ImportError(f"no numba for {directory} {compile_here}")

    chosen = ChosenKernels(None, load)
    with caplog.at_level(logging.WARNING):
        chosen.start()
        assert not chosen.wait(10)
    assert "no numba" in caplog.text
    assert chosen.kernels.count(NOTHING, Program.of()) == 0


def test_closed_before_it_was_ready(entries: Entries) -> None:
    """What comes after closing is not used, and starting again does nothing."""
    release = threading.Event()

    def load(directory: Path | None, *, compile_here: bool) -> Entries | None:
        release.wait(10)
        return entries if directory is None or compile_here else None

    chosen = ChosenKernels(None, load)
    chosen.start()
    chosen.close()
    release.set()
    assert not chosen.wait(10)
    assert isinstance(chosen.kernels, PlainKernels)
    chosen.start()
    assert not chosen.ready


def test_choosing_loads_no_compiler() -> None:
    """numba is imported by whoever loads machine code, and by nobody before."""
    script = "import sys, roarbase.engine.kernels.choose; print('numba' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "False"
