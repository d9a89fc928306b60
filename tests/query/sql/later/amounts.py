"""How many statements are generated: some in `make test`, STATEMENTS in `make prove-sql`."""

import os

from hypothesis import HealthCheck, settings

__all__ = ["PARTS", "STATEMENTS", "amount"]

STATEMENTS = int(os.environ.get("ROARBASE_STATEMENTS", "25"))

PARTS = 1 if STATEMENTS <= 25 else 4
"""Many statements are asked in parts, so that all processors have some: a test of them uses the fixture `part`."""

amount = settings(
    max_examples=STATEMENTS // PARTS,
    deadline=None,
    derandomize=STATEMENTS <= 25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
