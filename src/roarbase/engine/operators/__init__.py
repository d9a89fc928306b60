"""What a plan asks, one operator per file; `answer.py` holds the table of them.

An operator works under the table's lock and gives what is left to do without it: a function
that makes Python objects of gathered arrays, or goes on gathering where that is much.

scan.py       one run of a plan on a table: its fields, checked, its kernels and slots
turns.py      when a run gives others the table, and begins again
reach.py      which tables a plan reads beside its own
duration.py   which questions take long, and what they read
selection.py  which records a filter selects, as a bitmap to keep
gathering.py  values of many records, read piece by piece while writes go on
taking.py     values of some records in several fields, by one kernel call
gathered.py   what was gathered: picked, ordered and joined without the lock
first_by.py   which records can be among the first in an order
ordering.py   sorting by several keys
choices.py    which rows of a field take part: PQL's options of Rows
paging.py     which groups a GroupBy gives, and in which order
cells.py      Python objects of what was gathered
referring.py  keys for the numbers of a field that refers to a table
"""

__all__: list[str] = []
