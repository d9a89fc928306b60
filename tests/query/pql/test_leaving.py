"""A statement ends soon after its client has gone, whatever it is at."""

import threading
import time
from collections.abc import Iterator

import pytest

from roarbase.errors import RequestTimeout
from roarbase.model.budget import Budget
from tests.query.pql.asking import Asking, asking
from tests.query.pql.schema import SCHEMA

RECORDS = 2**20 + 5
PATIENCE_S = 0.3
SLACK_S = 3
"""So long it may go on where the machine is busy with other things: a tenth of that where not. Each of the statements
would take more than ten seconds.
"""


@pytest.fixture(scope="module")
def tables() -> Iterator[Asking]:
    """Birds in two shards."""
    with asking(*SCHEMA.tables.values()) as made:
        made.fill("birds", "rings", RECORDS)
        made.ask("[birds]" + "".join(f"Set({i}, rings={i})" for i in range(2, 100)))
        yield made


MANY = ", ".join(["Row(rings=1)"] * 9000)
SHIFTED = ", ".join(f"Shift(Row(rings={i}), n=1)" for i in range(2, 90))
LONG = {
    "many calls": "[birds]" + "Extract(Limit(Row(rings=1), limit=2000), Rows(rings))" * 2400,
    "one program of many operations": f"[birds]Count(Union({SHIFTED}, {MANY}))",
    "what stands behind calls inside one another": f"[birds]Count({'Not(' * 90}All(){')' * 91}Count(Xor({MANY}))",
    "a write": f"[birds]Store(Xor({MANY}), rings=7)",
}


@pytest.mark.parametrize("what", LONG)
def test_nobody_waits_any_more(tables: Asking, what: str) -> None:
    """Soon after the client's going the statement is over, and what it was to write is not written."""
    has_gone = threading.Event()
    leaving = threading.Timer(PATIENCE_S, has_gone.set)
    leaving.start()
    began = time.monotonic()
    with pytest.raises(RequestTimeout, match="did not wait"):
        tables.results(LONG[what], Budget(is_abandoned=has_gone.is_set))
    assert PATIENCE_S <= time.monotonic() - began < PATIENCE_S + SLACK_S
    assert tables.ask("[birds]Count(Row(rings=7))") == [1]
