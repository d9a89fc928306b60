"""What bitmaps do not answer: DuckDB runs it over the needed columns of the records that bitmaps chose.

`printing.py` makes the text, from a tree that is checked: no word of a user's statement is in it but as a quoted
literal. `running.py` gathers and asks; `duck.py`, loaded with the first such statement, holds the locked connection.
"""

__all__: list[str] = []
