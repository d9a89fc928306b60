"""Arrays: how positions fall into shards and blocks, and what columns are made of.

arrays.py   arrays that grow, and the few array operations that everybody uses
layout.py   positions, shards, blocks; aligned buffers
arena.py    memory for large buffers, in large pages
buffers.py  the buffers of a column, with the addresses that kernels want
bits.py     bitmaps in words
picks.py    some positions of a shard, to take values away from
pages.py    arrays in pages, with gaps, for the hash maps
runs.py     sorted runs
totals.py   exact sums
stretch.py  what is written to new records that stand one behind the other
"""

__all__: list[str] = []
