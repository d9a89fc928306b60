"""How much of what is drawn at random each run of the tests looks at: small in each run, since every run draws anew."""

import os

__all__ = ["sample"]

_SAMPLES = float(os.environ.get("ROARBASE_SAMPLES", "1"))


def sample(count: int) -> int:
    """So many examples; `make test SAMPLES=10` takes ten times as many."""
    return max(1, round(count * _SAMPLES))
