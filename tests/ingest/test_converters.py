"""Each ingest type, value by value: a JSON token and what becomes of it.

An expectation that begins with `!` is an error with these words in it.
"""

import pytest

from tests.ingest.reading import CLEAR, decode, sink, stored

NOTHING = "nothing stored"

TWO_64 = 2**64

CASES = {
    ("id", "set"): [
        ("7", [7]),
        ("0", [0]),
        ("7.9", [7]),
        ("7e2", [700]),
        ("9007199254740993", [9007199254740993]),
        (f"{TWO_64 - 2}", [TWO_64 - 2]),
        (f'"{TWO_64 - 2}"', [TWO_64 - 2]),
        ('" 12 "', [12]),
        ('"\\u0031"', [1]),
        ('""', NOTHING),
        ('"  "', NOTHING),
        ("null", NOTHING),
        (f"{TWO_64 - 1}", "! too large"),
        (f"{TWO_64}", "! too large"),
        ("1e400", "! too large"),
        ("123456789012345678901234567890", "! too large"),
        ("-1", "! negative"),
        ('"-1"', "! negative"),
        ('"1e3"', "! use as ID"),
        ('"twelve"', "! use as ID"),
        ('"1_0"', "! use as ID"),
        ('"\u0661"', "! use as ID"),
        ("true", "! use as ID"),
        ("[1]", "! use as ID"),
        ("{}", "! use as ID"),
    ],
    ("id", "mutex"): [("7", 7), ('"7"', 7), ("null", CLEAR), ('""', NOTHING), ("-7", "! negative")],
    ("ids", "set"): [
        ("[1, 2]", [1, 2]),
        ("[\n1,\n2\n]", [1, 2]),
        ('[1, "2"]', [1, 2]),
        (f"[{TWO_64 - 2}]", [TWO_64 - 2]),
        ('"[1, 2]"', [1, 2]),
        ('"1,2"', [1, 2]),
        ('"5"', [5]),
        ("[]", NOTHING),
        ('"[]"', NOTHING),
        ('""', NOTHING),
        ("null", NOTHING),
        ("[1, -2]", "! negative"),
        ('[1, "x"]', '! "x" in the list'),
        ('"1,,2"', "! no id"),
        ("[1, null]", "! no id"),
        ("[[1]]", "! use as ID"),
        ("[1, true]", "! use as ID"),
        (f"[{TWO_64 - 1}]", "! too large"),
        ("5", "! no list"),
        ("true", "! no list"),
        ("{}", "! no list"),
    ],
    ("string", "set"): [
        ('"a"', ["a"]),
        ('" a "', [" a "]),
        ('"caf\\u00e9 \\ud83d\\ude00\\n"', ["café 😀\n"]),
        ("5", ["5"]),
        ("1000000.0", ["1000000"]),
        ("1e6", ["1000000"]),
        ("1.50", ["1.5"]),
        ("-0.0", ["0"]),
        ("25e-4", ["0.0025"]),
        ("123456789012345678901234567890", ["123456789012345678901234567890"]),
        ("true", ["true"]),
        ("false", ["false"]),
        ('""', NOTHING),
        ("null", NOTHING),
        ('"null"', ["null"]),
        ("1e999999999", "! no text"),
        ("[]", "! no text"),
        ("{}", "! no text"),
    ],
    ("string", "mutex"): [('"a"', "a"), ("null", CLEAR), ('""', NOTHING), ("5", "5"), ("[1]", "! no text")],
    ("strings", "set"): [
        ('["a", "b"]', ["a", "b"]),
        ('["a", "", "b"]', ["a", "b"]),
        ('["a,b"]', ["a,b"]),
        ('"a,b"', ["a", "b"]),
        ('"[a, \\"b\\"]"', ["a", ' "b"']),
        ('",a,"', ["a"]),
        ("[]", NOTHING),
        ('"[]"', NOTHING),
        ('""', NOTHING),
        ("null", NOTHING),
        ("[1]", "! no list of strings"),
        ('["a", null]', "! no list of strings"),
        ("5", "! no list of strings"),
        ("{}", "! no list of strings"),
    ],
    ("bool", "bool"): [
        ("true", 1),
        ("false", 0),
        ("1", 1),
        ("-3", 1),
        ("0", 0),
        ("0.5", 0),
        ("1e400", 1),
        ('" TRUE "', 1),
        ('"t"', 1),
        ('"1"', 1),
        ('"F"', 0),
        ('"0"', 0),
        ('"false"', 0),
        ('""', NOTHING),
        ("null", CLEAR),
        ('"yes"', "! no boolean"),
        ("[]", "! no boolean"),
    ],
    ("int", "reference"): [
        ('"ann"', "ann"),
        ('"12"', "12"),
        ('" a|b "', " a|b "),
        ("12", "12"),
        ("12.50", "12.5"),
        ("-3e1", "-30"),
        ("true", "true"),
        ('""', NOTHING),
        ("null", CLEAR),
        ("[]", "! no key of a record"),
        ('{"x": 1}', "! no key of a record"),
        ("1e999", "! no key of a record"),
    ],
    ("int", "int"): [
        ("5", 5),
        ("-5", -5),
        ("5.9", 5),
        ("-5.9", -5),
        ("5e2", 500),
        ("15e-1", 1),
        ("9007199254740993", 9007199254740993),
        (f"{2**63 - 1}", 2**63 - 1),
        (f"{-(2**63)}", -(2**63)),
        ('"42"', 42),
        ('" +42 "', 42),
        ('"-0"', 0),
        ('"0000000000000000000000000042"', 42),
        ('""', NOTHING),
        ("null", CLEAR),
        (f"{2**63}", "! out of range"),
        (f"{-(2**63) - 1}", "! out of range"),
        ("1e30", "! out of range"),
        ('"x"', "! not a number"),
        ('"1e3"', "! not a number"),
        ('"0x10"', "! not a number"),
        ('"NaN"', "! not a number"),
        ("true", "! not a number"),
        ("[1]", "! not a number"),
        ("{}", "! not a number"),
    ],
    ("decimal", "decimal"): [
        ("4.35", 435),
        ('"4.35"', 435),
        ('"-12.50"', -1250),
        ("-12.509", -1250),
        ('"5"', 500),
        ('".5"', 50),
        ('"5."', 500),
        ("1e2", 10000),
        ("1e-2", 1),
        ("1e-3", 0),
        ("1e-999999999999", 0),
        ("0.29", 29),
        ("92233720368547758.07", 2**63 - 1),
        ("-92233720368547758.08", -(2**63)),
        ('"0.1234567890123456789012345"', 12),
        ('""', NOTHING),
        ("null", CLEAR),
        ("92233720368547758.08", "! out of range"),
        ('"1e2"', "! out of range"),
        ('"1.2.3"', "! out of range"),
        ('"."', "! out of range"),
        ('"--1"', "! out of range"),
        ('"5,1"', "! out of range"),
        ("false", "! out of range"),
        ("[]", "! out of range"),
    ],
}

CONFIGS = {"mutex": {"Mutex": True}, "decimal": {"Scale": 2}, "reference": {"ForeignIndex": "people"}}

ROWS = [(kind, form, token, expected) for (kind, form), cases in CASES.items() for token, expected in cases]


@pytest.mark.parametrize(("kind", "form", "token", "expected"), ROWS)
def test_value(kind, form, token, expected):
    """A value is stored as its type says, or refused with a sentence that names field, place and value."""
    decoder = sink(("x", kind, CONFIGS.get(form, {})))
    decoded = decode(decoder, f'{{"id": 1, "x": {token}}}')
    if isinstance(expected, str) and expected.startswith("! "):
        assert decoded.batch is None
        (error,) = decoded.verdicts
        assert error.code == "InvalidParameter"
        assert expected[2:] in error.message
        assert "'x'" in error.message
        assert "$.value.x" in error.message
    else:
        assert list(decoded.verdicts) == [None]
        assert stored(decoded.batch) == [{"_id": 1} | ({} if expected == NOTHING else {"x": expected})]


def test_all_values_together():
    """Many values in one request become what each becomes alone."""
    for (kind, form), cases in CASES.items():
        decoder = sink(("x", kind, CONFIGS.get(form, {})))
        values = [f'{{"id": 1, "x": {token}}}' for token, _ in cases]
        together = decode(decoder, *values)
        alone = [decode(decoder, value) for value in values]
        assert list(together.verdicts) == [next(iter(d.verdicts)) for d in alone]
        assert stored(together.batch) == [record for d in alone for record in stored(d.batch)]


@pytest.mark.parametrize(
    ("token", "is_good"), [("0", True), ("150", True), ("-1", False), ("151", False), ("1e9", False)]
)
def test_int_bounds(token, is_good):
    """Min and Max are both allowed; beyond them the error names the bounds."""
    decoded = decode(sink(("age", "int", {"Min": 0, "Max": 150})), f'{{"id": 1, "age": {token}}}')
    assert (decoded.batch is not None) == is_good
    if not is_good:
        (error,) = decoded.verdicts
        assert error.message.startswith(f"value provided for int field is out of range: {token} ")
        assert "allowed are 0 to 150" in error.message


@pytest.mark.parametrize("scale", [0, 1, 17, 18])
def test_decimal_at_every_scale(scale):
    """The largest and smallest values of a scale are kept exactly; one beyond is refused."""
    decoder = sink(("d", "decimal", {"Scale": scale}))

    def text(units):
        digits = f"{abs(units):0{scale + 1}d}"
        point = len(digits) - scale
        return ("-" if units < 0 else "") + digits[:point] + ("." + digits[point:] if scale else "")

    for units in (0, 1, -1, 2**63 - 1, -(2**63)):
        for quote in ("", '"'):
            decoded = decode(decoder, f'{{"id": 1, "d": {quote}{text(units)}{quote}}}')
            assert stored(decoded.batch) == [{"_id": 1, "d": units}]
    for units in (2**63, -(2**63) - 1):
        (error,) = decode(decoder, f'{{"id": 1, "d": {text(units)}}}').verdicts
        assert error.message.startswith("value provided for decimal field is out of range")


def test_quantum_makes_a_set_without_times():
    """A field with a Quantum takes its values as a set does."""
    decoder = sink(("x", "string", {"Quantum": "YMD"}), ("y", "ids", {"Quantum": "D", "TTL": "24h"}))
    decoded = decode(decoder, '{"id": 1, "x": "a", "y": [1, 2]}')
    assert stored(decoded.batch) == [{"_id": 1, "x": ["a"], "y": [1, 2]}]


def test_shown_value_is_short_and_printable():
    """A long or unprintable value does not fill the answer."""
    (error,) = decode(sink(("x", "int", {})), '{"id": 1, "x": "%s\u202e"}' % ("9" * 10_000)).verdicts
    assert len(error.message) < 300
    (error,) = decode(sink(("x", "int", {})), '{"id": 1, "x": "\u202e\x7f"}').verdicts
    assert error.message.isprintable()
