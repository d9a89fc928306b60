"""Aggregates over all records of a field, maintained by each write.

numbers.py  how many values, their sum, and for small domains a histogram
rows.py     how many records hold each row
"""

__all__: list[str] = []
