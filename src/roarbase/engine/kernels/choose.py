"""Which kernels answer now: the plain ones at first, the compiled ones as soon as they are there.

Compiling takes some ten seconds once per version and kind of processor, and happens in a process of its own;
loading what is compiled takes less than a second. Until then, and where it fails, questions are answered
all the same, only slower.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.maps.port import MapKernels
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import Dimension, Extreme, Groups, Kernels, Pairs, Program, Shards, Total
from roarbase.engine.kernels.writes.port import WriteKernels
from roarbase.model.row_text import ColumnText

__all__ = ["ChosenKernels", "LoadEntries"]

_Int64s = NDArray[np.int64]

_SOURCE = Path(__file__).parents[3]
_log = logging.getLogger(__name__)


class LoadEntries(Protocol):
    """`roarbase.engine.kernels.load.load_entries`, whose module brings in numba: import it when it is called."""

    def __call__(self, directory: Path | None, *, compile_here: bool) -> Entries | None:
        """The machine code, or None if it is in no cache and may not be compiled here."""
        ...


class ChosenKernels:
    """`roarbase.engine.kernels.port.Kernels`: each question goes to whichever kernels are there by then.

    One for all deployments of a process: the compiled kernels share their threads.
    """

    def __init__(
        self,
        directory: Path | None,
        load: LoadEntries,
        threads: int | None = None,
        *,
        leaves_compiler: bool = False,
    ) -> None:
        """Nothing happens before `start`.

        Args:
            directory: Where compiled kernels are kept; None, or one that cannot be written: compile at each start.
            load: Gets the machine code; called in a thread of its own.
            threads: As `FastKernels` takes it.
            leaves_compiler: `close` lets a compilation that has begun go on by itself, for whoever comes next.
        """
        self._directory = directory
        self._load = load
        self._threads = threads
        self._leaves_compiler = leaves_compiler
        self._plain = PlainKernels()
        self._fast: FastKernels | None = None
        self._compiler: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._started = self._closed = False
        self._settled = threading.Event()

    @property
    def kernels(self) -> Kernels:
        """What answers now."""
        fast = self._fast
        return self._plain if fast is None else fast

    @property
    def writes(self) -> WriteKernels:
        return self.kernels.writes

    @property
    def maps(self) -> MapKernels:
        return self.kernels.maps

    @property
    def cells(self) -> CellKernels:
        return self.kernels.cells

    def rows_text(self, columns: Sequence[ColumnText], between: bytes) -> bytes:
        """Rows as text, by those cells that are there by then; see `roarbase.model.row_text.RowsText`."""
        return self.cells.rows_text(columns, between)

    @property
    def ready(self) -> bool:
        """Whether the compiled ones answer."""
        return self._fast is not None

    @property
    def has_begun(self) -> bool:
        """Whether the compiled ones are on their way, answer, or have failed to come."""
        return self._started

    def start(self) -> None:
        """Begin to load, or compile, in the background. Calling it again does nothing."""
        with self._lock:
            if self._started or self._closed:
                return
            self._started = True
        threading.Thread(target=self._prepare, name="roarbase-kernels-load", daemon=True).start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the compiled kernels are there or have failed to come; gives `ready`."""
        self._settled.wait(timeout_s)
        return self.ready

    def close(self) -> None:
        """Stop preparing, and let threads go. Questions are answered by the plain kernels from now on."""
        with self._lock:
            self._closed = True
            fast, self._fast = self._fast, None
            if self._compiler is not None and not self._leaves_compiler:
                self._compiler.terminate()
        if fast is not None:
            fast.close()

    def count(self, shards: Shards, program: Program) -> int:
        return self.kernels.count(shards, program)

    def total(self, shards: Shards, program: Program, slot: int) -> Total:
        return self.kernels.total(shards, program, slot)

    def extreme(self, shards: Shards, program: Program, slot: int, *, greatest: bool) -> Extreme | None:
        return self.kernels.extreme(shards, program, slot, greatest=greatest)

    def group(
        self,
        shards: Shards,
        program: Program,
        dimensions: Sequence[Dimension],
        size: int,
        slot: int | None = None,
    ) -> Groups:
        return self.kernels.group(shards, program, dimensions, size, slot)

    def row_counts(self, shards: Shards, program: Program, first: int, n: int) -> _Int64s:
        return self.kernels.row_counts(shards, program, first, n)

    def pair_counts(self, shards: Shards, program: Program, first: int, n: int, second: int, m: int) -> _Int64s:
        return self.kernels.pair_counts(shards, program, first, n, second, m)

    def emit(self, shards: Shards, program: Program, limit: int, reverse: bool = False) -> _Int64s:
        return self.kernels.emit(shards, program, limit, reverse)

    def take(self, positions: _Int64s, columns: Sequence[_Int64s], are_codes: Sequence[bool]) -> list[Pairs]:
        return self.kernels.take(positions, columns, are_codes)

    def bitmap(self, shards: Shards, program: Program, addresses: _Int64s) -> _Int64s:
        return self.kernels.bitmap(shards, program, addresses)

    def mark(self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64]) -> None:
        self.kernels.mark(shards, program, slot, marks)

    def probe(
        self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64], addresses: _Int64s
    ) -> _Int64s:
        return self.kernels.probe(shards, program, slot, marks, addresses)

    def _prepare(self) -> None:
        began = time.monotonic()
        try:
            entries = self._entries()
            with self._lock:
                if entries is not None and not self._closed:
                    self._fast = FastKernels(entries, self._threads)
            if self.ready:
                _log.info("the compiled kernels answer from now on, after %.2f s", time.monotonic() - began)
        except Exception:
            # Whatever is wrong with numba or the cache, the plain kernels give the same answers.
            _log.warning("the compiled kernels are not available; queries run slower", exc_info=True)
        finally:
            self._settled.set()

    def _entries(self) -> Entries | None:
        entries = self._load(self._directory, compile_here=False)
        if entries is None and self._directory is not None and self._compile_apart(self._directory):
            entries = self._load(self._directory, compile_here=False)
        if entries is None and not self._closed:
            entries = self._load(None, compile_here=True)
        return entries

    def _compile_apart(self, directory: Path) -> bool:
        """Compile into the cache in another process; whether that went well."""
        command = [sys.executable, "-P", "-m", "roarbase.engine.kernels.compile", str(directory)]
        paths = [str(_SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
        with self._lock:
            if self._closed:
                return False
            self._compiler = subprocess.Popen(
                command,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        with self._compiler as compiler:
            _, complaint = compiler.communicate()
        if compiler.returncode != 0 and not self._closed:
            _log.warning("the kernels could not be compiled apart: %s", complaint.decode(errors="replace").strip())
        return compiler.returncode == 0
