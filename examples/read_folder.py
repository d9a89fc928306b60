"""Read a table from a copied folder, with nothing of Roarbase: what docs/storage-format.md says is enough.

    python read_folder.py FOLDER                  the tables, their fields, and how many records each has
    python read_folder.py FOLDER TABLE            its records, one JSON object a line

FOLDER is the directory of a deployment or database, copied while nobody had it open, or what `roarbase backup` wrote.
The records are those of the snapshot files. Where the log has entries that these files lack, nothing is read,
since it would be a table of no moment: open such a folder with Roarbase, or give --as-of-files to read it all the same.
"""

import json
import struct
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import zstandard

SHARD_POSITIONS = 1 << 20
INDEX = "roarbase-backup.json"
HEADER, RECORD = struct.Struct("<8sII16sQQQ8x"), struct.Struct("<8sIIQQBB6x")
Sections = dict[tuple[str, str], Any]


class Folder:
    """The files of one directory, each checked when it is read. Raises ValueError where one is not what was written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys: dict[str, str] = {}  # of a backup: where each file stands
        if (path / INDEX).exists():
            self.keys = {file["name"]: file["key"] for file in json.loads((path / INDEX).read_text())["files"]}
        if not self._place("MANIFEST").exists():
            raise ValueError(f"{path} has no MANIFEST: all there is, if anything, is in the log")
        self.sequence, manifest, _ = self.snapshot("MANIFEST")
        self.tables = {table["name"]: Table(self, table) for table in manifest["tables"]}

    def _place(self, name: str) -> Path:
        return self.path / self.keys.get(name, name)

    def snapshot(self, name: str) -> tuple[int, dict[str, Any], Sections]:
        """The sequence number, the `about` and the sections of a snapshot file."""
        content = self._place(name).read_bytes()
        magic, version, crc, log_id, sequence, at, length = HEADER.unpack_from(content)
        table = content[at : at + length]
        blank = HEADER.pack(magic, version, 0, log_id, sequence, at, length)
        if magic != b"ROARSNP\n" or version != 1 or zlib.crc32(table, zlib.crc32(blank)) != crc:
            raise ValueError(f"{name} is not what was written")
        found = json.loads(table)
        sections = {(row["field"], row["what"]): _values(name, row, content) for row in found["sections"]}
        return sequence, found["about"], sections

    def last_entry(self) -> int:
        """The number of the last entry in the log: the first one of its last segment tells where to count from."""
        names = [name for name in self.keys if name.startswith("log-")] or [p.name for p in self.path.glob("log-*.seg")]
        content = self._place(max(names)).read_bytes()
        marker, following, at = content[16:24], int.from_bytes(content[32:40], "little"), 64
        while at + RECORD.size <= len(content):
            found, crc, length, number, _, _, kind = RECORD.unpack_from(content, at)
            if found != marker or kind == 2 or zlib.crc32(content[at + 12 : at + RECORD.size + length]) != crc:
                break
            following = number + 1 if kind == 0 else following
            at += RECORD.size + -(-length // 8) * 8
        if following <= self.sequence or (content[at:].strip(b"\0") and kind != 2):
            raise ValueError(f"{max(names)} is not whole from byte {at} on: open the folder with Roarbase once")
        return following - 1

    def lacking(self) -> list[str]:
        """Which shards lack entries that the log has. None: the files are the tables as they were at the end."""
        last = self.last_entry()
        shards = [(name, shard) for name, table in self.tables.items() for shard in table.row["shards"]]
        found = [(f"shard {shard['shard']} of table {name}", shard["covers"]) for name, shard in shards]
        return [
            f"{what} lacks the log entries {n + 1} to {last}"
            for what, n in [("whatever belongs to no shard", self.sequence), *found]
            if n < last
        ]


def _values(name: str, row: dict[str, Any], content: bytes) -> Any:
    packed = content[row["offset"] : row["offset"] + row["size"]]
    if zlib.crc32(packed) != row["crc"]:
        raise ValueError(f"section {row['what']!r} of {name} is not what was written")
    kind = np.dtype(row["type"])
    unpacked = zstandard.ZstdDecompressor().decompress(packed, max_output_size=row["count"] * kind.itemsize)
    values = np.frombuffer(unpacked, "u1").reshape(kind.itemsize, row["count"]).T.copy().view(kind).reshape(-1)
    return values if row["base"] == 0 else values.astype(np.int64) + row["base"]


class Table:
    """One table of a folder."""

    def __init__(self, folder: Folder, row: dict[str, Any]) -> None:
        self.folder, self.row = folder, row

    def shards(self) -> Iterator[tuple[int, Sections]]:
        """Number and sections of each shard that has a file."""
        for shard in self.row["shards"]:
            if shard["file"]:
                yield shard["shard"], self.folder.snapshot(shard["file"])[2]

    def count(self) -> int:
        """How many records there are."""
        return sum(len(_inside(sections, "exists")) for _, sections in self.shards())

    @cached_property
    def keys(self) -> dict[int, str]:
        """What stands where, of a table with keys; also keys of deleted records that others refer to."""
        found: dict[int, str] = {}
        for shard, sections in self.shards():
            positions = _inside(sections, "taken") + shard * SHARD_POSITIONS
            found.update(zip(positions.tolist(), _texts(sections, "") if len(positions) else (), strict=True))
        return found

    def read(self) -> Iterator[dict[str, Any]]:
        """The records, in order of positions: `_id`, and fields that have a value."""
        rows = {field["id"]: self._rows(field) for field in self.row["fields"]}
        for shard, sections in self.shards():
            inside = _inside(sections, "exists")
            records = [{"_id": name} for name in self._names(shard, inside, sections)]
            for field in self.row["fields"]:
                for place, value in self._column(field, sections, inside, rows[field["id"]]):
                    records[place][field["spec"]["name"]] = value
            yield from records

    def _names(self, shard: int, inside: Any, sections: Sections) -> list[Any]:
        positions = (inside + shard * SHARD_POSITIONS).tolist()
        if self.row["is_keyed"]:
            return [self.keys[position] for position in positions]
        words = sections.get(("", "ids"), np.zeros(SHARD_POSITIONS, "<i8"))[inside].tolist()
        return [w - (w > 0) + (1 << 63) if w else p for w, p in zip(words, positions, strict=True)]

    def _rows(self, field: dict[str, Any]) -> list[Any]:
        found: list[Any] = [False, True] if field["spec"]["type"] == "bool" else []
        for row in sorted((r for r in self.row["rows"] if r["field"] == field["id"]), key=lambda r: r["first"]):
            sections = self.folder.snapshot(row["file"])[2]
            keyed = (field["id"], "key sizes") in sections
            found += _texts(sections, field["id"]) if keyed else sections[field["id"], "row ids"].tolist()
        return found

    def _column(self, field: dict[str, Any], sections: Sections, inside: Any, rows: list[Any]) -> Iterator[Any]:
        spec, of = field["spec"], {what: values for (id_, what), values in sections.items() if id_ == field["id"]}
        if "values" in of:
            places = np.flatnonzero(_bits(of["not null"])[inside]) if "not null" in of else np.arange(len(inside))
            yield from zip(places.tolist(), self._numbers(spec, of["values"][inside[places]]), strict=True)
            return
        pairs = [np.stack((inside, values[inside])) for what, values in of.items() if what.startswith("plane ")]
        codes = [(p, c - 1) for pair in pairs for p, c in pair.T[pair[1] > 0].tolist()]
        codes += [(w >> 32, w & (1 << 32) - 1) for w in of.get("beside", np.zeros(0, "<u8")).tolist()]
        places = {position: place for place, position in enumerate(inside.tolist())}
        held: dict[int, list[Any]] = defaultdict(list)
        for position, code in codes:
            held[places[position]].append(rows[code])
        has_many = spec["type"] in ("set", "time")
        yield from ((place, found if has_many else found[0]) for place, found in held.items())

    def _numbers(self, spec: dict[str, Any], values: Any) -> list[Any]:
        if spec["type"] == "timestamp":
            return np.datetime_as_string(values.astype(f"M8[{spec['unit']}]")).tolist()
        if spec["foreign_index"]:
            return [self.folder.tables[spec["foreign_index"]].keys.get(position) for position in values.tolist()]
        return [Decimal(v).scaleb(-spec["scale"]) if spec["type"] == "decimal" else v for v in values.tolist()]


def _inside(sections: Sections, what: str) -> Any:
    return np.flatnonzero(_bits(sections.get(("", what), np.zeros(0, "<u8"))))


def _bits(words: Any) -> Any:
    return np.unpackbits(words.view("u1"), bitorder="little").astype(bool)


def _texts(sections: Sections, field: str) -> list[str]:
    content, ends = sections[field, "key bytes"].tobytes(), np.cumsum(sections[field, "key sizes"], dtype=np.int64)
    return [content[a:b].decode() for a, b in zip([0, *ends.tolist()], ends.tolist(), strict=False)]


def main(folder: Folder, names: list[str], *, as_of_files: bool) -> None:
    lacking = folder.lacking()
    if lacking and not as_of_files:
        raise ValueError("\n".join(["the log has entries behind the snapshots; --as-of-files reads these:", *lacking]))
    for record in (record for name in names for record in folder.tables[name].read()):
        print(json.dumps(record, default=str))
    for table in () if names else folder.tables.values():
        fields = ", ".join(f"{f['spec']['name']} ({f['spec']['type']})" for f in table.row["fields"])
        print(f"{table.row['name']}: {table.count()} records; {fields}")


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if argument != "--as-of-files"]
    try:
        main(Folder(Path(given[0])), given[1:], as_of_files=len(given) < len(sys.argv) - 1)
    except (ValueError, OSError, LookupError) as error:
        sys.exit(f"{error if given else __doc__}")
