"""The types whose values are moments, value by value; and the time of records.

An expectation that begins with `!` is an error with these words in it.
"""

import json
from datetime import UTC, datetime

import pytest

from roarbase.errors import InvalidParameter, MissingParameter
from roarbase.ingest.compatibility import with_table_fields
from roarbase.ingest.declaration import read_declaration
from roarbase.ingest.decoder import SinkDecoder
from roarbase.model.batch import NO_TIME, SetColumn
from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from tests.ingest.reading import CLEAR, decode, sink, stored

NOTHING = "nothing stored"
NOON = int(datetime(2022, 6, 30, 12, tzinfo=UTC).timestamp())
FIRST, LAST = -62_135_596_799, 253_402_300_799
NS_BOUND = 2**32

TIMESTAMPS = {
    "{}": [
        ('"2022-06-30T12:00:00Z"', NOON),
        ('"2022-06-30T14:00:00+02:00"', NOON),
        ('"2022-06-30T12:00:00.999999999Z"', NOON),
        ('"1969-12-31T23:59:59.5Z"', -1),
        ('"0001-01-01T00:00:01Z"', FIRST),
        ('"9999-12-31T23:59:59Z"', LAST),
        ('""', NOTHING),
        ('"  "', NOTHING),
        ("null", CLEAR),
        ('"0001-01-01T00:00:00Z"', "! value provided for timestamp field is out of range"),
        ('"0000-06-30T12:00:00Z"', "! out of range"),
        ('"9999-12-31T23:59:59.5Z"', "! out of range"),
        ('"9999-12-31T23:59:59-01:00"', "! allowed are 0001-01-01T00:00:01Z to 9999-12-31T23:59:59Z"),
        ('"2022-06-30"', "! no time of the layout '2006-01-02T15:04:05.999999999Z07:00': \"2022-06-30\""),
        ('"2022-02-30T12:00:00Z"', "! no time of the layout"),
        ('"1656590400"', "! no time of the layout"),
        ("1656590400", "! the value is no text: 1656590400"),
        ("true", "! no text"),
        ("[]", "! no text"),
    ],
    '{"Granularity": "ms"}': [
        ('"2022-06-30T12:00:00.1239Z"', NOON * 1000 + 123),
        ('"1969-12-31T23:59:59.9991Z"', -1),
        ('"9999-12-31T23:59:59Z"', LAST * 1000),
        ('"9999-12-31T23:59:59.001Z"', "! allowed are 0001-01-01T00:00:01Z to 9999-12-31T23:59:59Z"),
    ],
    '{"granularity": "ns"}': [
        ('"2022-06-30T12:00:00.123456789Z"', NOON * 10**9 + 123456789),
        ('"1833-11-24T17:31:44Z"', -NS_BOUND * 10**9),
        ('"2106-02-07T06:28:16Z"', NS_BOUND * 10**9),
        ('"2106-02-07T06:28:16.000000001Z"', "! allowed are 1833-11-24T17:31:44Z to 2106-02-07T06:28:16Z"),
        ('"1833-11-24T17:31:43.999999999Z"', "! out of range"),
        ('"9999-12-31T23:59:59Z"', "! out of range"),
    ],
    '{"Layout": "01/02/2006 15:04"}': [
        ('"06/30/2022 12:00"', NOON),
        ('"6/30/2022 12:00"', "! no time of the layout '01/02/2006 15:04': \"6/30/2022 12:00\""),
    ],
    '{"Layout": "RFC1123"}': [('"Thu, 30 Jun 2022 12:00:00 GMT"', NOON)],
    '{"Unit": "s"}': [
        (f"{NOON}", NOON),
        (f'"{NOON}"', NOON),
        (f'" +{NOON} "', NOON),
        ("-1", -1),
        ("1.9", 1),
        ("-1.9", -1),
        ("1e3", 1000),
        (f"{FIRST}", FIRST),
        (f"{LAST}", LAST),
        ('""', NOTHING),
        ("null", CLEAR),
        (f"{LAST + 1}", "! out of range"),
        (f"{FIRST - 1}", "! out of range"),
        ("1e30", "! out of range"),
        ("99999999999999999999999999", "! out of range"),
        ('"1.5"', '! the value is no whole number: "1.5"'),
        ('"1."', "! no whole number"),
        ('"1e3"', "! no whole number"),
        ('"2022-06-30T12:00:00Z"', "! no whole number"),
        ("true", "! no whole number"),
        ("{}", "! no whole number"),
    ],
    '{"Unit": "ms"}': [("1999", 1), ("-1999", -1), ("-1", 0), (f"{NOON * 1000 + 999}", NOON)],
    '{"Unit": "d", "Granularity": "ms"}': [("1", 86_400_000), ("0.5", 43_200_000), ("-0.00000000001", 0)],
    '{"Unit": "h"}': [("2", 7200), ("1e9", "! out of range")],
    '{"Unit": "m", "Granularity": "us"}': [("-3", -180_000_000)],
    '{"Unit": "ns", "Granularity": "us"}': [("1999", 1), ('"-1999"', -1), ("9223372036854775807", 9223372036854775)],
    '{"Unit": "us", "Granularity": "ns"}': [("7", 7000), ("1.5", 1500), (f"{NS_BOUND * 10**6 + 1}", "! out of range")],
    '{"Epoch": "2000-01-01T00:00:00Z"}': [
        ("0", 946_684_800),
        ("-5", 946_684_795),
        (f"{LAST - 946_684_800}", LAST),
        (f"{LAST - 946_684_799}", "! allowed are 0001-01-01T00:00:01Z to 9999-12-31T23:59:59Z"),
        (f"{FIRST - 946_684_800}", FIRST),
        (f"{FIRST - 946_684_801}", "! out of range"),
    ],
    '{"Epoch": "2100-01-01T00:00:00Z", "Granularity": "ns", "Unit": "s"}': [
        (f"{-NS_BOUND - 4_102_444_800}", -NS_BOUND * 10**9),
        (f"{-NS_BOUND - 4_102_444_801}", "! out of range"),
        (f"{2 * NS_BOUND}", "! out of range"),
    ],
}

DATES = {
    "{}": [
        ('"1970-01-02"', 86_400),
        ('"1970-01-02T00:00:01Z"', 86_401),
        ('"1970-01-02T00:00:01.9Z"', 86_401),
        ('"1969-12-31T23:59:58.5Z"', -1),
        ('"0000-00-00"', FIRST - 1),
        ('"0000-01-01"', "! the date is out of range"),
        ('"0001-01-01T00:00:00+01:00"', FIRST - 3601),
        ("19700102", 19_700_102),
        ("-3", -3),
        ("5.0", 5),
        ("1e2", 100),
        (f"{2**63 - 1}", 2**63 - 1),
        (f"{2**63}", "! value provided for int field is out of range"),
        ("1e30", "! out of range"),
        ("1.5", "! the value is no date: 1.5"),
        ("1.00001", "! no date"),
        ('""', NOTHING),
        ("null", CLEAR),
        ('"19700102"', "! no time of the layout '2006-01-02T15:04:05Z07:00' or '2006-01-02'"),
        ("true", "! no date"),
        ("[]", "! no date"),
    ],
    '{"Unit": "d"}': [('"2022-06-30"', 19_173), ('"1969-12-31T12:00:00Z"', 0), ('"1969-12-30T12:00:00Z"', -1)],
    '{"Unit": "d", "Epoch": "2022-06-30T00:00:00Z"}': [
        ('"2022-07-01"', 1),
        ('"2022-06-29"', -1),
        ('"0000-00-00"', -738_335),
    ],
    '{"Unit": "h", "Layout": "2006-01-02 15"}': [('"1970-01-02 03"', 27), ('"1970-01-02"', "! no time of the layout")],
    '{"Unit": "ms"}': [('"1970-01-01T00:00:00.0019Z"', 1), ('"0000-00-00"', (FIRST - 1) * 1000)],
    '{"Unit": "us"}': [('"9999-12-31"', (LAST - 86_399) * 10**6)],
    '{"Unit": "ns"}': [
        ('"2200-01-01"', 7_258_118_400 * 10**9),
        ('"9999-12-31"', "! out of range"),
        ('"0000-00-00"', "! out"),
    ],
    '{"Unit": "c", "CustomUnit": "1m30s"}': [('"1970-01-01T00:03:00Z"', 2), ('"1970-01-01T00:02:59Z"', 1)],
    '{"Unit": "c", "CustomUnit": "0.7s"}': [('"1970-01-01T00:00:07Z"', 10), ('"1969-12-31T23:59:53Z"', -10)],
    '{"Unit": "m", "Epoch": "1970-01-01T00:00:30.5Z"}': [('"1970-01-01T00:01:30Z"', 0), ('"1970-01-01T00:01:31Z"', 1)],
}

RECORD_TIMES = {
    "{}": [
        ('"2022-06-30T12:00:00Z"', NOON),
        ('"2022-06-30T12:00:00.9Z"', NOON),
        ('"1969-12-31T23:59:59.9+00:00"', -1),
        ('""', NO_TIME),
        ("null", "! a record's time cannot be null"),
        ("1656590400", "! the value is no text"),
        ('"2022-06-30"', "! no time of the layout '2006-01-02T15:04:05Z07:00'"),
        ('"0001-01-01T00:00:00Z"', "! value provided for recordTime is out of range"),
    ],
    '{"Unit": "ms"}': [
        ("1656590400999", NOON),
        ('"-1"', -1),
        ("-1000", -1),
        ('""', NO_TIME),
        ('"x"', "! no whole number"),
    ],
    '{"Epoch": "2022-06-30T12:00:00Z"}': [("0", NOON), ("-3600", NOON - 3600), ("1e300", "! out of range")],
    '{"Epoch": "2022-06-30T12:00:00.6Z", "Unit": "ms"}': [("399", NOON), ("400", NOON + 1)],
    '{"Layout": "2006-01"}': [('"2022-06"', NOON - 29 * 86_400 - 43_200)],
}


def rows(cases):
    return [(config, token, expected) for config, pairs in cases.items() for token, expected in pairs]


def config_of(text):
    return json.loads(text)


def check(decoder, token, expected, found_in):
    decoded = decode(decoder, f'{{"id": 1, "x": {token}, "y": [5]}}')
    if isinstance(expected, str) and expected.startswith("! "):
        assert decoded.batch is None
        (error,) = decoded.verdicts
        assert error.code == "InvalidParameter"
        assert expected[2:] in error.message
        assert "(field 'x', $.value.x)" in error.message
    else:
        assert list(decoded.verdicts) == [None]
        assert found_in(decoded.batch) == expected


def value_of(batch):
    (record,) = stored(batch)
    return record.get("x", NOTHING)


@pytest.mark.parametrize(("config", "token", "expected"), rows(TIMESTAMPS))
def test_timestamp(config, token, expected):
    """A timestamp is kept in its Granularity since 1970, from text, or from numbers of a Unit since its Epoch."""
    check(sink(("x", "timestamp", config_of(config)), ("y", "ids", {})), token, expected, value_of)


@pytest.mark.parametrize(("config", "token", "expected"), rows(DATES))
def test_date_int(config, token, expected):
    """A dateInt is the number of units since the Epoch, cut toward zero; a number stands for itself."""
    check(sink(("x", "dateInt", config_of(config)), ("y", "ids", {})), token, expected, value_of)


@pytest.mark.parametrize(("config", "token", "expected"), rows(RECORD_TIMES))
def test_record_time(config, token, expected):
    """A record's time is that of its fields with a Quantum, in whole seconds."""
    decoder = sink(("x", "recordTime", config_of(config)), ("y", "ids", {"Quantum": "D"}))
    check(decoder, token, expected, lambda batch: times_of(batch, "y", 1)[0])


def times_of(batch, name, count):
    """The times that come with a field's column, one per record."""
    (column,) = (column for column in batch.columns if column.field == name)
    assert isinstance(column, SetColumn)
    return [NO_TIME] * count if column.times is None else column.times.tolist()


@pytest.mark.parametrize("cases", [TIMESTAMPS, DATES])
def test_all_values_together(cases):
    """Many values in one request become what each becomes alone."""
    kind = "timestamp" if cases is TIMESTAMPS else "dateInt"
    for config, pairs in cases.items():
        decoder = sink(("x", kind, config_of(config)))
        values = [f'{{"id": 1, "x": {token}}}' for token, _ in pairs]
        together, alone = decode(decoder, *values), [decode(decoder, value) for value in values]
        assert list(together.verdicts) == [next(iter(d.verdicts)) for d in alone]
        assert stored(together.batch) == [record for d in alone for record in stored(d.batch)]


def test_times_go_with_the_records_that_are_taken():
    """Each record has its own time or none, whatever became of those before it; other fields have none."""
    decoder = sink(
        ("when", "recordTime", {"Unit": "s"}),
        ("seen", "string", {"Quantum": "YMDH"}),
        ("tags", "strings", {}),
        ("one", "id", {"Mutex": True}),
        allow_missing_fields=True,
    )
    decoded = decode(
        decoder,
        '{"id": 1, "when": 100, "seen": "a", "tags": ["x"], "one": 4}',
        '{"id": 2, "when": "bad", "seen": "b"}',
        '{"id": 3, "seen": "c"}',
        '{"id": 4, "when": 400, "one": 5}',
        '{"id": 5, "when": null, "seen": "d"}',
        '{"id": 6, "when": 600, "seen": "e", "tags": ["y"]}',
    )
    assert [error and error.code for error in decoded.verdicts] == [
        None,
        "InvalidParameter",
        None,
        None,
        "InvalidParameter",
        None,
    ]
    assert times_of(decoded.batch, "seen", 4) == [100, NO_TIME, 400, 600]
    assert times_of(decoded.batch, "tags", 4) == [NO_TIME] * 4
    assert [record["_id"] for record in stored(decoded.batch)] == [1, 3, 4, 6]


def test_a_missing_time_is_an_error_where_nothing_may_be_missing():
    """An absent recordTime is refused without allow_missing_fields; an empty one is no time."""
    decoder = sink(("when", "recordTime", {}), ("seen", "id", {"Quantum": "D"}))
    decoded = decode(decoder, '{"id": 1, "seen": 3}', '{"id": 2, "seen": 4, "when": ""}')
    (absent, empty) = decoded.verdicts
    assert absent.code == "MissingParameter"
    assert "$.value.when" in absent.message
    assert empty is None
    assert times_of(decoded.batch, "seen", 1) == [NO_TIME]


def test_a_record_time_is_no_field():
    """It is not stored, cannot be a key, and there is one of it."""
    schema = read_declaration(declared(("when", "recordTime", {}), ("x", "timestamp", {})))
    assert [d.name for d in schema.stored] == ["x"]
    with pytest.raises(InvalidParameter, match="of type recordTime, which cannot be part of a key"):
        read_declaration(declared(("when", "recordTime", {}), id_field=None, primary_key_fields=["when"]))
    with pytest.raises(InvalidParameter, match=r"definition\[2\].type is 'recordTime', as is .*definition\[1\].type"):
        read_declaration(declared(("when", "recordTime", {}), ("then", "recordTime", {})))


def declared(*definitions, **members):
    listed = [{"name": n, "path": [n], "type": t, "config": c} for n, t, c in (("id", "id", {}), *definitions)]
    return {"id_field": "id", "definition": listed, **members}


def test_moments_may_be_keys():
    """A timestamp is part of a key as its text, a dateInt as its number."""
    decoder = sink(
        ("at", "timestamp", {"Granularity": "ms"}),
        ("day", "dateInt", {"Unit": "d"}),
        primary_key_fields=["at", "day"],
    )
    decoded = decode(decoder, '{"at": "2022-06-30T14:00:00.250+02:00", "day": "2022-06-30"}')
    assert stored(decoded.batch) == [{"_id": "2022-06-30T12:00:00.25Z|19173", "at": NOON * 1000 + 250, "day": 19173}]


def test_the_field_says_what_the_sink_leaves_out():
    """A field's own epoch and bounds count where the sink gives none."""
    existing = {
        "x": FieldSpec(
            name="x",
            type=FieldType.TIMESTAMP,
            unit="s",
            epoch="2022-06-30T12:00:00Z",
            minimum=NOON - 1,
            maximum=NOON + 5,
        ),
        "y": FieldSpec(name="y", type=FieldType.INT, minimum=0),
    }
    written = read_declaration(
        declared(("x", "timestamp", {}), ("y", "dateInt", {"Unit": "d"}), allow_missing_fields=True)
    )
    counted = read_declaration(declared(("x", "timestamp", {"Unit": "ms"}), allow_missing_fields=True))
    table = TableSpec(id="t", name="t", fields=existing)
    decoder = SinkDecoder(with_table_fields(written, table), "t")
    decoded = decode(decoder, '{"id": 1, "x": "2022-06-30T12:00:05.9Z"}', '{"id": 2, "x": "2022-06-30T12:00:06Z"}')
    assert stored(decoded.batch) == [{"_id": 1, "x": NOON + 5}]
    assert "allowed are 2022-06-30T11:59:59Z to 2022-06-30T12:00:05Z" in list(decoded.verdicts)[1].message
    (error,) = decode(decoder, '{"id": 1, "y": "1969-12-30"}').verdicts
    assert "out of range" in error.message
    counting = SinkDecoder(with_table_fields(counted, table), "t")
    assert stored(decode(counting, '{"id": 1, "x": -1999}').batch) == [{"_id": 1, "x": NOON - 1}]


WRONG = [
    ("timestamp", {"Granularity": "m"}, "config.Granularity is 'm', it must be one of s, ms, us, ns"),
    ("timestamp", {"Unit": "weeks"}, "config.Unit is 'weeks', it must be one of d, h, m, s, ms, us, ns"),
    ("timestamp", {"Unit": "c", "CustomUnit": "1h"}, "config.Unit is 'c'"),
    ("timestamp", {"Unit": 5}, "config.Unit is a number, it must be a string"),
    ("timestamp", {"Epoch": "2000-01-01"}, "config.Epoch is '2000-01-01', it must be a moment as RFC 3339"),
    ("timestamp", {"Epoch": "2000-01-01T00:00:00.5Z"}, "finer than the field's unit, s"),
    ("timestamp", {"Layout": "15:04"}, "config.Layout is '15:04', which says no year"),
    ("timestamp", {"Layout": "yyyy-MM-dd"}, "which says no year"),
    ("timestamp", {"Layout": "2006" * 100}, "config.Layout has 400 characters, at most 256 are allowed"),
    ("recordTime", {"Layout": "Kitchen"}, "says no year"),
    ("recordTime", {"Epoch": "x"}, "config.Epoch is 'x'"),
    ("dateInt", {"Unit": "c"}, "config.CustomUnit is missing: the Unit 'c' needs a duration"),
    ("dateInt", {"Unit": "c", "CustomUnit": "0s"}, "config.CustomUnit is '0s', it must be a duration above 0"),
    ("dateInt", {"Unit": "c", "CustomUnit": "1 day"}, "config.CustomUnit is '1 day'"),
    ("dateInt", {"Unit": "y"}, "config.Unit is 'y', it must be one of d, h, m, s, ms, us, ns, or c with CustomUnit"),
]


@pytest.mark.parametrize(("kind", "config", "sentence"), WRONG)
def test_wrong_options(kind, config, sentence):
    """An option that says no unit, epoch or layout is named with its place, and what would be right."""
    with pytest.raises((InvalidParameter, MissingParameter)) as caught:
        read_declaration(declared(("x", kind, config)))
    assert "$.schema.definition[1].config" in caught.value.message
    assert sentence in caught.value.message


def test_the_time_of_a_record_in_version_2():
    """What is called `_timeQuantum` is the record's time, and nothing else may be called so."""
    schema = read_declaration(declared(("_timeQuantum", "recordTime", {}), ("x", "ids", {"Quantum": "D"})))
    decoded = decode(SinkDecoder(schema, "t"), '{"id": 1, "_timeQuantum": "2022-06-30T12:00:00Z", "x": [1]}')
    assert times_of(decoded.batch, "x", 1) == [NOON]
    with pytest.raises(InvalidParameter, match="is 'int'; what is called '_timeQuantum' is a recordTime"):
        read_declaration(declared(("_timeQuantum", "int", {})))
