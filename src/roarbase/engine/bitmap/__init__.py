"""The bitmap engine: columns in buffers that kernels read, a program per query.

    state.py     the port: schema, assign, apply, run
    table.py     one table: its records, fields and the room of its shards
    fields.py    one field: its column and the names of its rows
    layout.py    positions, shards, blocks; aligned buffers
    bits.py      bitmaps in words
    buffers.py   the buffers of a column, with the addresses that kernels want
    columns/     how values stand in buffers
    counters/    aggregates maintained by writes
    cache/       bitmaps that were asked for again, under a budget
    writing.py   from a log entry to the columns
    slots.py     the pointer table of a query
    filters/     from bitmap nodes to kernel programs, one node per file
    grouping/    counting by combinations of values
    operators/   what a plan asks, one operator per file
    verifying.py what writes maintain, worked out again

Columns are the truth; everything else follows from them. Positions are counted from 0 in
order of first write and fall in shards of 2^20.
"""

__all__: list[str] = []
