"""What a plan asks, one operator per file; `answer.py` holds the table of them.

An operator works in two steps. Called with a scan, under the table's lock, it selects records and gathers
what it needs of them. What it returns makes the result without the lock, so that a write waits for the
first step only: some milliseconds for a million records, where making their cells takes a second.

scan.py       one run of a plan on a table: its fields, checked, and its order of records
bitmaps.py    sets of records as masks, one function per node
gathering.py  the values of a field among selected records, held on to or copied
ordering.py   sorting by several keys, or selecting the first few
choices.py    which rows of a field take part: PQL's options of Rows
grouping.py   combinations of values of several fields, numbered
totals.py     counts, exact sums, extremes and distinct counts per group
cells.py      gathered values as Python objects
"""

__all__: list[str] = []
