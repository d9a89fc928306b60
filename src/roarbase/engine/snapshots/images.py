"""One shard of a table as sections of a file, and back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from roarbase.engine.buffers.pieces import Image, Pieces
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.storage.manifest import ShardAbout
from roarbase.engine.storage.snapshot_file import Labelled, Section
from roarbase.engine.tables.fields import Field, RowField
from roarbase.engine.tables.table import Table
from roarbase.engine.tables.unloaded import Part
from roarbase.engine.views.during import RowsDuring

__all__ = [
    "RECORDS",
    "Column",
    "ShardImage",
    "about_of",
    "field_images",
    "image_of",
    "load_shard",
    "part_of",
    "shard_image",
]

Column = NumberColumn | CodeColumn | SetColumn

RECORDS = ""
"""Sections of no field: which records there are, and what they are called."""

_ADDED_UP = frozenset(("summary", "histogram", "row codes", "row counts"))
"""Pieces that a field adds up over all shards: what they take is not theirs alone, and little."""


@dataclass(frozen=True, slots=True)
class ShardImage:
    """A shard as it was at one moment.

    Attributes:
        sequence: The last entry whose effects are in it.
        sections: Works out what is to be written; takes as long as it likes.
    """

    sequence: int
    about: ShardAbout
    sections: Callable[[], list[Labelled]]


def shard_image(table: Table, shard: int, sequence: int) -> ShardImage:
    """Copy a shard, nothing being assigned that is not applied; what is never changed is only referred to."""
    about = about_of(table, shard)
    images = [
        (field.id, image)
        for field in (table.fields.values() if about.capacity else ())
        for image in field_images(field, shard)
    ]
    return image_of(table, sequence, about, images)


def about_of(table: Table, shard: int) -> ShardAbout:
    """How large a shard is now."""
    capacity = table.capacity(shard)
    used = int(table.extents[shard]) if capacity else 0
    return ShardAbout(table=table.id, shard=shard, used=used, capacity=capacity)


def image_of(table: Table, sequence: int, about: ShardAbout, images: Sequence[tuple[str, Image]]) -> ShardImage:
    """Copy what belongs to no field, and add it to these images by field."""
    own: list[tuple[str, Image]] = []
    if table.records is not None:
        own.append((RECORDS, table.records.image(about.shard)))
    if about.capacity:
        own.append((RECORDS, table.exists.image(about.shard)))
    found = [*own, *images]
    return ShardImage(sequence, about, lambda: [Labelled(field, piece) for field, image in found for piece in image()])


def field_images(field: Field, shard: int, copy: Column | None = None) -> list[Image]:
    """The images of a field's column and stamps.

    Args:
        copy: A copy of the column, which nobody changes any more: its pieces need not be copied now.
    """
    assert not isinstance(field.column, RowsDuring)
    stamps = field.stamps if isinstance(field, RowField) else None
    column = field.column.image(shard) if copy is None else _of_copy(copy, shard)
    return [column, *(() if stamps is None else (stamps.image(shard),))]


def _of_copy(copy: Column, shard: int) -> Image:
    return lambda: copy.image(shard)()


def load_shard(table: Table, about: ShardAbout, records: Pieces, fields: Mapping[str, Part]) -> None:
    """Fill a shard of which the table has nothing yet; of fields, later. Those that were dropped since are passed over.

    Args:
        records: What belongs to no field.
        fields: What does, by the field's id.
    """
    shard = about.shard
    table.load_room(shard, about.used, about.capacity)
    if table.records is not None:
        table.records.load(shard, records)
    if about.capacity:
        table.exists.load(shard, records)
        for field in table.fields.values():
            if field.id in fields:
                field.unloaded.put(shard, fields[field.id], partial(_load_field, field, shard))


def part_of(sections: Mapping[str, Section]) -> Part:
    """What a file has of one field."""
    size_bytes = sum(section.nbytes for what, section in sections.items() if what not in _ADDED_UP)
    return Part(size_bytes, lambda: {what: section.piece() for what, section in sections.items()})


def _load_field(field: Field, shard: int, pieces: Pieces) -> None:
    assert not isinstance(field.loaded, RowsDuring)
    field.loaded.load(shard, pieces)
    if isinstance(field, RowField) and field.loaded_stamps is not None:
        field.loaded_stamps.load(shard, pieces)
