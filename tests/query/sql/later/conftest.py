"""What tests of generated statements share."""

import pytest

from tests.query.sql.later.amounts import PARTS


@pytest.fixture(params=range(PARTS))
def part(request: pytest.FixtureRequest) -> int:
    """Which part of the statements."""
    return int(request.param)
