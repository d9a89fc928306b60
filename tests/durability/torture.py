"""The loop: write, kill, start, look; and again.

    clients write at once ─► SIGKILL at some moment ─► maybe a start that is killed, too ─► a start
        ─► what the service shows is what the ledgers say ─► maybe a stop that is killed, and a start ─► from the top

Nothing that was acknowledged may be missing, nothing that was refused may be there, what was cut off is there
wholly or not at all, every start comes up, and both languages count alike.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.durability.ledger import Ledger
from tests.durability.observing import observed_worlds
from tests.durability.operations import SHARED, Operations, definition, first_world
from tests.durability.service import TorturedService
from tests.durability.writers import settled_sinks, write_until_it_dies
from tests.support.process import wait_for

__all__ = ["Torture"]

CLIENTS = 3
_ACKNOWLEDGED = (0, 3, 10, 30, 60)
"""After how many acknowledged requests the service is killed."""
_LONGEST_MOMENT_S = 0.03
_LONGEST_WRITING_S = 5.0
_KILLED_STARTS = (0, 0, 0, 1, 1, 2, 3)
"""How many starts in a row are killed before anybody is served: one in each round, on average."""
_KILLED_STOPS = 0.2
_LONGEST_STOP_S = 0.3


@dataclass(kw_only=True)
class Torture:
    """One service and its clients.

    Attributes:
        service: Of an empty data directory, not started.
        chooser: Decides what is written and when it is killed. What then happens is the machine's, too.
        kills: How often the service was killed so far.
        kills_in_start: How many of these were before it was ready.
        kills_in_stop: How many of these were after it was told to stop.
    """

    service: TorturedService
    chooser: Random
    kills: int = 0
    kills_in_start: int = 0
    kills_in_stop: int = 0
    deployment_id: str = ""
    ledgers: list[Ledger] = field(default_factory=list)
    operations: list[Operations] = field(default_factory=list)

    def run(self, kills: int, deadline_s: float, tell: Callable[[str], None] = lambda _: None) -> None:
        """Kill the service so many times, or until `time.monotonic()` says so.

        Raises:
            AssertionError: Something was lost, halved, doubled or did not start; with seed and log in the text.
        """
        self._start()
        self._found()
        while self.kills < kills and time.monotonic() < deadline_s:
            self._write_and_kill()
            self._start()
            self._compare()
            if self.chooser.random() < _KILLED_STOPS:
                self._stop_and_kill()
                self._start()
            tell(self.summary())

    def _start(self) -> None:
        """Start; some starts are killed at whatever point they have reached, and come again."""
        for _ in range(self.chooser.choice(_KILLED_STARTS)):
            self.service.begin()
            time.sleep(self.chooser.uniform(0, self.service.start_s))
            self.service.kill()
            self.kills += 1
            self.kills_in_start += 1
        self.service.start()

    def _found(self) -> None:
        """A deployment, the tables that all share, their sinks; and a ledger for each client."""
        with self.service.client() as client:
            made = client.post("/v1/deployments", json={"name": "torture", "deployment_options": {"shape": "8GB"}})
            self.deployment_id = made.json()["id"]
            wait_for(client, f"/v1/deployments/{self.deployment_id}", "deployment_status", "RUNNING")
            for table in SHARED:
                _share(client, self.deployment_id, table)
            settled_sinks(client)
        for number in range(CLIENTS):
            chooser = Random(self.chooser.getrandbits(64))
            self.ledgers.append(Ledger(certain=first_world()))
            self.operations.append(Operations(client=number, deployment_id=self.deployment_id, chooser=chooser))

    def _write_and_kill(self) -> None:
        """Let all clients write, and kill the service under them."""
        with ThreadPoolExecutor(CLIENTS) as clients:
            writing = [
                clients.submit(write_until_it_dies, self.service.client(), ledger, operations)
                for ledger, operations in zip(self.ledgers, self.operations, strict=True)
            ]
            self._wait_until_enough_is_written()
            self.service.kill()
            self.kills += 1
        for each in writing:
            each.result()

    def _wait_until_enough_is_written(self) -> None:
        """Until some requests are acknowledged, however fast the machine is, and a moment longer."""
        enough = self._acknowledged() + self.chooser.choice(_ACKNOWLEDGED)
        deadline_s = time.monotonic() + _LONGEST_WRITING_S
        while self._acknowledged() < enough and time.monotonic() < deadline_s:
            time.sleep(0.001)
        time.sleep(self.chooser.uniform(0, _LONGEST_MOMENT_S))

    def _acknowledged(self) -> int:
        return sum(ledger.acknowledged for ledger in self.ledgers)

    def _stop_and_kill(self) -> None:
        """Tell the service to stop, which makes it write snapshots, and kill it over that."""
        self.service.terminate()
        time.sleep(self.chooser.uniform(0, _LONGEST_STOP_S))
        self.service.kill()
        self.kills += 1
        self.kills_in_stop += 1

    def _compare(self) -> None:
        """Every ledger with what the service shows of its client."""
        highest = max(ledger.sequence for ledger in self.ledgers)
        with self.service.client() as client:
            worlds = observed_worlds(client, self.deployment_id, CLIENTS, highest)
        for ledger, world in zip(self.ledgers, worlds, strict=True):
            ledger.settle(world)

    def summary(self) -> str:
        """What has happened so far, in one line."""
        unknown = sum(ledger.unknown for ledger in self.ledgers)
        held = sum(len(records) for each in self.ledgers for records in each.certain.records.values())
        return (
            f"{self.kills} kills, {self.kills_in_start} in a start, {self.kills_in_stop} in a stop; "
            f"{self._acknowledged()} requests acknowledged, {unknown} in doubt; {held} records as the ledgers say; "
            f"last start {self.service.start_s:.2f} s"
        )


def _share(client: httpx.Client, deployment_id: str, table: str) -> None:
    assert client.post(f"/v1/tables/{deployment_id}", json={"name": table}).status_code == 201
    target = {"deployment_id": deployment_id, "table": table}
    body = {"name": table, "sink_details": target, "schema": definition(table)}
    assert client.post("/v1/sinks", json=body).status_code == 201
