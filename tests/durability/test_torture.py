"""SIGKILL at any moment, through HTTP: what was acknowledged is there afterwards, once and whole.

`make torture` kills the real command KILLS times (1,000 unless told otherwise), MINUTES at most. `make test` has
seconds: starts are forked from a warm process there.
"""

import os
import time
from pathlib import Path
from random import Random

from tests.durability.service import TorturedService
from tests.durability.torture import Torture

KILLS = int(os.environ.get("ROARBASE_KILLS", "12"))
MINUTES = float(os.environ.get("ROARBASE_MINUTES", "10"))
SEED = int(os.environ.get("ROARBASE_SEED", "0")) or None
IS_FORKED = "ROARBASE_KILLS" not in os.environ

SNAPSHOTS = ("--snapshot-log-bytes", "20000", "--snapshot-seconds", "0.05")
"""Snapshots all the time, so that many kills meet one that is being taken."""


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Round after round of writes by several clients and SIGKILL, also of starts, ledgers and service agree."""
    service = TorturedService(tmp_path / "data", *SNAPSHOTS, is_forked=IS_FORKED)
    seed = SEED or Random().getrandbits(32)
    torture = Torture(service=service, chooser=Random(seed))
    try:
        torture.run(KILLS, time.monotonic() + 60 * MINUTES, lambda line: print(line, flush=True))
    except BaseException as error:
        error.add_note(f"ROARBASE_SEED={seed}; {torture.summary()}; the service's log ends:\n{service.log_text()}")
        raise
    finally:
        service.close()
    assert sum(ledger.acknowledged for ledger in torture.ledgers) > 0, "nothing was acknowledged: nothing was tested"
    assert [*tmp_path.glob("data/engines/*/MANIFEST")], "there were no snapshots"
    print(torture.summary())
