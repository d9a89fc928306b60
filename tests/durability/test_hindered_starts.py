"""A start that something outside hinders: exit code 1 and one sentence with the place; nothing is lost by it."""

import contextlib
import importlib
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from roarbase.client import Client
from roarbase.model.settings import Settings
from roarbase.server.run import Running, serve
from roarbase.server.wiring import build
from tests.durability.service import PRELOADED
from tests.support.kernels import filled_kernel_cache
from tests.support.process import EMAIL, IRIS_SCHEMA, PASSWORD, iris_records

NOBODY = 65534
LIBRARIES = (
    "asyncio",
    "encodings",
    "http",
    "numpy",
    "roarbase",
    "sqlalchemy",
    "sqlite3",
    "uvicorn",
    "anyio",
    "concurrent",
)
RECORDS = 150


@dataclass(frozen=True, kw_only=True)
class Hindered:
    """What a start may not do: limits of its process by number, and who it is."""

    limits: dict[int, int] = field(default_factory=dict)
    user: int = 0

    def take_hold(self, modules: Path) -> None:
        """Become hindered. What is imported along the way is imported before: it may be out of reach then."""
        for name in modules.read_text().split() if modules.exists() else ():
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        for which, number in self.limits.items():
            resource.setrlimit(which, (number, resource.getrlimit(which)[1]))
        if self.user and os.geteuid() == 0:
            os.setgroups([])
            os.setgid(self.user)
            os.setuid(self.user)


SOMEBODY = Hindered(user=NOBODY)
"""One whom the rights of files bind, as they do not bind root."""


def start(data_dir: Path, hindered: Hindered, work: Callable[[Client], None]) -> tuple[int, str]:
    """Start a service in a process of its own, have `work` done, and stop it: its exit code, and what it said."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED, __name__])
    told, tells = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(data_dir, filled_kernel_cache(), hindered, work, tells))
    process.start()
    tells.close()
    said = b""
    while piece := os.read(told.fileno(), 65536):
        said += piece
    told.close()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode, said.decode()


def _serve(
    data_dir: Path, kernels: Path, hindered: Hindered, work: Callable[[Client], None], tells: Connection
) -> None:
    # A pipe and no file: it must not be what the process cannot write.
    for stream in (1, 2):
        os.dup2(tells.fileno(), stream)
    tells.close()
    os.environ |= {"ROARBASE_ADMIN_EMAIL": EMAIL, "ROARBASE_ADMIN_PASSWORD": PASSWORD}
    settings = Settings({"port": 0, "data_dir": str(data_dir), "kernel_cache_dir": str(kernels)})

    def on_ready(running: Running) -> None:
        if not hindered.limits:
            with Client(running.address, email=EMAIL, password=PASSWORD, uses_proxies=False) as client:
                work(client)
        running.stop(0)

    modules = data_dir.with_suffix(".modules")
    hindered.take_hold(modules)
    code = serve(settings, on_ready=on_ready, build=build)
    if not modules.exists():
        modules.write_text("\n".join(name for name in sys.modules if name.startswith(LIBRARIES)))
    sys.exit(code)


def fill(client: Client) -> None:
    """A deployment with a table of some records."""
    deployment = client.deployments.create("demo")
    client.deployments.wait(deployment.id)
    client.tables.create(deployment.id, "iris")
    sink = client.sinks.create("flowers", deployment_id=deployment.id, table="iris", schema=IRIS_SCHEMA)
    client.sinks.wait(sink.id)
    client.ingest(sink.id, [record["value"] for record in iris_records(range(RECORDS))])  # type: ignore[misc]


def check(client: Client) -> None:
    """It is all there."""
    (deployment,) = client.deployments.list()
    assert client.query(deployment.id, "pql", "[iris]Count(All())").value == RECORDS


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that was served, and belongs to somebody who is not root."""
    folder = tmp_path_factory.mktemp("hindered") / "data"
    assert start(folder, Hindered(), fill)[0] == 0
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        for above in folder.parents:
            if above.stat().st_mode & 0o001:
                break
            above.chmod(above.stat().st_mode | 0o011)  # the way there is root's alone
    return folder


def refusal(code: int, said: str) -> str:
    """The one sentence with which a start is refused; what else was logged meanwhile may stand around it."""
    lines = [line for line in said.splitlines() if line.startswith("roarbase: ")]
    assert (code, len(lines)) == (1, 1), said
    assert "the service could not start" not in said, said  # with which an error is logged that nobody expected
    assert "Process ForkServer" not in said, said  # nor may one end the process
    return lines[0]


def test_whatever_may_not_be_touched_is_named(data_dir: Path) -> None:
    """Each file and directory in turn: the start is refused with its path. All of it is there afterwards."""
    found = sorted(data_dir.rglob("*"))
    assert {"LOCK", "metastore.sqlite", "service.lock", "keys"} <= {path.name for path in found}
    for path in found:
        mode = path.stat().st_mode
        path.chmod(0)
        try:
            code, said = start(data_dir, SOMEBODY, check)
        finally:
            path.chmod(mode)
        told = refusal(code, said)
        assert str(path) in told or str(path.parent) in told, told
    code, said = start(data_dir, SOMEBODY if is_open(Path(__file__)) else Hindered(), check)
    assert code == 0, said


def is_open(file: Path) -> bool:
    """Whether others may reach a file: a checkout may be root's alone, and modules are still loaded from it."""
    return all(path.stat().st_mode & 0o001 for path in file.parents)


def test_a_directory_that_may_only_be_read_is_named(data_dir: Path) -> None:
    """It is somebody else's, or mounted so."""
    data_dir.chmod(0o500)
    try:
        told = refusal(*start(data_dir, SOMEBODY, check))
    finally:
        data_dir.chmod(0o700)
    assert f"{data_dir} cannot be written to" in told


def test_few_descriptors(data_dir: Path) -> None:
    """However few are left, the start says so, or serves: it never takes it for damage."""
    for number in range(6, 60, 2):
        code, said = start(data_dir, Hindered(limits={resource.RLIMIT_NOFILE: number}), check)
        if code == 0:
            break
        told = refusal(code, said)
        assert "Too many open files" in told or "unable to open database file" in told
        assert "damaged" not in told
    assert 10 < number < 58


@pytest.mark.parametrize("size", [0, 10_000])
def test_a_disk_that_takes_no_more(data_dir: Path, size: int) -> None:
    """Nothing can be written, or not far into a file; once it can, all is there."""
    told = refusal(*start(data_dir, Hindered(limits={resource.RLIMIT_FSIZE: size}), check))
    assert "File too large" in told or "disk I/O error" in told
    code, said = start(data_dir, Hindered(), check)
    assert code == 0, said
