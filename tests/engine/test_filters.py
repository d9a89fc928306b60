"""Pieces of programs: what comes first, what narrows, what falls away."""

from roarbase.engine.filters.filter import ALL, NOTHING, all_of, any_of, bitmap_filter, existing, leaf, odd_of, without
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import Op
from roarbase.engine.operators.slots import Slots
from roarbase.engine.tables.table import Table
from roarbase.model.fields import FieldSpec, FieldType

RANGE = leaf(Op.RANGE, 4, 1, 9, cost=4)
CODE = leaf(Op.CODE, 7, 2, 5, cost=5)
ROW = bitmap_filter(3)


def ops(*filters: object) -> list[str]:
    return [Op(row[0]).name for row in filters[0].rows]  # type: ignore[attr-defined]


def test_intersections_begin_with_the_cheapest() -> None:
    """Bitmaps, then narrow columns, then planes; what comes later only narrows what is left."""
    assert ops(all_of((CODE, RANGE, ROW))) == ["BITMAP", "AND_RANGE", "AND_CODE"]
    assert ops(all_of((CODE, any_of((ROW, RANGE))))) == ["BITMAP", "RANGE", "OR", "AND_CODE"]
    assert ops(all_of((ROW, any_of((CODE, RANGE))))) == ["BITMAP", "CODE", "RANGE", "OR", "AND"]


def test_what_changes_nothing_falls_away() -> None:
    """All and nothing are not worked out where they decide or do not matter."""
    assert all_of((ALL, ROW)) == ROW
    assert all_of((ROW, NOTHING)).is_nothing
    assert all_of((ALL, ALL)).is_all
    assert any_of((ROW, ALL)).is_all
    assert any_of((NOTHING, ROW)) == ROW
    assert any_of(()).is_nothing
    assert odd_of((ROW, NOTHING)) == ROW
    assert without(ROW, (NOTHING,)) == ROW
    assert without(NOTHING, (ROW,)).is_nothing
    assert existing(NOTHING).is_nothing
    assert ops(existing(ROW)) == ["BITMAP", "BITMAP", "AND"]
    assert ops(without(ALL, (ROW, CODE))) == ["BITMAP", "BITMAP", "ANDNOT", "CODE", "ANDNOT"]


def test_a_column_has_one_place_in_a_pointer_table() -> None:
    """Asked for twice, a column stands at the same slots; others stand behind it."""
    table = Table("t", "table", PlainKernels(), is_keyed=False)
    for name in ("a", "b"):
        table.add_field(name, FieldSpec(name=name, type=FieldType.INT))
    slots = Slots(table)
    first, second = (field.column.buffers for field in table.fields.values())
    assert [slots.column(buffers) for buffers in (first, second, first)] == [1, 4, 1]
    assert slots.shards().table.shape == (0, 7)
