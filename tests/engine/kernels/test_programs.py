"""Programs say how deep their stack is, or what is wrong with them."""

import pytest

from roarbase.engine.kernels.port import Op, Program


@pytest.mark.parametrize(
    ("ops", "depth"),
    [
        ([], 1),
        ([Op.EMPTY], 1),
        ([Op.BITMAP, Op.NOT], 1),
        ([Op.BITMAP, Op.BITMAP, Op.AND], 2),
        ([Op.BITMAP, Op.BITMAP, Op.OR, Op.CODE, Op.XOR], 2),
        ([Op.BITMAP, Op.RANGE, Op.CODE_IN, Op.ANDNOT, Op.OR], 3),
        ([Op.RANGE, Op.AND_RANGE, Op.AND_CODE, Op.AND_CODE_IN], 1),
    ],
)
def test_depth(ops: list[Op], depth: int) -> None:
    """The depth is the greatest number of sets on the stack."""
    assert Program.of(*((op, 0, 0, 0) for op in ops)).depth == depth


@pytest.mark.parametrize(
    ("ops", "complaint"),
    [
        ([99], "99"),
        ([Op.NOT], r"row 0 .*NOT.* 0 record sets"),
        ([Op.BITMAP, Op.AND], r"row 1 .*AND.* 1 record sets"),
        ([Op.AND_RANGE], "AND_RANGE"),
        ([Op.BITMAP, Op.BITMAP], "leaves 2"),
    ],
)
def test_wrong_programs(ops: list[int], complaint: str) -> None:
    """A row that finds too little, or leaves too much, is named."""
    with pytest.raises(ValueError, match=complaint):
        Program.of(*((op, 0, 0, 0) for op in ops))
