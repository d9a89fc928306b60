"""How the values of one field stand in memory.

numbers.py   int, decimal, timestamp: a number and whether there is one
codes.py     mutex, bool: one row per record, as its number in the field's names
pairs.py     set, time: any number of rows per record
"""

__all__: list[str] = []
