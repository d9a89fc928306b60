"""Counting records by combinations of values.

axes.py         one field to group by: which of its rows or numbers count, and whether null does
tally.py        what counting gives, and how tallies of different records are put side by side
dense.py        one kernel call, into an array with a cell per combination
one_by_one.py   the same for records that planes do not tell everything of
histogram.py    likewise for one number field: how often each number occurs
sparse.py       shard by shard over selected records, where such an array would be too large
maintained.py   nothing to count: all records by one field, from its counters
row_bitmaps.py  records by row of one field, over cached bitmaps of its rows
counting.py     which of these, and aggregates that are counts of one more field
"""

__all__: list[str] = []
