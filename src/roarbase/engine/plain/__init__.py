"""The plain engine: numpy arrays per shard, written to be obviously right.

    state.py       the port: schema, assign, apply, run
    table.py       one table: its records, fields and lock
    names/         ids and keys numbered densely: records, rows of fields
    columns/       how values stand in memory: numbers, codes, pairs
    operators/     what a plan asks, one operator per file

Positions are counted from 0 in order of first write. Masks are bool arrays over all
positions of a table; nobody writes into a mask once it is made.
"""

__all__: list[str] = []
