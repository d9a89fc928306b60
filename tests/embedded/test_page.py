"""The page about embedded use tells what happens."""

import doctest
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[2]
PAGE, README = ROOT / "docs" / "embedded.md", ROOT / "README.md"


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example gives what the page says, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    found = doctest.testfile(str(PAGE), module_relative=False)
    assert found.failed == 0
    assert found.attempted > 15


def test_the_example_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it is printed there, beside a file of that name."""
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table({"_id": [3], "age": [40], "city": ["Lyon"]}), "people.parquet")
    exec(next(block for block in blocks if "roarbase.open" in block))
    assert capsys.readouterr().out == "(('Lyon', 2), ('Oslo', 1))\n1\n"
