"""The compiled kernels of a running service: compiled at the very first start, taken from the cache at the next.

Compiling all of them takes a minute of a processor: `filled_kernel_cache` has it done once for all tests, by the
command that a service runs. Here the service is seen to run that command, to end it, and to take what was compiled
meanwhile.
"""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from roarbase.engine.kernels.compiled.entries import processor
from roarbase.engine.kernels.sources import claim_directory, clear, filling, find_complete, mark_complete
from tests.support.kernels import filled_kernel_cache
from tests.support.process import ServiceProcess, iris_records, make_iris, query

READY = re.compile(r"the compiled kernels answer from now on, after ([0-9.]+) s")
LOAD_S = 60
"""The machine may be busy with other tests: alone it takes a second."""


def eventually(is_so: Callable[[], bool], timeout_s: float = LOAD_S) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def ready_after_s(service: ServiceProcess) -> float | None:
    """How long the last start took to have its kernels, as the log says; None: not yet."""
    found = READY.findall(service.log.read_text(encoding="utf-8"))
    return float(found[-1]) if found else None


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def compilers(service: ServiceProcess) -> list[int]:
    """The processes that compile for a service."""
    assert service.process is not None
    threads = Path(f"/proc/{service.process.pid}/task").iterdir()
    found = [int(child) for thread in threads for child in (thread / "children").read_text(encoding="ascii").split()]
    return [child for child in found if b"engine.kernels.compile" in Path(f"/proc/{child}/cmdline").read_bytes()]


def counts(client: httpx.Client, deployment_id: str) -> object:
    rows = query(
        client, deployment_id, "sql", "select species, count(*) from iris where sepallength > 5 group by species"
    )
    return sorted(map(repr, rows))


def test_the_first_starts(tmp_path: Path) -> None:
    """On an empty directory kernels are compiled, and waited for if another compiles them; the next start has them."""
    service = ServiceProcess(tmp_path / "data", "--kernel-cache-dir", str(tmp_path / "kernels"))
    with service.start():
        stopped_while_compiling(service)
    with being_compiled(tmp_path / "kernels") as finish, service.start(), service.api() as client:
        deployment_id, sink_id = make_iris(client)
        client.post(f"/v1/sinks/{sink_id}", json={"records": iris_records(range(1, 1001))})
        answer = answered_while_compiling(service, client, deployment_id, finish)
        assert service.resident_mb() < 280
        assert service.stop() == 0
    service.log.unlink()
    with service.start(), service.api() as client:
        assert eventually(lambda: ready_after_s(service) is not None, 20)
        # 0.4 s alone: twenty times less than compiling, however busy the machine is.
        assert (ready_after_s(service) or 0) < 4
        assert counts(client, deployment_id) == answer
        assert service.stop() == 0


def stopped_while_compiling(service: ServiceProcess) -> None:
    """SIGTERM in the middle: exit code 0, and no process is left behind."""
    assert eventually(lambda: len(compilers(service)) == 1, 30)
    (compiler,) = compilers(service)
    eventually(lambda: children(compiler) != [], 5)
    helpers = children(compiler)
    assert service.stop() == 0
    assert ready_after_s(service) is None
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in (compiler, *helpers)), 20)


@contextmanager
def being_compiled(directory: Path) -> Iterator[Callable[[], None]]:
    """Be the process that fills a cache; what it gives has it done. What another left half done is not taken."""
    own, full = claim_directory(directory, processor()), find_complete(filled_kernel_cache(), processor())
    assert own is not None
    assert full is not None
    with ExitStack() as locked:
        locked.enter_context(filling(own))

        def finish() -> None:
            clear(own)
            shutil.copytree(full, own, dirs_exist_ok=True, ignore=shutil.ignore_patterns("lock", "complete"))
            mark_complete(own)
            locked.close()

        yield finish


def answered_while_compiling(
    service: ServiceProcess, client: httpx.Client, deployment_id: str, finish: Callable[[], None]
) -> object:
    """Ask again and again until the compiled kernels are there: the same answer, and none late."""
    answer = counts(client, deployment_id)
    assert eventually(lambda: len(compilers(service)) == 1, 30)
    assert ready_after_s(service) is None
    finish()
    slowest = 0.0

    def asked_again() -> bool:
        nonlocal slowest
        began = time.monotonic()
        assert counts(client, deployment_id) == answer
        slowest = max(slowest, time.monotonic() - began)
        return ready_after_s(service) is not None

    assert eventually(asked_again)
    assert slowest < 2
    assert counts(client, deployment_id) == answer
    return answer


def test_without_a_place_for_them(tmp_path: Path) -> None:
    """A cache that cannot be written is told in the log; queries are answered, and the kernels come all the same."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with (
        ServiceProcess(tmp_path / "data", "--kernel-cache-dir", str(tmp_path / "file")) as service,
        service.api() as client,
    ):
        deployment_id, sink_id = make_iris(client)
        client.post(f"/v1/sinks/{sink_id}", json={"records": iris_records(range(1, 101))})
        before = counts(client, deployment_id)
        assert eventually(lambda: "cannot be written" in service.log_text())
        # A stop does not wait for what is being compiled.
        began = time.monotonic()
        assert counts(client, deployment_id) == before
        assert service.stop() == 0
        assert time.monotonic() - began < 20
