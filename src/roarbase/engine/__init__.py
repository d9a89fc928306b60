"""The database as a library: tables, records, plans and the log. Batches, edits and plans in, results out.

plan.py          what can be asked, in frozen nodes that both languages compile to
edits.py         what a write can do to records that are there: delete them, clear and store rows
port.py          the engine as the rest of Roarbase knows it
local.py         the engine of one machine: a state in memory, and the log that rebuilds it
writer.py        from queued writes to log and memory, group by group
commit_order.py  which steps of writes may wait for the disk together
estimates.py     about how much memory a write takes
editing.py       from a step of a write to its log entry
state.py         the port between the two
bitmap_state.py  the state: tables, and the way through a run or a write
verify.py        what writes maintain, worked out again from the log alone
view_expiry.py   the end of calendar views, by the clock
tables/          tables, fields, and what writes do to them
names/           ids and keys, and the numbers that stand for them
columns/         how values stand in buffers
views/           who got which row when, in units of the calendar
buffers/         arrays that kernels read
counters/        aggregates maintained by writes
cache/           bitmaps that were asked for again, under a budget
filters/         from bitmap nodes to kernel programs, one node per file
grouping/        counting by combinations of values
operators/       what a plan asks, one operator per file
kernels/         programs over buffers: compiled, and their plain twins
storage/         the log and its files

Columns are the truth; counters and cached bitmaps follow from them, and every write keeps them right.
"""

__all__: list[str] = []
