"""A service whose disk or descriptors run out: refusals say so, reads go on, writes resume, nothing is lost.

The limits of the running process are lowered from outside, as an operator would with `prlimit`. A limit on the size of
files makes every write fail, the metastore's and those of its own log too.
"""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from tests.durability.service import TorturedService
from tests.support.process import EMAIL, PASSWORD, iris_records, make_iris, query

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's")


class Shop:
    """A service with one table, and what it has acknowledged."""

    def __init__(self, service: TorturedService) -> None:
        self.service = service
        self.http = service.client()
        self.deployment_id, sink_id = make_iris(self.http)
        self.sink = f"/v1/sinks/{sink_id}"
        self.stored = 0
        self.next_id = 1

    def ingest(self, count: int = 10) -> httpx.Response:
        """Post new records."""
        records = iris_records(range(self.next_id, self.next_id + count))
        self.next_id += count
        answer = self.http.post(self.sink, json={"records": records})
        self.stored += count if answer.status_code == 200 else 0
        return answer

    def count(self) -> int:
        """As both languages have it."""
        (pql,) = query(self.http, self.deployment_id, "pql", "[iris]Count(All())")[0]
        (sql,) = query(self.http, self.deployment_id, "sql", "select count(*) from iris")[0]
        assert pql == sql
        return int(str(pql))

    def restart(self) -> None:
        self.http.close()
        self.service.kill()
        self.service.start()
        self.http = self.service.client()

    @contextmanager
    def limited(self, which: int, number: int) -> Iterator[None]:
        """Lower a limit of the running service."""
        before = resource.prlimit(self.service.pid, which)
        resource.prlimit(self.service.pid, which, (number, before[1]))
        try:
            yield
        finally:
            resource.prlimit(self.service.pid, which, before)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    service = TorturedService(tmp_path_factory.mktemp("service") / "data", is_forked=True)
    try:
        service.start()
        shop = Shop(service)
        yield shop
        shop.http.close()
    finally:
        service.close()


def assert_unavailable(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "Unavailable"), answer.text
    assert "roarbase-seq" not in answer.headers


def test_a_disk_that_takes_nothing(shop: Shop) -> None:
    """Records, tables, deployments and sign-ins are refused, questions answered; all goes on once it takes again."""
    assert shop.ingest().status_code == 200
    with shop.limited(resource.RLIMIT_FSIZE, 0):
        for _ in range(3):
            assert_unavailable(shop.ingest())
        assert_unavailable(shop.http.post(f"/v1/tables/{shop.deployment_id}", json={"name": "more"}))
        body = {"name": "more", "deployment_options": {"shape": "8GB"}}
        assert_unavailable(shop.http.post("/v1/deployments", json=body))
        assert_unavailable(shop.http.post("/", json={"USERNAME": EMAIL, "PASSWORD": PASSWORD}))
        assert_unavailable(shop.http.delete(shop.sink))
        assert shop.count() == shop.stored
    assert shop.ingest().status_code == 200
    assert shop.http.post(f"/v1/tables/{shop.deployment_id}", json={"name": "more"}).status_code == 201
    shop.service.sign_in()
    assert shop.count() == shop.stored
    shop.restart()
    assert shop.count() == shop.stored


def test_a_service_that_dies_while_the_disk_takes_nothing(shop: Shop) -> None:
    """What was refused while nobody could tell may be found, wholly, by the next start; the refusal had said so."""
    with shop.limited(resource.RLIMIT_FSIZE, 0):
        first, second = shop.ingest(), shop.ingest()
        assert "a restart may find the write or not" in first.json()["message"]
        assert "nothing was changed" in second.json()["message"]
        shop.restart()
    found = shop.count()
    assert found in (shop.stored, shop.stored + 10)
    shop.stored = found
    assert shop.ingest().status_code == 200
    assert shop.count() == shop.stored


def test_no_descriptors_are_left(shop: Shop) -> None:
    """Whoever is connected is answered, or told to come again; new connections wait; then all goes on."""
    descriptors = len(os.listdir(f"/proc/{shop.service.pid}/fd"))
    with shop.limited(resource.RLIMIT_NOFILE, descriptors):
        answers = [shop.ingest(50_000 if i == 3 else 10) for i in range(6)]  # one needs a new segment of the log
        body = {"language": "sql", "statement": "select count(*) from iris"}
        answers += [shop.http.post(f"/v1/deployments/{shop.deployment_id}/query", json=body) for _ in range(3)]
        answers.append(shop.http.get("/v1/deployments"))
        for answer in answers:
            if answer.status_code != 200:
                assert_unavailable(answer)
        with pytest.raises(httpx.TransportError):
            _connect(shop, 20)  # what a start had open, it may have closed meanwhile: that many are let in
    deadline = time.monotonic() + 20
    while not _serves(shop):
        assert time.monotonic() < deadline
    assert shop.ingest().status_code == 200
    assert shop.count() == shop.stored
    shop.restart()
    assert shop.count() == shop.stored


def _connect(shop: Shop, times: int) -> None:
    """Ask by one new connection after the other, and keep them."""
    with ExitStack() as others:
        for _ in range(times):
            others.enter_context(shop.service.client()).get("/v1/deployments", timeout=0.3)


def _serves(shop: Shop) -> bool:
    with shop.service.client() as other:
        try:
            return other.get("/v1/deployments", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def test_a_second_service_is_refused(shop: Shop) -> None:
    """The first one does not notice."""
    second = TorturedService(shop.service.data_dir, is_forked=True)
    with pytest.raises(
        AssertionError, match=rf"(?s)exit code 1.*in use by another Roarbase \(process {shop.service.pid}\)"
    ):
        second.start()
    assert shop.ingest().status_code == 200
