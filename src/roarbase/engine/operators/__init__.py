"""What a plan asks, one operator per file; `answer.py` holds the table of them.

An operator works under the table's lock and gives what is left to do without it: a function
that makes Python objects of gathered arrays. Names of rows and records may be looked up there
too, since what an applied batch has named keeps its number.

scan.py      one run of a plan on a table: its fields, checked, its kernels and slots
choices.py   which rows of a field take part: PQL's options of Rows
paging.py    which groups a GroupBy gives, and in which order
cells.py     gathered values, and Python objects of them
"""

__all__: list[str] = []
