"""The process of one system: `python -m bench.cseg.worker SYSTEM THREADS STATE`.

A library that crashes takes only its own process with it, and no two share memory or threads.
"""

import importlib
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from bench.cseg import protocol
from bench.cseg.conditions import Condition
from bench.cseg.dataset import load_dataset
from bench.cseg.queries import BY_NAME, QUERIES
from bench.cseg.systems import ROARBASE, SYSTEMS
from bench.cseg.systems.system import System, Unanswered

__all__ = ["main", "serve"]


def serve(system: System, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until Stop or the end of them."""
    ways = {query.name: list(system.ways(query)) for query in QUERIES}
    _reply(replies, protocol.Ready(version=system.version, ways=ways))
    for line in requests:
        request = protocol.read_request(line)
        if isinstance(request, protocol.Stop):
            break
        try:
            _reply(replies, _take(system, request))
        except Unanswered as unanswered:
            _reply(replies, protocol.NotYet(reason=str(unanswered)))
        except Exception:
            _reply(replies, protocol.Failed(error=traceback.format_exc()))
    system.close()


def _take(system: System, request: protocol.Request) -> protocol.Reply:
    match request:
        case protocol.Load(directory):
            return protocol.Loaded(figures=dict(system.load(load_dataset(Path(directory)))))
        case protocol.Ask(query, way):
            found = BY_NAME[query]
            return protocol.Answered(rows=system.rows(found, system.run(found, way)))
        case protocol.Measure():
            return protocol.Measured(times_ms=_times_ms(system, request))
        case protocol.Weigh():
            return protocol.Weighed(memory_bytes=system.memory_bytes_or_none())
        case _:
            raise AssertionError(request)


def _times_ms(system: System, request: protocol.Measure) -> list[float]:
    query, times = BY_NAME[request.query], list[float]()
    for _ in range(system.warm_up_runs if request.condition is Condition.WARM else 0):
        system.run(query, request.way)
    end = time.perf_counter() + request.seconds
    while not times or (len(times) < request.runs and time.perf_counter() < end):
        if not system.bring_about(request.condition):
            return []
        started = time.perf_counter_ns()
        system.run(query, request.way)
        times.append((time.perf_counter_ns() - started) / 1e6)
    system.bring_about(Condition.WARM)
    return times


def _reply(replies: BinaryIO, reply: protocol.Reply) -> None:
    replies.write(protocol.write_line(reply))
    replies.flush()


def main(name: str, threads: str, state: str) -> None:
    """Run a system on standard input and output."""
    # What a library prints must not come between the replies: it goes to standard error.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if hasattr(os, "sched_setaffinity"):
        # Whatever a library believes about the machine, it gets no more cores than the others.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(threads)])
    module, _, class_name = SYSTEMS[name].partition(":")
    make: Any = getattr(importlib.import_module(module), class_name)
    chosen = {"state": state} if name == ROARBASE else {}
    system: System = make(threads=int(threads), **chosen)
    serve(system, sys.stdin.buffer, replies)


if __name__ == "__main__":
    main(*sys.argv[1:])
