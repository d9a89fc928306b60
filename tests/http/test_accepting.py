"""The header Accept, as RFC 9110 has it."""

import pytest

from roarbase.planes.accepting import wanted

JSON, CSV, ARROW = "application/json", "text/csv", "application/vnd.apache.arrow.stream"

HEADERS = {
    "": JSON,
    "*/*": JSON,
    "text/html, application/xml;q=0.9, */*;q=0.8": JSON,
    "text/html": JSON,
    "text/csv": CSV,
    " Text/CSV ; header=present ": CSV,
    "text/*": CSV,
    "application/*": JSON,
    "text/csv, */*": CSV,
    "*/*, text/csv": CSV,
    "text/csv, application/json": CSV,
    "application/json, text/csv": JSON,
    "text/csv;q=0": JSON,
    "text/csv; Q=0.0, */*": JSON,
    "application/json;q=0, */*": CSV,
    "application/json;q=0, text/*;q=0, */*;q=0.1": ARROW,
    f"{ARROW};q=0.5, text/csv": CSV,
    f"{ARROW}, text/csv;q=0.999": ARROW,
    f"text/csv;q=0.2, {ARROW};q=0.3, application/json;q=0.1": ARROW,
    "*/*;q=0.9, text/csv;q=0.1": JSON,
    "text/csv;q=2, text/csv;q=, text/csv;q=x": JSON,
    ",, ;q=1": JSON,
}


@pytest.mark.parametrize(("header", "form"), HEADERS.items())
def test_wanted(header: str, form: str) -> None:
    """The closest range says what a type weighs; the one that weighs most is taken."""
    assert wanted(header, (JSON, CSV, ARROW)) == form
