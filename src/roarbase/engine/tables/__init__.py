"""Tables, their fields, and what writes do to them.

table.py           one table: its records, fields and the room of its shards
fields.py          one field: its column, the names of its rows, its cached bitmaps
frozen.py          a private copy of some fields, for long questions
schema_changes.py  what a schema change would alter, and making it so
assigning.py       from a batch to its log entry: positions for new records, ids for new keys
naming.py          from a log entry to names: what a replayed entry brings
watch.py           what was written to while a long reading goes on
writing.py         from a log entry to the columns
verifying.py       what writes maintain, worked out again
"""

__all__: list[str] = []
