"""The stand-alone reader reads what the engine wrote, by the page of the format alone."""

import ast
import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.results import ExtractResult
from roarbase.testing.batches import Write, batch_of
from tests.engine.generated import SPECS
from tests.engine.local_fakes import write_and_wait
from tests.engine.snapshots.test_images import varied

READER = Path(__file__).parents[2] / "examples" / "read_folder.py"
SHARD = 2**20


def opened(directory: Path, *, is_keyed: bool | None = False, specs: tuple[FieldSpec, ...] = SPECS) -> LocalEngine:
    """An engine in a directory with a table of every type of field, beside the one that a field refers to."""
    engine = open_local_engine(directory, DiskFileStore(), BitmapState, 1 << 40)
    if not engine.schema().tables:
        engine.change(CreateTable(table="w", name="towns", is_keyed=True))
        engine.change(CreateTable(table="t", name="table", is_keyed=is_keyed))
        for spec in specs:
            engine.change(CreateField(table="t", field_id=f"id of {spec.name}", spec=spec))
    return engine


def write(engine: LocalEngine, writes: list[Write], *, is_keyed: bool) -> None:
    outcome: Any = write_and_wait(engine, batch_of("t", SPECS, writes, is_keyed=is_keyed))
    assert isinstance(outcome, int), outcome


def delete(engine: LocalEngine, *names: Any) -> None:
    outcome: Any = write_and_wait(engine, e.Edits(table="t", steps=(e.DeleteRecords(p.RecordSet(names)),)))  # type: ignore[arg-type]
    assert isinstance(outcome, int), outcome


def read(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(READER), str(directory), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def records(directory: Path, *arguments: str) -> dict[Any, dict[str, Any]]:
    """What the reader tells of the table, by id or key."""
    done = read(directory, "table", *arguments)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {record.pop("_id"): {n: _sorted(v) for n, v in record.items()} for record in found}


def answers(engine: LocalEngine) -> dict[Any, dict[str, Any]]:
    """What the engine answers, in the reader's words."""
    fields = tuple(engine.schema().get_table("table").fields)
    result = engine.run("t", p.Extract(input=p.All(), fields=fields), Budget())
    assert isinstance(result, ExtractResult)
    specs = engine.schema().get_table("table").fields
    columns = [[_told(specs[f], cell) for cell in c.cells] for f, c in zip(fields, result.fields, strict=True)]
    return {
        name: {f: cell for f, cell in zip(fields, cells, strict=True) if cell is not None}
        for name, *cells in zip(result.records.cells, *columns, strict=True)
    }


def _sorted(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _told(spec: FieldSpec, cell: Any) -> Any:
    if cell is None or (spec.type.is_multivalued and not cell):
        return None
    if spec.type is FieldType.DECIMAL:
        return str(Decimal(cell).scaleb(-spec.scale))
    if spec.type is FieldType.TIMESTAMP:
        return datetime.fromtimestamp(cell, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return sorted(cell) if spec.type.is_multivalued else cell


def test_it_is_short_and_stands_alone() -> None:
    """At most 200 lines, which import numpy, zstandard and what Python brings."""
    text = READER.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    tree = ast.walk(ast.parse(text))
    names = {n for node in tree if isinstance(node, ast.Import | ast.ImportFrom) for n in _imported(node)}
    assert names - set(sys.stdlib_module_names) == {"numpy", "zstandard"}


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."]
    return [name.partition(".")[0] for name in names]


@pytest.mark.parametrize("is_keyed", [False, True])
def test_every_type_of_field_is_read(tmp_path: Path, is_keyed: bool) -> None:
    """All values of all records, those with extreme numbers, far ids and odd keys too; deleted ones are gone."""
    names: list[Any] = [*range(300), SHARD - 1, SHARD, 5 * SHARD, 2**33, 2**63 - 1, 2**63, 2**64 - 2]
    if is_keyed:
        names = [f"key {name}" for name in names] + ["", "é", "a\nb"]
    engine = opened(tmp_path, is_keyed=is_keyed)
    write(engine, [(name, varied(i)) for i, name in enumerate(names)], is_keyed=is_keyed)
    extreme = {"count": -(2**63), "price": 2**63 - 1, "tags": [*range(20)], "seen": -1, "town": "Ely", "words": [""]}
    write(engine, [(names[3], extreme), (names[5], {"count": 2**63 - 1})], is_keyed=is_keyed)
    delete(engine, *names[10:40], names[-3])
    write(engine, [(names[-3], {"town": "town 1"}), *(("again", {}),) * is_keyed], is_keyed=is_keyed)
    engine.snapshot()
    assert records(tmp_path) == answers(engine)
    assert f"table: {len(answers(engine))} records; count (int), price (decimal)" in read(tmp_path).stdout
    engine.close()


def test_empty_tables_are_read(tmp_path: Path) -> None:
    """Tables without records, without a shard, and such whose kind of record is not decided."""
    for place, is_keyed in enumerate((None, False, True)):
        directory = tmp_path / str(place)
        engine = opened(directory, is_keyed=is_keyed)
        engine.snapshot()
        engine.close()
        assert records(directory) == {}
        assert "table: 0 records" in read(directory).stdout


def test_entries_behind_the_snapshots_are_told(tmp_path: Path) -> None:
    """What only the log has is never passed over in silence; who asks for the files alone gets these."""
    engine = opened(tmp_path)
    write(engine, [(1, {"count": 1})], is_keyed=False)
    refused = read(tmp_path, "table")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "has no MANIFEST" in refused.stderr
    engine.snapshot()
    before = answers(engine)
    last = engine.sequence()
    write(engine, [(2, {"count": 2}), (3, {})], is_keyed=False)
    refused = read(tmp_path, "table")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"whatever belongs to no shard lacks the log entries {last + 1} to {last + 1}" in refused.stderr
    assert records(tmp_path, "--as-of-files") == before
    engine.close()
    assert read(tmp_path, "table").returncode == 1  # a mark stands behind the entry now


def test_a_changed_byte_is_told(tmp_path: Path) -> None:
    """A file that is not what was written is named, whatever stands in it."""
    engine = opened(tmp_path)
    write(engine, [(i, varied(i)) for i in range(50)], is_keyed=False)
    engine.snapshot()
    engine.close()
    shard = next(tmp_path.glob("shard-*"))
    content = shard.read_bytes()
    for at in (9, 70, len(content) - 9):
        shard.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        done = read(tmp_path, "table")
        assert done.returncode == 1
        assert shard.name in done.stderr
