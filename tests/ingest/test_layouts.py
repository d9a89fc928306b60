"""Go's layouts of times: what each element reads, and the reader of whole columns against that of one text."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.ingest.fixed_layouts import fixed_layout_or_none
from roarbase.ingest.layouts import NAMED_LAYOUTS, Layout, layout_of
from roarbase.ingest.tokens import Tokens

# The layout, the text, and the moment that it means; None where it means none.
CASES = [
    ("RFC3339", "2022-06-30T12:00:00Z", "2022-06-30 12:00:00"),
    ("RFC3339", "2022-06-30T12:00:00+02:00", "2022-06-30 10:00:00"),
    ("RFC3339", "2022-06-30T12:00:00-00:30", "2022-06-30 12:30:00"),
    ("RFC3339", "2022-06-30T12:00:00.25Z", "2022-06-30 12:00:00.250"),
    ("RFC3339", "2022-06-30T12:00:00,25Z", "2022-06-30 12:00:00.250"),
    ("RFC3339", "2022-06-30T9:00:00Z", "2022-06-30 09:00:00"),
    ("RFC3339", "2022-06-30T12:00:00", None),
    ("RFC3339", "2022-06-30T12:00:00.Z", None),
    ("RFC3339", "2022-06-30t12:00:00z", None),
    ("RFC3339", "2022-06-30T12:00:00+25:00", None),
    ("RFC3339", "2022-06-30T12:00:00+02:60", None),
    ("RFC3339", " 2022-06-30T12:00:00Z", None),
    ("RFC3339", "2022-06-30T12:00:00Z ", None),
    ("RFC3339", "2022-06-30T24:00:00Z", None),
    ("RFC3339", "2022-06-30T12:60:00Z", None),
    ("RFC3339", "2022-06-30T12:00:60Z", None),
    ("RFC3339", "2022-13-30T12:00:00Z", None),
    ("RFC3339", "2022-06-31T12:00:00Z", None),
    ("RFC3339", "2022-00-30T12:00:00Z", None),
    ("RFC3339", "٢٠٢٢-06-30T12:00:00Z", None),
    ("RFC3339Nano", "2022-06-30T12:00:00Z", "2022-06-30 12:00:00"),
    ("RFC3339Nano", "2022-06-30T12:00:00.1234567899Z", "2022-06-30 12:00:00.123456789"),
    ("2006-01-02", "2024-02-29", "2024-02-29 00:00:00"),
    ("2006-01-02", "2023-02-29", None),
    ("2006-01-02", "1900-02-29", None),
    ("2006-01-02", "2000-02-29", "2000-02-29 00:00:00"),
    ("2006-01-02", "0001-01-01", "0001-01-01 00:00:00"),
    ("2006-01-02", "9999-12-31", "9999-12-31 00:00:00"),
    ("2006-01-02", "2022-6-30", None),
    ("2006-1-2", "2022-6-3", "2022-06-03 00:00:00"),
    ("2006-1-2", "2022-06-03", "2022-06-03 00:00:00"),
    ("2006-01-2", "2022-06-30", "2022-06-30 00:00:00"),
    ("02/01/2006 15:04:05", "30/06/2022 23:59:59", "2022-06-30 23:59:59"),
    ("01/02/06 03:04:05PM", "06/30/22 12:00:01AM", "2022-06-30 00:00:01"),
    ("01/02/06 03:04:05PM", "06/30/22 12:00:01PM", "2022-06-30 12:00:01"),
    ("01/02/06 03:04:05PM", "06/30/22 13:00:01PM", None),
    ("01/02/06 03:04:05PM", "06/30/22 11:00:01pm", None),
    ("1/2/06 3:04pm", "6/3/22 1:05pm", "2022-06-03 13:05:00"),
    ("06-01-02", "68-01-01", "2068-01-01 00:00:00"),
    ("06-01-02", "69-01-01", "1969-01-01 00:00:00"),
    ("20060102", "20220630", "2022-06-30 00:00:00"),
    ("20060102150405", "20220630120000", "2022-06-30 12:00:00"),
    ("2006-01-02 15:04:05.000", "2022-06-30 12:00:00.007", "2022-06-30 12:00:00.007"),
    ("2006-01-02 15:04:05.000", "2022-06-30 12:00:00.07", None),
    ("2006-01-02 15:04:05.000", "2022-06-30 12:00:00", None),
    ("2006-01-02 15:04:05,999", "2022-06-30 12:00:00", "2022-06-30 12:00:00"),
    ("2006-01-02 15:04:05,999", "2022-06-30 12:00:00.5", "2022-06-30 12:00:00.500"),
    ("Jan 2, 2006", "Jun 30, 2022", "2022-06-30 00:00:00"),
    ("Jan 2, 2006", "JUN  3,  2022", "2022-06-03 00:00:00"),
    ("Jan 2, 2006", "June 30, 2022", None),
    ("January 2, 2006", "may 30, 2022", "2022-05-30 00:00:00"),
    ("Mon Jan _2 2006", "Thu Jun  2 2022", "2022-06-02 00:00:00"),
    ("Monday, 2006-01-02", "thursday, 2022-06-30", "2022-06-30 00:00:00"),
    ("Monday, 2006-01-02", "Someday, 2022-06-30", None),
    ("2006-002", "2022-001", "2022-01-01 00:00:00"),
    ("2006-002", "2024-366", "2024-12-31 00:00:00"),
    ("2006-002", "2023-366", None),
    ("2006-002", "2023-000", None),
    ("2006-01 002", "2023-02 032", "2023-02-01 00:00:00"),
    ("2006-01 002", "2023-02 031", None),
    ("2006 __2", "2022   7", "2022-01-07 00:00:00"),
    ("2006 __2", "2022 107", "2022-04-17 00:00:00"),
    ("_2006-01-02", "_2022-06-30", "2022-06-30 00:00:00"),
    ("2006-01-02 -0700", "2022-06-30 +0130", "2022-06-29 22:30:00"),
    ("2006-01-02 -07", "2022-06-30 -03", "2022-06-30 03:00:00"),
    ("2006-01-02 -07:00:00", "2022-06-30 -00:00:01", "2022-06-30 00:00:01"),
    ("2006-01-02 Z070000", "2022-06-30 +000001", "2022-06-29 23:59:59"),
    ("2006-01-02 -07:00", "2022-06-30 Z", None),
    ("2006-01-02 MST", "2022-06-30 UTC", "2022-06-30 00:00:00"),
    ("2006-01-02 MST", "2022-06-30 GMT", "2022-06-30 00:00:00"),
    ("2006-01-02 MST", "2022-06-30 CET", None),
    ("year 2006 (.*)", "year 2022 (.*)", "2022-01-01 00:00:00"),
    ("Monthly 2006", "Monthly 2022", "2022-01-01 00:00:00"),
    ("2006Januar", "2022Januar", "2022-01-01 00:00:00"),
]


@pytest.mark.parametrize(("layout", "text", "expected"), CASES)
def test_a_text_means_what_go_reads(layout: str, text: str, expected: str | None) -> None:
    """Each element of a layout reads its part of a text, and nothing else may stand there."""
    read = layout_of(layout).read(text)
    assert read == (None if expected is None else moment(expected))


def moment(text: str) -> tuple[int, int]:
    whole, _, fraction = text.partition(".")
    passed = datetime.fromisoformat(whole).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return passed.days * 86_400 + passed.seconds, int(fraction.ljust(9, "0") or "0")


def test_a_year_of_zeros_is_before_all_others() -> None:
    """The year 0, which Go has and no field can hold, is read as a moment that is out of range."""
    read = layout_of("DateOnly").read("0000-01-01")
    assert read is not None
    assert read[0] < -(10**11)


@pytest.mark.parametrize("name", sorted(NAMED_LAYOUTS))
def test_layouts_that_go_has_names_for(name: str) -> None:
    """A named layout is the layout itself, which reads itself, where MST is UTC."""
    layout = layout_of(name)
    assert layout.has_year
    text = layout.text.replace("MST", "UTC").replace("Z07:00", "Z").replace(".999999999", ".5").replace("_2", " 2")
    read = layout.read(text)
    assert read is not None
    assert read[0] // 86_400 == 13_150  # 2006-01-02


@pytest.mark.parametrize("layout", ["15:04", "Jan _2 15:04:05", "", "yyyy-MM-dd", "01-02"])
def test_layouts_without_a_year(layout: str) -> None:
    """A layout that says no year gives no moment, and says so of itself."""
    assert not Layout(layout).has_year


SEPARATORS = st.sampled_from(["", "-", "/", "T", " ", ":", "é", "\\", "at "])
ORDERS = st.permutations(["2006", "01", "02", "15", "04", "05"])
FRACTIONS = st.sampled_from(
    # As the layout has it, and as the text does.
    [("", ""), ("", ".5"), ("", ",123456789"), ("", ".1234567891234"), (".000", ".007"), (".999", ""), (",9", ".25")]
)
ZONES = st.sampled_from(
    [
        *(("", ""), ("Z07:00", "Z"), ("Z07:00", "-05:30"), ("Z0700", "Z"), ("Z0700", "+2400"), ("Z07", "+03")),
        *((" -0700", " +0130"), ("-07:00:00", "-00:00:59"), ("-070000", "+235959"), ("Z07:00:00", "+01:02:03")),
    ]
)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))


@st.composite
def layouts(draw: st.DrawFn) -> tuple[str, str]:
    """A layout of digits, and a text that is one of it."""
    at = draw(MOMENTS)
    fields = {"2006": at.year, "01": at.month, "02": at.day, "15": at.hour, "04": at.minute, "05": at.second}
    pairs = []
    for part in draw(ORDERS)[: draw(st.integers(3, 6))]:
        between, fraction = draw(SEPARATORS), draw(FRACTIONS) if part == "05" else ("", "")
        pairs.append((between + part + fraction[0], f"{between}{fields[part]:0{len(part)}d}{fraction[1]}"))
        if fraction != ("", ""):
            pairs.append(("/", "/"))
    pairs.append(draw(ZONES))
    layout, text = ("".join(parts) for parts in zip(*pairs, strict=True))
    return layout, text


EDITS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from("0123459-:.TZ é")), max_size=2)


@given(layouts(), EDITS, st.booleans())
def test_columns_are_read_as_texts_are(
    sample: tuple[str, str], edits: list[tuple[int, str]], is_lengthened: bool
) -> None:
    """What the reader of columns understands it reads as the reader of texts does, whatever is wrong with the text."""
    layout, text = sample
    fixed = fixed_layout_or_none(layout)
    assert layout_of(layout).read(text) is not None or not layout_of(layout).has_year
    if fixed is None:
        return
    texts = [text]
    for place, char in edits:
        texts.append(text[:place] + char + text[place + (not is_lengthened) :])
    tokens = Tokens([f'"{each}"'.encode() for each in texts if "\\" not in each] + [b"5", b"null", b""])
    seconds, nanos, is_read = fixed.read(tokens)
    for row in range(len(tokens) - 3):
        if is_read[row]:
            assert (int(seconds[row]), int(nanos[row])) == layout_of(layout).read(texts[row])
    assert not is_read[len(tokens) - 3 :].any()


@given(MOMENTS, st.sampled_from(["", ".5", ".123456789"]), st.sampled_from(["RFC3339", "RFC3339Nano", "DateTime"]))
def test_the_usual_layouts_are_read_by_column(at: datetime, fraction: str, layout: str) -> None:
    """Ordinary times of ordinary layouts are understood by the reader of columns."""
    fixed = fixed_layout_or_none(layout)
    text = at.strftime("%m-%dT%H:%M:%S") + fraction + "Z"
    text = f"{at.year:04d}-{text}"
    if layout == "DateTime":
        text = text.replace("T", " ")[:-1]
    assert fixed is not None
    seconds, nanos, is_read = fixed.read(Tokens([f'"{text}"'.encode()]))
    assert is_read.all()
    passed = at.replace(microsecond=0) - datetime(1970, 1, 1)
    assert int(seconds[0]) == passed // timedelta(seconds=1)
    assert int(nanos[0]) == int(fraction[1:].ljust(9, "0") or "0")
