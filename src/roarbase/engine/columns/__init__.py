"""How the values of one field stand in buffers that kernels read.

exists.py   which records there are: a bitmap
numbers.py  int, decimal, timestamp: narrow offsets from a base, a not-null bitmap, zones
widths.py   the narrowest width that holds a span of numbers, and where its base goes
codes.py    mutex, bool: one plane of codes
sets.py     set, time: several planes, and beside them what overflows
planes.py   what codes.py and sets.py share
growth.py   when there is one plane more, and what it takes from the overflow
overflow.py the rows of records that have more than their shard has planes
lists.py    any number of codes per record, as sorted pairs
"""

__all__: list[str] = []
