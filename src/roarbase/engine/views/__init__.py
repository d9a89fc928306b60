"""The calendar views of time fields: which records got which rows in each year, month, day and hour.

calendar.py  units of the calendar, and numbers for them
spans.py     which views a question between two times takes
stamps.py    who got which row in which unit, as sorted words
during.py    the rows of a field within a span, to be read like a column
"""

__all__: list[str] = []
