"""From bitmap nodes to kernel programs: one node per file.

filter.py     a piece of program, what it costs, and how pieces are put together
compiler.py   the table of nodes; inputs are compiled before the node that has them
holding.py    records holding some rows, for the three nodes that name rows
named.py      the same of rows, or of references by key
bitmaps.py    bitmaps made for one query, from positions
joining.py    records that the values of a field name, for the two nodes that read another table
own_ids.py    ids and positions of a table as bitmaps, from one to the other
selection.py  the records that an edit is about, as the log keeps them
"""

__all__: list[str] = []
