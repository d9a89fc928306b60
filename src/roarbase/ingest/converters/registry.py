"""The table of ingest types."""

from roarbase.ingest.converters.bool import BOOL
from roarbase.ingest.converters.date_int import DATE_INT
from roarbase.ingest.converters.decimal import DECIMAL
from roarbase.ingest.converters.id import ID
from roarbase.ingest.converters.ids import IDS
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.converters.int import INT
from roarbase.ingest.converters.record_time import RECORD_TIME
from roarbase.ingest.converters.string import STRING
from roarbase.ingest.converters.strings import STRINGS
from roarbase.ingest.converters.timestamp import TIMESTAMP

__all__ = ["INGEST_TYPES", "LATER_TYPES"]

INGEST_TYPES: dict[str, IngestType] = {
    t.name: t for t in (ID, IDS, STRING, STRINGS, BOOL, INT, DECIMAL, TIMESTAMP, DATE_INT, RECORD_TIME)
}

LATER_TYPES = ("signedIntBoolKey", "lookupText")
"""Known by name, and refused until they are built."""
