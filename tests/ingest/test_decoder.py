"""Whole requests: envelopes, verdicts, record ids and keys."""

import numpy as np
import pytest

from roarbase.errors import InvalidBody, PayloadTooLarge
from roarbase.ingest import envelope
from roarbase.model.batch import MutexColumn, SetColumn
from tests.ingest.reading import body, decode, sink, stored

TEXTS = sink(("s", "string", {"Mutex": True}))


def codes(decoded):
    return [error and error.code for error in decoded.verdicts]


BAD_BODIES = [
    (b"", "empty"),
    (b"  \n", "empty"),
    (b"{", "not JSON: Input data was truncated"),
    (b'{"records": [1,]}', "byte 15"),
    (b'{"records": []} x', "byte 17"),
    (b"nonsense", "byte 4"),
    (b"[]", "got `array`"),
    (b"null", "got `null`"),
    (b"{}", "no member $.records"),
    (b'{"records": null}', "$.records"),
    (b'{"records": {}}', "$.records"),
    (b"\xef\xbb\xbf{}", "byte 0"),
    (b'{"records": [], "x": "\xff"}', "not UTF-8 (byte 22)"),
    (b'{"records": ["\\ud800"', "not JSON"),
    (b'{"records": 5, "x": "\\ud800"}', "$.records"),
    (b'{"records": [' + b"[" * 100_000, "nested too deeply"),
    (b'{"x": ' + b'{"x":' * 100_000, "nested too deeply"),
    (b'{"x": "\\ud800", "y": ' + b"[" * 100_000, "nested too deeply"),
]


@pytest.mark.parametrize(("request_body", "words"), BAD_BODIES)
def test_bad_body(request_body, words):
    """A body that is no object with records is refused as a whole, saying what and where."""
    with pytest.raises(InvalidBody) as caught:
        TEXTS.decode(request_body, maximum_records=10)
    assert words in caught.value.message


def test_empty_records():
    """A request without records has zero counts and no batch."""
    decoded = TEXTS.decode(b'{"records": []}', maximum_records=10)
    assert (decoded.batch, list(decoded.verdicts)) == (None, [])
    assert (decoded.verdicts.success_count, decoded.verdicts.error_count) == (0, 0)


def test_record_limit():
    """As many records as allowed are taken, one more refuses the request."""
    records = ['{"id": 1, "s": "a"}'] * 3
    assert TEXTS.decode(body(records), maximum_records=3).verdicts.success_count == 3
    with pytest.raises(
        PayloadTooLarge, match=r"^Request exceeded record count limit: 3 .* 2 \(setting request_records\)"
    ):
        TEXTS.decode(body(records), maximum_records=2)


def test_value_limit(monkeypatch):
    """A body of nothing but commas is refused before it is taken apart."""
    monkeypatch.setattr(envelope, "MAXIMUM_VALUES", 10)
    with pytest.raises(PayloadTooLarge, match="more than 10 values"):
        TEXTS.decode(body(["{}"] * 12), maximum_records=100)


def test_a_bad_record_costs_no_other():
    """Records keep their order in the verdicts; the batch holds the good ones."""
    decoded = TEXTS.decode(
        b"""{"more": 1, "records": [
            {"value": {"id": 1, "s": "a"}}, 5, {"value": {"id": 2}}, {"value": null}, {}, null, [], "x",
            {"value": {"id": -3, "s": "c"}}, {"value": []}, {"value": {"id": 4, "s": "d", "t": {}}, "more": 1}
        ]}""",
        maximum_records=100,
    )
    shape = "InvalidBody"
    assert codes(decoded) == [
        *[None, shape, "MissingParameter", shape, shape, shape, shape, shape],
        *["InvalidParameter", shape, None],
    ]
    assert stored(decoded.batch) == [{"_id": 1, "s": "a"}, {"_id": 4, "s": "d"}]
    assert decoded.batch.table == "the-table"


def test_first_bad_field_is_told():
    """A record with several bad values is told of the first in the order of the definitions."""
    decoder = sink(("a", "int", {}), ("b", "int", {}))
    (error,) = decode(decoder, '{"b": "x", "a": "y", "id": 1}').verdicts
    assert "$.value.a" in error.message


@pytest.mark.parametrize(
    "spoiled",
    [
        rb"\ud800",
        rb"\udc00",
        rb"\ud800\u0041",
        rb"\udc00\ud800",
        rb"\\\ud800",
        rb"\ud83d\ude00\ud83d",
        rb"\uDBFFabcdef",
    ],
)
@pytest.mark.parametrize("member", [b"s", b"ignored"])
def test_half_a_surrogate_pair_spoils_its_record_only(spoiled, member):
    """A lone surrogate escape refuses its record; its neighbours, replacement characters and all, are kept."""
    neighbour = rb'{"value": {"id": 1, "s": "\ufffd \ud83d\ude00 \\ud800"}}'
    bad = b'{"value": {"id": 2, "s": "x", "' + member + b'": "' + spoiled + b'"}}'
    request = b'{"x": "\\ud800", "records": [' + b", ".join([neighbour, bad, neighbour]) + b"]}"
    for made in (request, bytearray(request)):
        decoded = TEXTS.decode(made, maximum_records=10)
        assert codes(decoded) == [None, "InvalidBody", None]
        assert "surrogate" in decoded.verdicts.errors[1].message
        assert stored(decoded.batch) == [{"_id": 1, "s": "\ufffd 😀 \\ud800"}] * 2


@pytest.mark.parametrize("spoiled", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
@pytest.mark.parametrize("member", [b"s", b"ignored"])
def test_bytes_that_are_no_text_spoil_their_record_only(spoiled, member):
    """A byte that is not UTF-8 refuses its record, wherever it stands in it."""
    good = '{"value": {"id": 1, "s": "é"}}'.encode()
    bad = b'{"value": {"id": 2, "s": "x", "' + member + b'": "' + spoiled + b'"}}'
    decoded = TEXTS.decode(b'{"records": [' + b", ".join([good, bad, good]) + b"]}", maximum_records=10)
    assert codes(decoded) == [None, "InvalidBody", None]
    assert "not UTF-8" in decoded.verdicts.errors[1].message
    assert stored(decoded.batch) == [{"_id": 1, "s": "é"}] * 2


def test_deep_nesting_in_an_ignored_member():
    """A member that nobody asked for may nest as deep as JSON is read at all."""
    deep = "[" * 500 + "]" * 500
    assert codes(decode(TEXTS, f'{{"id": 1, "s": "a", "x": {deep}}}', f'{{"id": 2, "s": {deep}}}')) == [
        None,
        "InvalidParameter",
    ]


def test_duplicate_members():
    """Of a member written twice the last counts."""
    assert stored(decode(TEXTS, '{"id": 1, "id": 2, "s": "a", "s": "b"}').batch) == [{"_id": 2, "s": "b"}]
    request = b'{"records": 5, "records": [{"value": {"id": 1}, "value": {"id": 2, "s": "a"}}]}'
    with pytest.raises(InvalidBody):
        TEXTS.decode(request, maximum_records=10)
    decoded = TEXTS.decode(request.replace(b"5", b"[]"), maximum_records=10)
    assert stored(decoded.batch) == [{"_id": 2, "s": "a"}]


def test_escaped_and_odd_member_names():
    """Names are compared as text, however they are written."""
    decoder = sink(("s", "string", {}), id_field="id")
    assert stored(decode(decoder, '{"\\u0069d": 1, "\\u0073": "a"}').batch) == [{"_id": 1, "s": ["a"]}]


def nested(allows_missing):
    return sink(
        ("x", "int", {}),
        allow_missing_fields=allows_missing,
        definition=[
            {"name": "id", "path": ["id"], "type": "id"},
            {"name": "x", "path": ["a b", "", "é.c"], "type": "int"},
            {"name": "y", "path": ["a b", "y"], "type": "int"},
        ],
    )


@pytest.mark.parametrize(
    ("value", "strict", "lenient"),
    [
        ('{"id": 1, "a b": {"": {"é.c": 5}, "y": 6}}', {"x": 5, "y": 6}, {"x": 5, "y": 6}),
        ('{"id": 1, "a b": {"": {"é.c": null}, "y": 6}}', {"x": "cleared", "y": 6}, {"x": "cleared", "y": 6}),
        ('{"id": 1, "a b": {"": null, "y": 6}}', {"x": "cleared", "y": 6}, {"x": "cleared", "y": 6}),
        ('{"id": 1, "a b": null}', {"x": "cleared", "y": "cleared"}, {"x": "cleared", "y": "cleared"}),
        ('{"id": 1, "a b": {"": {}, "y": 6}}', "MissingParameter", {"y": 6}),
        ('{"id": 1, "a b": {"y": 6}}', "MissingParameter", {"y": 6}),
        ('{"id": 1}', "MissingParameter", {}),
        ('{"id": 1, "a b": 5}', "InvalidBody", "InvalidBody"),
        ('{"id": 1, "a b": {"": [], "y": 6}}', "InvalidBody", "InvalidBody"),
    ],
)
def test_paths(value, strict, lenient):
    """Null on the way is null, absence is missing, anything but an object on the way is an error."""
    for allows_missing, expected in ((False, strict), (True, lenient)):
        decoded = decode(nested(allows_missing), value)
        if isinstance(expected, str):
            assert codes(decoded) == [expected]
        else:
            assert stored(decoded.batch) == [{"_id": 1} | expected]


def test_place_of_a_nested_value():
    """Errors write the path so that it can be found, and say which object is none."""
    missing, wrong = decode(nested(False), '{"id": 1}', '{"id": 1, "a b": {"": 7}}').verdicts
    assert '$.value["a b"][""]["é.c"]' in missing.message
    assert '$.value["a b"][""] is no object: 7' in wrong.message


@pytest.mark.parametrize(
    ("token", "expected"),
    [("7", 7), ('"7"', 7), ("7.5", 7), (f"{2**64 - 2}", 2**64 - 2), ("0", 0), ("9007199254740993", 2**53 + 1)],
)
def test_record_id(token, expected):
    """Ids are whole numbers from 0 to 2^64-2, kept exactly."""
    assert stored(decode(TEXTS, f'{{"id": {token}, "s": "a"}}').batch) == [{"_id": expected, "s": "a"}]


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("{}", "MissingParameter", "no value at $.value.id"),
        ('{"id": null}', "MissingParameter", "no value at $.value.id"),
        ('{"id": ""}', "MissingParameter", "no value at $.value.id"),
        ('{"id": -1}', "InvalidParameter", "can't use negative value"),
        ('{"id": "x"}', "InvalidParameter", "can't convert"),
        ('{"id": true}', "InvalidParameter", "for use as ID"),
        (f'{{"id": {2**64 - 1}}}', "InvalidParameter", "too large"),
    ],
)
def test_record_without_id(value, code, words):
    """A record without a proper id is refused, also where fields may be missing."""
    (error,) = decode(sink(("s", "string", {}), allow_missing_fields=True), value).verdicts
    assert error.code == code
    assert words in error.message


def test_int_id_field_keeps_its_bounds():
    """An id field of type int obeys Min and Max."""
    declared = [{"name": "n", "path": ["n"], "type": "int", "config": {"Min": 5, "Max": 6}}]
    decoder = sink(definition=declared, id_field="n")
    assert codes(decode(decoder, *(f'{{"n": {n}}}' for n in (4, 5, 6, 7)))) == [
        "InvalidParameter",
        None,
        None,
        "InvalidParameter",
    ]


KEYS = [
    (["s"], '{"s": "a|b", "n": 1, "d": 0, "b": true}', "a|b"),
    (["s"], '{"s": 1000000.0, "n": 1, "d": 0, "b": true}', "1000000"),
    (["n"], '{"s": "a", "n": "007", "d": 0, "b": true}', "7"),
    (["n", "s"], '{"s": "a", "n": -1, "d": 0, "b": true}', "-1|a"),
    (["s", "n", "d", "b"], '{"s": "", "n": 1234567, "d": "12.50", "b": "T"}', "|1234567|12.5|true"),
    (["d", "b"], '{"s": "x", "n": 1, "d": -0.051, "b": 0}', "-0.05|false"),
]


def keyed(names):
    definitions = [("s", "string", {}), ("n", "int", {}), ("d", "decimal", {"Scale": 2}), ("b", "bool", {})]
    return sink(*definitions, primary_key_fields=names)


@pytest.mark.parametrize(("names", "value", "key"), KEYS)
def test_record_key(names, value, key):
    """Key parts are joined in the order they are listed, numbers written out plainly."""
    batch = decode(keyed(names), value).batch
    assert batch.ids is None
    assert stored(batch)[0]["_id"] == key
    assert {column.field for column in batch.columns} >= {"n", "d", "b"}
    assert ("s" in {column.field for column in batch.columns}) == (names != ["s"] and '"s": ""' not in value)


@pytest.mark.parametrize("part", ["null", '""', None, "[]"])
def test_record_without_key(part):
    """A null, missing or wrong key part refuses the record, and so does an empty key."""
    value = '{"n": 1, "d": 0, "b": true' + ("" if part is None else f', "s": {part}') + "}"
    good = '{"n": 1, "d": 0, "b": true, "s": "k"}'
    decoded = decode(keyed(["s"]), value, good)
    assert codes(decoded) == ["InvalidParameter" if part == "[]" else "MissingParameter", None]
    assert decoded.batch.keys == ["k"]
    if part is None or part == "null":
        (error,) = decode(keyed(["n", "s"]), value).verdicts
        assert "primary key should not be nil or missing" in error.message


def test_ids_as_key_parts():
    """An id serves as a key part, and is stored as well."""
    decoder = sink(("i", "id", {}), ("q", "string", {"Quantum": "Y"}), primary_key_fields=["i", "q"])
    assert stored(decode(decoder, '{"i": 5, "q": "a"}').batch) == [{"_id": "5|a", "i": [5], "q": ["a"]}]


def test_columns_of_a_batch():
    """Columns are as long as the batch, of the stated kinds; strings are kept once, in order of appearance."""
    decoder = sink(("m", "string", {"Mutex": True}), ("s", "ids", {}), allow_missing_fields=True)
    batch = decode(
        decoder,
        '{"id": 1, "m": "b", "s": [3, 3]}',
        '{"id": 1}',
        '{"id": 2, "m": null}',
        '{"id": "x", "m": "never"}',
        '{"id": 3, "m": "a", "s": [4]}',
        '{"id": 4, "m": "b"}',
    ).batch
    mutex, members = batch.columns
    assert isinstance(mutex, MutexColumn)
    assert isinstance(members, SetColumn)
    assert batch.ids.dtype == np.uint64
    assert mutex.states.tolist() == [1, 0, 2, 1, 1]
    assert mutex.rows.keys == ["b", "a"]
    assert mutex.rows.codes[[0, 3, 4]].tolist() == [0, 1, 0]
    assert members.offsets.tolist() == [0, 2, 2, 2, 3, 3]
    assert members.rows.tolist() == [3, 3, 4]
    assert (members.rows.dtype, members.offsets.dtype, mutex.states.dtype) == (np.uint64, np.int64, np.uint8)


def test_columns_that_say_nothing_are_left_out():
    """A field that no record of the request gives is no column; the records are still there."""
    decoder = sink(("m", "int", {}), ("s", "ids", {}), allow_missing_fields=True)
    batch = decode(decoder, '{"id": 1}', '{"id": 2, "s": []}').batch
    assert batch.columns == ()
    assert batch.ids.tolist() == [1, 2]
    assert len(batch) == 2
