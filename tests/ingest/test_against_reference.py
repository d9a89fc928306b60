"""The fast decoder against the plain one, on generated records; and against bytes of any kind."""

import json

from hypothesis import given
from hypothesis import strategies as st

from roarbase.errors import RoarbaseError
from roarbase.ingest.declaration import read_declaration
from roarbase.ingest.decoder import SinkDecoder
from tests.ingest.reading import stored
from tests.ingest.reference import Refused, decode_record

DEFINITIONS = [
    {"name": "n", "path": ["n"], "type": "id"},
    {"name": "id-one", "path": ["a"], "type": "id", "config": {"Mutex": True}},
    {"name": "id-set", "path": ["a"], "type": "id"},
    {"name": "ids", "path": ["deep", "er", "ids"], "type": "ids"},
    {"name": "text", "path": ["s"], "type": "string", "config": {"Mutex": True}},
    {"name": "text-set", "path": ["deep", "text"], "type": "string", "config": {"Quantum": "YMD"}},
    {"name": "texts", "path": ["deep", "er", "texts"], "type": "strings"},
    {"name": "flag", "path": ["flag"], "type": "bool"},
    {"name": "count", "path": ["c"], "type": "int", "config": {"Min": -5, "Max": 1000}},
    {"name": "whole", "path": ["c"], "type": "int"},
    {"name": "friend", "path": ["s"], "type": "int", "config": {"ForeignIndex": "people"}},
    {"name": "price", "path": ["p"], "type": "decimal", "config": {"Scale": 2}},
    {"name": "when", "path": ["w"], "type": "recordTime"},
    {"name": "at", "path": ["t"], "type": "timestamp", "config": {"Granularity": "ms"}},
    {"name": "day", "path": ["d"], "type": "dateInt", "config": {"Unit": "d"}},
]
SCHEMAS = [
    read_declaration({"definition": DEFINITIONS, "allow_missing_fields": allowed, **record_id})
    for allowed in (True, False)
    for record_id in (
        {"id_field": "n"},
        {"primary_key_fields": ["text"]},
        {"primary_key_fields": ["id-set"]},
        {"primary_key_fields": ["text-set", "price", "n", "flag", "whole"]},
        {"primary_key_fields": ["friend"]},
    )
]

NUMBERS = st.one_of(
    st.sampled_from(["0", "7", "-3", "12.5", "-12.509", "4.35", "1e2", "15e-1", "1E3", "1e25", "0.001", "-0", "-0.5"]),
    st.sampled_from([-(2**63) - 1, -(2**63), 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1]).map(str),
)
STRINGS = st.one_of(
    st.sampled_from(['""', '" "', '"a"', '"a,b"', '"[a,,b]"', '"1,2"', '"[1, 2]"', '"true"', '"F"', '"4.350"', '"|"']),
    st.sampled_from(['"+5"', '" 12 "', '"1e2"', '"-1"', '".5"', '"\\u0031"', '"x\\ny"', '"\\ud83d\\ude00é"', '"["']),
    st.text(max_size=6).map(json.dumps),
    st.text(max_size=6).map(lambda text: json.dumps(text, ensure_ascii=False)),
    NUMBERS.map(lambda text: f'"{text}"'),
)
AT = st.datetimes().map(lambda at: f"{at.year:04d}" + at.strftime("-%m-%dT%H:%M:%S"))
FRACTIONS = st.sampled_from(["", "", ".5", ",250", ".999999999", ".1234567899"])
MOMENTS = st.builds("{}{}{}".format, AT, FRACTIONS, st.sampled_from(["Z", "Z", "+02:00", "-23:59"]))
DATES = st.datetimes().map(lambda at: f"{at.year:04d}" + at.strftime("-%m-%d")) | st.sampled_from(
    ["2024-02-29", "2023-02-29", "0000-00-00", "0000-01-01", "0001-01-01", "9999-12-31", "2022-1-1", ""]
)
ODD_ZONES = st.builds("{}{}".format, AT, st.sampled_from(["+25:00", "z", "", "+2:00", ".Z"]))
TIMES = (MOMENTS | DATES | ODD_ZONES).map(json.dumps)
ATOMS = st.one_of(NUMBERS, STRINGS, st.sampled_from(["null", "true", "false", "{}", '{"x":1}', "[]"]))
ARRAYS = st.lists(ATOMS, max_size=4).map(lambda items: "[" + ", ".join(items) + "]")
VALUES = st.one_of(ATOMS, ARRAYS)


@st.composite
def mostly(draw, usual, *others):
    """The usual, and now and then one of the others."""
    chance = draw(st.integers(0, 199))
    return draw(usual if 8 < chance < 192 else others[chance % len(others)])


@st.composite
def objects(draw, members):
    """A JSON object that mostly has these members, in any order, and others that nobody asked for."""
    names = draw(st.permutations([*members, "other"]))
    chosen = [name for name in names if draw(mostly(st.just(True), st.just(False)))]
    return "{" + ",".join(f'"{name}":{draw(members.get(name, VALUES))}' for name in chosen) + "}"


ID_LISTS = st.lists(st.integers(0, 99), max_size=3).map(str)
TEXT_LISTS = st.lists(st.text("ab ,", max_size=3), max_size=3).map(json.dumps)
PRICES = st.decimals(-100, 100, places=3).map(str)
IDS = st.one_of(st.integers(0, 50), st.integers(0, 2**64 - 2)).map(str)
NULL_OR_NUMBER = st.sampled_from(["null", "5"])

INNER = objects({"ids": mostly(ID_LISTS, VALUES), "texts": mostly(TEXT_LISTS, VALUES)})
DEEP = objects({"text": mostly(STRINGS, VALUES), "er": mostly(INNER, NULL_OR_NUMBER)})
FLOWERS = objects(
    {
        "n": mostly(IDS, VALUES),
        "a": mostly(IDS, VALUES, st.just("null")),
        "deep": mostly(DEEP, NULL_OR_NUMBER),
        "s": mostly(STRINGS, VALUES, st.just("null")),
        "flag": mostly(st.sampled_from(["true", "false", '"T"', "1", '""']), VALUES),
        "c": mostly(st.integers(-5, 1000).map(str), VALUES, st.just("null")),
        "w": mostly(MOMENTS.map(json.dumps), VALUES, TIMES),
        "t": mostly(MOMENTS.map(json.dumps), VALUES, TIMES, st.just("null")),
        "d": mostly((MOMENTS | DATES).map(json.dumps), TIMES, VALUES, st.integers(-5, 5).map(str), st.just("null")),
        "p": mostly(st.one_of(PRICES, PRICES.map(lambda text: f'"{text}"')), VALUES, st.just("null")),
    }
)
RECORDS = mostly(
    FLOWERS.map(lambda value: f'{{"value": {value}}}'),
    VALUES.map(lambda value: f'{{"value": {value}}}'),
    VALUES,
    st.just('{"else": 1}'),
)
BODIES = st.lists(RECORDS, max_size=5)


def join(records):
    return ('{"records": [' + ",\n".join(records) + "]}").encode()


@given(st.sampled_from(SCHEMAS), BODIES)
def test_decoder_equals_reference(schema, records):
    """Every record gets the verdict and the values that the plain decoder gives it."""
    decoded = SinkDecoder(schema, "t").decode(join(records), maximum_records=100)
    expected, codes = [], []
    for record in records:
        try:
            expected.append(decode_record(schema, record))
            codes.append(None)
        except Refused as refused:
            codes.append(str(refused))
    assert [error and error.code for error in decoded.verdicts] == codes
    assert stored(decoded.batch) == expected
    assert decoded.verdicts.success_count == len(expected)
    assert decoded.verdicts.error_count == len(records) - len(expected)


DECODER = SinkDecoder(SCHEMAS[0], "t")
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.one_of(st.binary(max_size=3), st.sampled_from([b"\\ud800", b'"', b"{", b"[" * 40]))),
    max_size=3,
)


@given(BODIES, EDITS, st.floats(0, 1))
def test_damaged_bodies_raise_nothing_else(records, edits, kept):
    """A body with bytes changed or its end cut off is answered by verdicts or by an error of ours."""
    body = join(records)
    for place, replacement in edits:
        offset = int(place * len(body))
        body = body[:offset] + replacement + body[offset + len(replacement) :]
    for damaged in (body, body[: int(kept * len(body))]):
        try:
            decoded = DECODER.decode(bytearray(damaged), maximum_records=100)
        except RoarbaseError as error:
            assert error.code in ("InvalidBody", "PayloadTooLarge")  # noqa: PT017
        else:
            good = 0 if decoded.batch is None else len(decoded.batch)
            assert good == decoded.verdicts.success_count
            assert len(list(decoded.verdicts)) == decoded.verdicts.record_count
