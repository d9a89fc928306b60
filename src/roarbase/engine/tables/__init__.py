"""Tables, their fields, and what writes do to them.

table.py           one table: its records, fields and the room of its shards
fields.py          one field: its column, the names of its rows, its cached bitmaps
unloaded.py        what snapshots keep of a field and is not in its column yet
frozen.py          a private copy of some fields, for long questions
schema_changes.py  what a schema change would alter, and making it so
assigning.py       from a batch to its log entry: positions for new records, ids for new keys
narrowing.py       a batch without the records that are not known
position_sets.py   sets of positions as the log keeps them
naming.py          from a log entry to names: what a replayed entry brings
watch.py           what was written to while a long reading goes on
applying.py        from a log entry to the table: what is worked out while others read, and the rest
touched.py         which shards an entry of the log writes to
writing.py         a batch: every column takes its part
appending.py       a batch whose records are all new and in line
parts.py           what a batch brings to one shard
value_writes.py    numbers, mutex and bool
set_writes.py      set and time
deleting.py        the end of records
row_edits.py       one row for many records at once
undoing.py         what a step is about to change, to be put back
transaction.py     steps made before they are logged, and undone together
verifying.py       what writes maintain, worked out again
"""

__all__: list[str] = []
