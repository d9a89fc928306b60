"""Roarbase without a server: `roarbase.open(path)` gives a `Database` in this process.

opening.py        from a directory to an open database
database.py       the database, which brings together what follows
tables.py         making and dropping tables and fields
options.py        options of fields as Python writes them
statements.py     statements in both languages
answers.py        what a statement gives: rows, records, one value, Arrow
sources.py        where columns come from
batches.py        from columns to a batch of the engine
reading.py        a column as values, whatever it comes as
loading.py        from any number of columns to batches, a few at a time
place.py          where a wrong value stands, for its error
values.py         the kinds of values that come in columns
converters/       from values to the column of a field, one file per type of field
python_values.py  lists and numpy arrays as values
python_lists.py   lists, value by value
arrow_values.py   Arrow arrays as values
arrow_tables.py   Arrow tables and streams, a piece at a time
parquet.py        Parquet files likewise
arrow_answers.py  results as Arrow tables
heavy.py          what is loaded only when it is used

What it takes and gives is told in docs/embedded.md.
"""

from roarbase.embedded.answers import Answer
from roarbase.embedded.database import Database
from roarbase.embedded.opening import open_database

__all__ = ["Answer", "Database", "open_database"]
