"""Generated writes and plans over a table with a field of every type, to compare the engine with its model."""

from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from roarbase.engine import plan as p
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import At

SPECS = (
    FieldSpec(name="count", type=FieldType.INT),
    FieldSpec(name="price", type=FieldType.DECIMAL, scale=2),
    FieldSpec(name="seen", type=FieldType.TIMESTAMP),
    FieldSpec(name="flag", type=FieldType.BOOL),
    FieldSpec(name="kind", type=FieldType.MUTEX),
    FieldSpec(name="species", type=FieldType.MUTEX, is_keyed=True),
    FieldSpec(name="tags", type=FieldType.SET),
    FieldSpec(name="words", type=FieldType.SET, is_keyed=True),
    FieldSpec(name="visits", type=FieldType.TIME, is_keyed=True, quantum="YMDH"),
    FieldSpec(name="steps", type=FieldType.TIME, quantum="MD", no_standard_view=True),
    FieldSpec(name="town", type=FieldType.INT, foreign_index="towns"),
)
SPEC_BY_NAME = {spec.name: spec for spec in SPECS}

SHARD_WIDTH = 16
ID_POOL = [*range(40), 2**32, 2**63, 2**64 - 2]
KEY_POOL = [*(f"k{i}" for i in range(40)), "", "é", "\ud800", "longer than the others"]
NUMBER_POOL = [-(2**63), -(2**63) + 1, -3, -1, 0, 1, 2, 435, 2**62, 2**63 - 1]
ROW_ID_POOL = [7, 0, 1, 2, 3, 2**32, 2**63, 2**64 - 2]
ROW_KEY_POOL = ["b", "ab", "a", "a.b", "axb", "", "ä", "a\nb", "%"]
MOMENT_POOL = [
    *(-1, 0, 3599, 3600, 86_399, 86_400),  # about 1970
    *(951_782_399, 951_782_400, 951_868_799, 951_868_800),  # about 2000-02-29
    *(-2_203_977_601, -2_203_977_600),  # about 1900-03-01, which no 29th is before
    *(946_684_799, 946_684_800, 978_307_199, 978_307_200),  # the ends of 2000
    *(-62_135_596_800, -62_104_060_801, 253_370_764_800, 253_402_300_799),  # the years 1 and 9999
]
"""Moments at the edges of hours, days, months and years."""
IDS, KEYS = st.sampled_from(ID_POOL), st.sampled_from(KEY_POOL)
COUNTS = st.integers(0, 6)
MOMENTS = st.sampled_from(MOMENT_POOL)
SECONDS = (
    st.builds(int.__add__, MOMENTS, st.sampled_from([0, 0, 1, -1, 1800, 3600, -3600, 90_000]))
    | st.integers(-(10**10), 10**10)
    | st.sampled_from([-(2**63), 2**63 - 1])
)
"""Bounds of questions between times."""
RANGES = st.builds(p.TimeRange, st.none() | SECONDS, st.none() | SECONDS)
QUANTUMS = st.sampled_from(["Y", "YM", "YMD", "YMDH", "M", "MD", "MDH", "D", "DH", "H"])


def pool_of(spec: FieldSpec) -> list[Any]:
    """Single values of a field."""
    if spec.type is FieldType.BOOL:
        return [True, False]
    if spec.type.is_number and not spec.is_reference:
        return NUMBER_POOL
    return ROW_KEY_POOL if has_keys(spec) else ROW_ID_POOL


def has_keys(spec: FieldSpec) -> bool:
    """Values are strings."""
    return spec.is_keyed or spec.is_reference


def random_batches(seed: int, *, is_keyed: bool) -> list[list[tuple[Any, dict[str, Any]]]]:
    """Batches of writes: some records often, some twice in a batch, some never; values of few kinds."""
    random = Random(seed)
    names = random.sample(KEY_POOL if is_keyed else ID_POOL, 30)
    specs = random.sample(SPECS, 8)
    return [
        [(random.choice(names), _random_values(random, specs)) for _ in range(random.choice([0, 1, 5, 30]))]
        for _ in range(random.choice([0, 1, 4, 8]))
    ]


def _random_values(random: Random, specs: list[FieldSpec]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for spec in specs:
        if random.random() < 0.3:
            continue
        pool = pool_of(spec)
        if spec.type.is_multivalued:
            rows = random.choices(pool, k=random.choice([0, 1, 1, 3]))
            is_timed = spec.type is FieldType.TIME and random.random() < 0.8
            values[spec.name] = At(random.choice(MOMENT_POOL), rows) if is_timed else rows
        else:
            values[spec.name] = None if random.random() < 0.2 else random.choice(pool)
    return values


# ---- plans ---------------------------------------------------------------------------------

NAMES = st.sampled_from([spec.name for spec in SPECS])
NUMBER_NAMES = st.sampled_from([spec.name for spec in SPECS if spec.type.is_number and not spec.is_reference])
ROW_NAMES = st.sampled_from([spec.name for spec in SPECS if spec.type.has_rows])
TIME_NAMES = st.sampled_from([spec.name for spec in SPECS if spec.type is FieldType.TIME])
NAMED_NAMES = st.sampled_from([spec.name for spec in SPECS if spec.type.has_rows or spec.is_reference])
REFERENCE_NAMES = st.sampled_from([spec.name for spec in SPECS if spec.is_reference])
KEYED_NAMES = st.sampled_from([spec.name for spec in SPECS if has_keys(spec)])
SINGLE_NAMES = st.sampled_from([spec.name for spec in SPECS if not spec.type.is_multivalued])
PATTERNS = st.sampled_from(["", "%", "a%", "%b", "_", "a_b", "%.%", "%a%b%", "__", "b%a"])


def row(name: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(pool_of(SPEC_BY_NAME[name]))


def field_and(strategy_of: Any, names: st.SearchStrategy[str] = ROW_NAMES) -> st.SearchStrategy[Any]:
    """Pairs of a field's name and what a strategy for that field gives."""
    return names.flatmap(lambda name: st.tuples(st.just(name), strategy_of(name)))


def bitmaps(names: st.SearchStrategy[Any], *, is_keyed: bool) -> st.SearchStrategy[Any]:
    """Every bitmap node, nested a little."""
    numbers = st.sampled_from(NUMBER_POOL)
    bounds = st.none() | numbers | st.sampled_from([-(2**70), 2**70])
    leaves = [
        st.just(p.All()),
        st.just(p.Nothing()),
        st.builds(p.RecordSet, st.lists(names, max_size=4).map(tuple)),
        field_and(row, NAMED_NAMES).map(lambda pair: p.RowIs(*pair)),
        field_and(lambda name: st.lists(row(name), max_size=3).map(tuple), NAMED_NAMES).map(
            lambda pair: p.RowsIn(*pair)
        ),
        field_and(row, REFERENCE_NAMES).map(lambda pair: p.RefersElsewhere(*pair)),
        st.builds(p.RowsLike, KEYED_NAMES, PATTERNS),
        st.builds(p.NumberRange, NUMBER_NAMES, bounds, bounds),
        st.builds(p.NumberIn, NUMBER_NAMES, st.lists(numbers | st.just(2**80), max_size=3).map(tuple)),
        st.builds(p.NotNull, NAMES),
        field_and(row, TIME_NAMES).flatmap(lambda pair: st.builds(p.RowIs, st.just(pair[0]), st.just(pair[1]), RANGES)),
        TIME_NAMES.flatmap(
            lambda name: st.builds(p.RowsIn, st.just(name), st.lists(row(name), max_size=3).map(tuple), RANGES)
        ),
        st.builds(p.RowsLike, st.just("visits"), PATTERNS, RANGES),
        st.builds(p.NotNull, TIME_NAMES, RANGES),
    ]
    if not is_keyed:
        ends = st.none() | IDS | st.sampled_from([-5, 2**70])
        leaves.append(st.builds(p.IdRange, ends, ends))

    def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        some, any_number = st.lists(inner, min_size=1, max_size=3), st.lists(inner, max_size=3)
        return st.one_of(
            st.builds(p.Union, any_number.map(tuple)),
            st.builds(p.Xor, any_number.map(tuple)),
            st.builds(p.Intersect, some.map(tuple)),
            st.builds(p.Difference, some.map(tuple)),
            st.builds(p.Slice, inner, st.none() | COUNTS, COUNTS),
        )

    return st.recursive(st.one_of(leaves), nested, max_leaves=4)


@st.composite
def row_options(draw: Any, kind: Any, name: str, records: st.SearchStrategy[Any]) -> Any:
    """Rows or GroupField with some options; `after` only of rows that the field may know."""
    if draw(st.integers(0, 3)) == 0:
        return kind(field=name, within=tuple(draw(st.lists(row(name), max_size=4))))
    is_timed = SPEC_BY_NAME[name].type is FieldType.TIME
    return kind(
        field=name,
        after=draw(st.none() | row(name)),
        limit=draw(st.none() | COUNTS),
        like=draw(st.none() | PATTERNS) if has_keys(SPEC_BY_NAME[name]) else None,
        column=draw(st.none() | records) if draw(st.booleans()) else None,
        during=draw(st.none() | RANGES) if is_timed else None,
    )


@st.composite
def group_bys(draw: Any, records: st.SearchStrategy[Any], inputs: st.SearchStrategy[Any]) -> p.GroupBy:
    fields = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=3)):
        is_plain = draw(st.booleans())
        fields.append(p.GroupField(field=name) if is_plain else draw(row_options(p.GroupField, name, records)))
    is_paging = draw(st.booleans())
    if is_paging:  # a list of rows cannot be combined with `after`
        fields = [replace(field, within=None, after=field.after) for field in fields]
    aggregate = draw(st.none() | st.builds(p.Sum, NUMBER_NAMES, inputs) | st.builds(p.CountDistinct, NAMES, inputs))
    subjects = ["count"] if aggregate is None else ["count", "aggregate"]
    having = ["count"] if aggregate is None else ["count", "sum"]
    bound = st.none() | st.integers(-2, 4)
    return p.GroupBy(
        fields=tuple(fields),
        input=draw(inputs),
        aggregate=aggregate,
        having=draw(st.none() | st.builds(p.Having, st.sampled_from(having), bound, bound, st.booleans())),
        order=tuple(draw(st.lists(st.builds(p.GroupOrder, st.sampled_from(subjects), st.booleans()), max_size=2))),
        limit=draw(st.none() | COUNTS),
        offset=draw(COUNTS),
        after=is_paging,
    )


def summary_values() -> st.SearchStrategy[p.SummaryValue]:
    return st.one_of(
        st.just(p.SummaryValue("count")),
        st.builds(p.SummaryValue, st.sampled_from(["count", "count_distinct"]), NAMES),
        st.builds(p.SummaryValue, st.sampled_from(["sum", "min", "max"]), NUMBER_NAMES),
    )


def plans(names: st.SearchStrategy[Any], *, is_keyed: bool) -> dict[str, st.SearchStrategy[Any]]:
    """Every plan, by what it is about."""
    # Most often all records, since small selections leave little to get wrong behind them.
    inputs = st.just(p.All()) | bitmaps(names, is_keyed=is_keyed)
    orders = st.builds(p.RecordOrder, SINGLE_NAMES | st.just("_id"), st.booleans(), st.booleans())
    return {
        "records": st.builds(p.Records, inputs) | st.builds(p.Count, inputs),
        "extract": st.builds(
            p.Extract,
            input=inputs,
            fields=st.lists(NAMES | st.builds(p.FieldDuring, TIME_NAMES, RANGES), min_size=1, max_size=4).map(tuple),
            order=st.lists(orders, max_size=2).map(tuple),
            limit=st.none() | COUNTS,
            offset=COUNTS,
        ),
        "values": st.one_of(
            ROW_NAMES.flatmap(lambda name: row_options(p.Rows, name, names)),
            st.builds(p.TopRows, field=ROW_NAMES, k=st.none() | COUNTS, input=inputs),
            st.builds(p.TopRows, field=TIME_NAMES, k=st.none() | COUNTS, input=inputs, during=RANGES),
            st.builds(p.Sum, NUMBER_NAMES, inputs),
            st.builds(p.MinMax, st.sampled_from(["min", "max"]), NUMBER_NAMES, inputs),
            st.builds(p.Percentile, NUMBER_NAMES, st.fractions(0, 100, max_denominator=8), inputs),
            st.builds(p.Distinct, NAMES, inputs),
            st.builds(p.Stamped, TIME_NAMES),
        ),
        "groups": group_bys(names, inputs),
        "summary": st.builds(
            p.Summarize,
            input=inputs,
            keys=st.lists(NAMES, max_size=3).map(tuple),
            values=st.lists(summary_values(), max_size=3).map(tuple),
        ),
    }
