"""Fields from their options, and back."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roarbase.errors import InvalidParameter, MissingParameter
from roarbase.model.field_definitions import differences, read_field, shown_options
from roarbase.model.field_options import FIELD_OPTIONS, OPTION
from roarbase.model.field_types import TYPE_NAMES
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType
from roarbase.model.option_values import as_number

_decoder = msgspec.json.Decoder(float_hook=as_number)
_encoder = msgspec.json.Encoder(decimal_format="number")


def read(text: str, name: str = "x") -> FieldSpec:
    return read_field(name, _decoder.decode(text))


def spec(kind: FieldType, **options: object) -> FieldSpec:
    return FieldSpec(name="x", type=kind, **options)  # type: ignore[arg-type]


INT, DECIMAL, TIMESTAMP, TIME = FieldType.INT, FieldType.DECIMAL, FieldType.TIMESTAMP, FieldType.TIME

JAN_2020 = 1_577_836_800_000
"""In milliseconds."""

GOOD = [
    ('{"type": "set"}', spec(FieldType.SET)),
    ('{"type": "set", "keys": true}', spec(FieldType.SET, is_keyed=True)),
    ('{"type": "mutex", "keys": false}', spec(FieldType.MUTEX)),
    ('{"type": "mutex", "keys": null}', spec(FieldType.MUTEX)),
    ('{"type": "id"}', spec(FieldType.MUTEX)),
    ('{"type": "string"}', spec(FieldType.MUTEX, is_keyed=True)),
    ('{"type": "string", "keys": true}', spec(FieldType.MUTEX, is_keyed=True)),
    ('{"type": "idset"}', spec(FieldType.SET)),
    ('{"type": "stringset"}', spec(FieldType.SET, is_keyed=True)),
    ('{"type": "idsetq", "timeQuantum": "YMDH"}', spec(TIME, quantum="YMDH")),
    ('{"type": "stringsetq", "timeQuantum": "D"}', spec(TIME, quantum="D", is_keyed=True)),
    (
        '{"type": "time", "timeQuantum": "MD", "ttl": "0s", "noStandardView": true}',
        spec(TIME, quantum="MD", ttl="0s", no_standard_view=True),
    ),
    ('{"type": "bool"}', spec(FieldType.BOOL)),
    ('{"type": "int"}', spec(INT)),
    (
        '{"type": "int", "min": -9007199254740991, "max": 9007199254740991}',
        spec(INT, minimum=-9007199254740991, maximum=9007199254740991),
    ),
    ('{"type": "int", "max": 3}', spec(INT, maximum=3)),
    ('{"type": "int", "min": 3, "max": 3}', spec(INT, minimum=3, maximum=3)),
    (
        '{"type": "int", "min": -9223372036854775808, "max": 9223372036854775807}',
        spec(INT, minimum=INT64_MIN, maximum=INT64_MAX),
    ),
    ('{"type": "int", "foreignIndex": "people"}', spec(INT, foreign_index="people")),
    ('{"type": "decimal"}', spec(DECIMAL)),
    ('{"max": 99.99, "min": "-0.5", "scale": 2, "type": "decimal"}', spec(DECIMAL, scale=2, minimum=-50, maximum=9999)),
    ('{"type": "decimal", "scale": 2, "min": 1.5e0, "max": 2E+1}', spec(DECIMAL, scale=2, minimum=150, maximum=2000)),
    ('{"type": "decimal", "scale": 2, "min": 1.5000}', spec(DECIMAL, scale=2, minimum=150)),
    (
        '{"type": "decimal", "scale": 18, "min": -9.223372036854775808, "max": 9.223372036854775807}',
        spec(DECIMAL, scale=18, minimum=INT64_MIN, maximum=INT64_MAX),
    ),
    ('{"type": "timestamp"}', spec(TIMESTAMP)),
    (
        '{"type": "timestamp", "timeUnit": "ms", "epoch": "2020-01-01T00:00:00Z", "min": 0, '
        '"max": "2020-01-01T00:00:01.5Z"}',
        spec(TIMESTAMP, unit="ms", epoch="2020-01-01T00:00:00Z", minimum=JAN_2020, maximum=JAN_2020 + 1500),
    ),
    (
        '{"type": "timestamp", "min": "0001-01-01T00:00:01Z", "max": "9999-12-31T23:59:59Z"}',
        spec(TIMESTAMP, minimum=-62_135_596_799, maximum=253_402_300_799),
    ),
    (
        '{"type": "set", "cacheType": "ranked", "cacheSize": 50000}',
        spec(FieldType.SET, cache_type="ranked", cache_size=50000),
    ),
]


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_options_define_a_field(text: str, expected: FieldSpec) -> None:
    """Each spelling gives its field, whatever the order of the options; null is as absent."""
    assert read(text) == expected


WRONG = [
    ('{"type": "varchar"}', "$.options.type is 'varchar', it must be one of set, mutex, bool, int"),
    ('{"type": "Set"}', "$.options.type is 'Set'"),
    ('{"type": 5}', "$.options.type is a number, it must be a string"),
    ('{"type": "int", "bitDepth": 3}', "$.options.bitDepth is no option of a field; the options are type, keys,"),
    ('{"type": "time", "timequantum": "Y"}', "$.options.timequantum is no option of a field"),
    ('{"type": "int", "keys": true}', "$.options.keys is no option of the type int, only of set (idset, stringset),"),
    ('{"type": "bool", "min": 0}', "$.options.min is no option of the type bool, only of int, decimal, timestamp"),
    ('{"type": "int", "scale": 2}', "$.options.scale is no option of the type int, only of decimal"),
    ('{"type": "string", "ttl": "1h"}', "$.options.ttl is no option of the type string, only of time (idsetq, strin"),
    ('{"type": "set", "foreignIndex": "t"}', "$.options.foreignIndex is no option of the type set, only of int"),
    ('{"type": "int", "cacheType": "lru"}', "$.options.cacheType is no option of the type int"),
    ('{"type": "string", "keys": false}', "$.options.keys is false, but rows of the type string are strings"),
    ('{"type": "id", "keys": true}', "$.options.keys is true, but rows of the type id are ids"),
    ('{"type": "set", "keys": "true"}', "$.options.keys is a string, it must be true or false"),
    ('{"type": "int", "min": 5, "max": 4}', "$.options.min is 5 and above max, 4"),
    ('{"type": "int", "min": "5"}', "$.options.min is a string, it must be a whole number"),
    ('{"type": "int", "min": 5.5}', "$.options.min is 5.5, it must be a whole number"),
    ('{"type": "int", "min": true}', "$.options.min is a boolean"),
    ('{"type": "int", "min": 1e400}', "$.options.min is 1E+400, it must be a whole number"),
    ('{"type": "int", "min": 1e99999999999999999999}', "$.options.min is inf"),
    ('{"type": "int", "max": 9223372036854775808}', "$.options.max is 9223372036854775808, it must be from"),
    ('{"type": "decimal", "scale": 19}', "$.options.scale is 19, it must be from 0 to 18"),
    ('{"type": "decimal", "scale": 2, "min": 0.125}', "$.options.min is 0.125, it must be from -92233720368547758.08"),
    ('{"type": "decimal", "scale": 18, "max": 10}', "$.options.max is 10, it must be from"),
    ('{"type": "decimal", "max": 1e999999}', "$.options.max is 1E+999999, it must be from"),
    ('{"type": "decimal", "max": 1e-999999}', "$.options.max is 1E-999999, it must be from"),
    ('{"type": "decimal", "max": "1e3"}', "$.options.max is '1e3', it must be a number such as -12.5"),
    ('{"type": "decimal", "max": "NaN"}', "$.options.max is 'NaN', it must be a number"),
    ('{"type": "decimal", "max": "٣"}', "$.options.max is '٣', it must be a number"),
    ('{"type": "decimal", "max": [1]}', "$.options.max is an array, it must be a number"),
    ('{"type": "decimal", "scale": 1, "min": 0.5, "max": 0.4}', "$.options.min is 0.5 and above max, 0.4"),
    ('{"type": "timestamp", "timeUnit": "d"}', "$.options.timeUnit is 'd', it must be one of s, ms, us, ns"),
    ('{"type": "timestamp", "epoch": "2020-01-01"}', "$.options.epoch is '2020-01-01', it must be a moment as RFC"),
    ('{"type": "timestamp", "epoch": 0}', "$.options.epoch is a number, it must be a string"),
    ('{"type": "timestamp", "epoch": "2020-01-01T00:00:00.5Z"}', "finer than the field's unit, s"),
    ('{"type": "timestamp", "epoch": "0001-01-01T00:00:00Z"}', "outside of what a timestamp in s can be"),
    ('{"type": "timestamp", "timeUnit": "ns", "epoch": "2300-01-01T00:00:00Z"}', "outside of what a timestamp in ns"),
    ('{"type": "timestamp", "min": "now"}', "$.options.min is 'now', it must be a moment as RFC 3339"),
    ('{"type": "timestamp", "min": 1.5}', "$.options.min is a number, it must be a moment such as"),
    ('{"type": "timestamp", "min": "2020-01-01T00:00:00.5Z"}', "$.options.min is '2020-01-01T00:00:00.5Z', finer"),
    ('{"type": "timestamp", "max": 253402300800}', "$.options.max is 253402300800, outside"),
    (f'{{"type": "timestamp", "max": 1{"0" * 4000}}}', f"$.options.max is 1{'0' * 39}, outside"),
    (
        '{"type": "timestamp", "timeUnit": "us", "min": "2020-01-01T00:00:00.000001Z", "max": "2020-01-01T00:00:00Z"}',
        "$.options.min is 2020-01-01T00:00:00.000001Z and above max, 2020-01-01T00:00:00Z",
    ),
    ('{"type": "time", "timeQuantum": "YD"}', "$.options.timeQuantum is 'YD', it must be some of Y, M, D, H"),
    ('{"type": "time", "timeQuantum": "HD"}', "$.options.timeQuantum is 'HD'"),
    ('{"type": "time", "timeQuantum": "YY"}', "$.options.timeQuantum is 'YY'"),
    ('{"type": "time", "timeQuantum": "Y", "ttl": "1 day"}', "$.options.ttl is '1 day', it must be a duration"),
    ('{"type": "time", "timeQuantum": "Y", "ttl": "-1h"}', "$.options.ttl is '-1h', it must be a duration"),
    ('{"type": "time", "timeQuantum": "Y", "ttl": 5}', "$.options.ttl is a number, it must be a string"),
    ('{"type": "time", "timeQuantum": "Y", "noStandardView": 1}', "$.options.noStandardView is a number"),
    ('{"type": "set", "cacheType": "big"}', "$.options.cacheType is 'big', it must be one of ranked, lru, none"),
    ('{"type": "set", "cacheSize": -1}', "$.options.cacheSize is -1"),
    ('{"type": "set", "type ": "x"}', "$.options.type  is no option"),
    ('"int"', "$.options is a string, it must be an object"),
    ("null", "$.options is null, it must be an object"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_a_wrong_option_is_named(text: str, sentence: str) -> None:
    """What is wrong is told with its JSON path, and what would be right."""
    with pytest.raises(InvalidParameter) as refused:
        read(text)
    assert sentence in refused.value.message


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{}", "$.options.type is missing: give one of set, mutex, bool"),
        ('{"type": null}', "$.options.type is missing"),
        ('{"type": ""}', "$.options.type is missing"),
        ('{"type": "time"}', "$.options.timeQuantum is missing"),
        ('{"type": "stringsetq", "ttl": "1h"}', "$.options.timeQuantum is missing: the type stringsetq keeps"),
    ],
)
def test_what_is_missing_is_named(text: str, sentence: str) -> None:
    """Where nothing else is wrong, the error says that something is missing."""
    with pytest.raises(MissingParameter) as refused:
        read(text)
    assert sentence in refused.value.message


def test_everything_wrong_is_told_at_once() -> None:
    """The name, unknown options, values and options of other types stand in one error, each with its path."""
    with pytest.raises(InvalidParameter) as refused:
        read('{"type": "int", "min": "a", "max": [], "scale": 2, "colour": "red", "ttl": "x"}', "Big")
    told = refused.value.problems
    assert [sentence.split()[0] for sentence in told[1:]] == [  # type: ignore[index]
        "$.options.colour",
        "$.options.scale",
        "$.options.min",
        "$.options.max",
        "$.options.ttl",
    ]
    assert "the field name 'Big' is not allowed" in told[0]  # type: ignore[index]


def test_without_a_type_the_rest_is_checked_too() -> None:
    """Values that are wrong whatever the type are told beside the type."""
    with pytest.raises(InvalidParameter) as refused:
        read('{"type": "varchar", "scale": 99, "timeQuantum": "YH", "min": "anything", "epoch": "x", "what": 1}')
    for place in ("type", "scale", "timeQuantum", "epoch", "what"):
        assert f"$.options.{place} is" in refused.value.message
    assert "$.options.min" not in refused.value.message


def test_the_record_id_is_no_field() -> None:
    """`_id` is refused by name, whatever its options."""
    with pytest.raises(InvalidParameter, match="'_id' is reserved"):
        read('{"type": "int"}', "_id")


# ---- there and back ----------------------------------------------------------------------------


def _times() -> st.SearchStrategy[FieldSpec]:
    return st.builds(
        spec,
        st.just(TIME),
        is_keyed=st.booleans(),
        quantum=st.sampled_from(["Y", "M", "D", "H", "YM", "MD", "DH", "YMD", "MDH", "YMDH"]),
        ttl=st.sampled_from(["", "0s", "24h", "1h30m"]),
        no_standard_view=st.booleans(),
    )


def _numbers() -> st.SearchStrategy[FieldSpec]:
    bounds = st.none() | st.sampled_from([INT64_MIN, -1, 0, 1, 10**18, INT64_MAX]) | st.integers(INT64_MIN, INT64_MAX)
    pairs = st.tuples(bounds, bounds).map(lambda pair: sorted(pair, key=lambda n: (n is not None, n)))
    ints = st.builds(lambda pair: spec(INT, minimum=pair[0], maximum=pair[1]), pairs)
    references = st.just(spec(INT, foreign_index="other"))
    decimals = st.builds(
        lambda pair, scale: spec(DECIMAL, minimum=pair[0], maximum=pair[1], scale=scale), pairs, st.integers(0, 18)
    )
    return ints | references | decimals


def _timestamps() -> st.SearchStrategy[FieldSpec]:
    bounds = st.none() | st.integers(-(10**6), 10**6)
    return st.builds(
        lambda low, above, unit, epoch: spec(
            TIMESTAMP,
            minimum=low,
            maximum=None if low is None or above is None else low + abs(above),
            unit=unit,
            epoch=epoch,
        ),
        bounds,
        bounds,
        st.sampled_from(["s", "ms", "us", "ns"]),
        st.sampled_from(["", "1970-01-01T00:00:00Z", "2020-02-29T12:00:00+05:30", "1933-11-24T00:00:00Z"]),
    )


def _rows() -> st.SearchStrategy[FieldSpec]:
    return st.builds(
        spec,
        st.sampled_from([FieldType.SET, FieldType.MUTEX]),
        is_keyed=st.booleans(),
        cache_type=st.sampled_from(["", "ranked", "lru", "none"]),
        cache_size=st.integers(0, 2**32 - 1),
    )


FIELDS = st.just(spec(FieldType.BOOL)) | _rows() | _times() | _numbers() | _timestamps()


@given(FIELDS)
def test_what_is_shown_of_a_field_defines_it_again(field: FieldSpec) -> None:
    """Through JSON and back, nothing is lost and nothing becomes inexact."""
    again = read(_encoder.encode(shown_options(field)).decode())
    assert again == field
    assert differences(field, again) == []


@given(FIELDS, FIELDS)
@example(spec(TIMESTAMP, epoch="2020-01-01T00:00:00Z"), spec(TIMESTAMP, epoch="2020-01-01T00:00:00Z", unit="ms"))
def test_fields_differ_in_what_is_shown(one: FieldSpec, other: FieldSpec) -> None:
    """Fields without a difference mean the same; a difference shows both values; types hide all else."""
    found = differences(one, other)
    if one == other:
        assert found == []
    for each in found:
        assert each.option.kept(one) != each.option.kept(other)
    if one.type != other.type:
        assert [each.option.name for each in found] == ["type"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (spec(INT), spec(INT, minimum=INT64_MIN, maximum=INT64_MAX)),
        (spec(TIME, quantum="Y", ttl="1h"), spec(TIME, quantum="Y", ttl="60m")),
        (spec(TIME, quantum="Y"), spec(TIME, quantum="Y", ttl="0s")),
        (spec(TIMESTAMP), spec(TIMESTAMP, epoch="1970-01-01T00:00:00Z")),
        (spec(TIMESTAMP, epoch="2020-01-01T00:00:00Z"), spec(TIMESTAMP, epoch="2020-01-01T02:00:00+02:00")),
    ],
)
def test_another_spelling_is_no_difference(one: FieldSpec, other: FieldSpec) -> None:
    """What counts is what the options mean."""
    assert differences(one, other) == []
    assert differences(other, one) == []


def test_a_difference_in_words() -> None:
    """Every option that differs is told with both values, unset ones too."""
    found = differences(spec(DECIMAL, scale=2, minimum=-50), spec(DECIMAL, scale=3, maximum=1500))
    assert [(each.option.name, each.has, each.asks) for each in found] == [
        ("scale", "2", "3"),
        ("min", "-0.50", "unset"),
        ("max", "unset", "1.500"),
    ]


# ---- the table ---------------------------------------------------------------------------------


def test_every_attribute_of_a_field_has_an_option() -> None:
    """Nothing a field keeps is left out of the vocabulary, and no option says what no field keeps."""
    assert {option.attribute for option in FIELD_OPTIONS} == set(FieldSpec.__slots__) - {
        *("name", "foreign_has_ids")  # which the engine finds out
    }
    assert list(OPTION) == [option.name for option in FIELD_OPTIONS]


def test_every_type_has_a_name_of_its_own() -> None:
    """The stored types are names, and every name's type takes what the name stands for."""
    assert {row.type for row in TYPE_NAMES.values() if row.name == row.type} == set(FieldType)
    assert all(row.type in OPTION["keys"].types for row in TYPE_NAMES.values() if row.is_keyed)
