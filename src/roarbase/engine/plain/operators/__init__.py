"""What a plan asks, one operator per file; `answer.py` holds the table of them.

scan.py       one run of a plan on a table: its fields, checked, and its order of records
bitmaps.py    sets of records as masks, one function per node
ordering.py   sorting by several keys, or selecting the first few
choices.py    which rows of a field take part: PQL's options of Rows
grouping.py   combinations of values of several fields, numbered
totals.py     counts, exact sums, extremes and distinct counts per group
cells.py      column values as Python objects
"""

__all__: list[str] = []
