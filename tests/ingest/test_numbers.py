"""The exact plain parser against fractions, and the fast one against the plain one."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.ingest.numbers import BEYOND, NotANumber, Ordinary, exact, plain_text
from roarbase.ingest.tokens import Tokens

DIGITS = st.text("0123456789", min_size=1, max_size=25)
JSON_WHOLE = st.one_of(st.just("0"), st.from_regex(r"[1-9][0-9]{0,24}", fullmatch=True))


@st.composite
def json_numbers(draw):
    """A number as JSON writes it."""
    text = draw(st.sampled_from(["", "-"])) + draw(JSON_WHOLE)
    if draw(st.booleans()):
        text += "." + draw(DIGITS)
    if draw(st.booleans()):
        text += draw(st.sampled_from("eE")) + draw(st.sampled_from(["", "+", "-"])) + str(draw(st.integers(0, 30)))
    return text


@st.composite
def quoted_numbers(draw):
    """A number in a string, with what people put around it."""
    text = draw(st.sampled_from(["", "-", "+", " ", " -"])) + draw(st.one_of(st.just(""), DIGITS))
    text += draw(st.one_of(st.just(""), st.just("."), DIGITS.map(lambda d: "." + d)))
    return f'"{text}{draw(st.sampled_from(["", " "]))}"'


ODD_TOKENS = st.sampled_from(
    ["", "null", "true", "[1]", "[\n1\n]", '""', '"."', '"-"', '"1e5"', '"1-2"', '"1.2.3"', '"\\u0031"', '"1/2"', '":"']
)
TOKENS = st.one_of(json_numbers(), quoted_numbers(), ODD_TOKENS)


@given(json_numbers(), st.integers(0, 18))
def test_exact_is_the_truncated_fraction(text, scale):
    """`exact` is value * 10^scale cut toward zero, whatever the digits and the exponent."""
    number = Fraction(text) * 10**scale
    expected = int(abs(number)) * (-1 if number < 0 else 1)
    found = exact(text.encode(), scale)
    assert found == expected or (abs(expected) >= BEYOND and abs(found) == BEYOND and found * expected > 0)


@given(json_numbers())
def test_plain_text_is_the_same_number(text):
    """A number written out is the same number, has no exponent, and writing it again changes nothing."""
    plain = plain_text(text.encode())
    assert Fraction(plain) == Fraction(text)
    assert "e" not in plain.lower()
    assert plain_text(plain.encode()) == plain


@given(st.lists(TOKENS, max_size=12), st.integers(0, 18))
def test_fast_equals_plain(tokens, scale):
    """Whatever the fast parser says it has read, the plain parser reads the same."""
    column = Tokens([token.encode() for token in tokens])
    ordinary = Ordinary(column)
    values, fits = ordinary.scaled(scale)
    wholes = ordinary.whole()
    for row, token in enumerate(tokens):
        if ordinary.are_read[row]:
            number = exact(token.encode(), scale)
            assert fits[row] == (abs(number) < 2**63)
            assert not fits[row] or values[row] == number
            assert wholes[row] == abs(exact(token.encode(), 0))


@pytest.mark.parametrize(
    "token", ["5", "-5", "4.35", '"4.35"', '"-0.5"', "9999999999999999999", "0.999999999999999999"]
)
def test_usual_numbers_are_read_fast(token):
    """The usual forms do not fall to the plain parser."""
    assert Ordinary(Tokens([b"", token.encode()])).are_read.tolist() == [False, True]


@pytest.mark.parametrize("token", ["", "null", '""', '"x"', "1e5", "99999999999999999999", '"1-2"', '"."', "[1]"])
def test_other_tokens_are_left_alone(token):
    """What is unusual or no number is left to the plain parser, also beside usual numbers."""
    assert Ordinary(Tokens([token.encode(), b"5"])).are_read.tolist() == [False, True]


def test_huge_exponents_and_digits_take_no_time():
    """Numbers of absurd size are neither expanded nor refused by Python's digit limit."""
    assert exact(b"1e999999999999999999999", 2) == BEYOND
    assert exact(b"-1e999999999999999999999", 2) == -BEYOND
    assert exact(b"1e-999999999999999999999", 2) == 0
    assert exact(b"9" * 100_000, 0) == BEYOND
    assert exact(b"0." + b"0" * 100_000 + b"1e100001", 0) == 1
    with pytest.raises(NotANumber):
        plain_text(b"1e401")


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_tokens_are_found_again(items):
    """Each token stands in the joined text where it is said to stand, newlines in it or not."""
    column = Tokens(items)
    text = column.text.tobytes()
    assert [text[s : s + n] for s, n in zip(column.starts.tolist(), column.lengths.tolist(), strict=True)] == items
