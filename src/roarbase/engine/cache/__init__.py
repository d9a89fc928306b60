"""Bitmaps of rows and of ranges of numbers that were asked for again, kept correct by writes.

keys.py     what a cached bitmap is of
bitmaps.py  the bitmaps of one field, and what a write does to them
store.py    all of them under one budget: the least recently used goes first
"""

__all__: list[str] = []
