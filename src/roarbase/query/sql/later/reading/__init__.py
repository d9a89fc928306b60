"""Words to syntax: one file per part of the grammar.

sqlglot cuts the text into words. The grammar is read here: sqlglot's compiled parser cannot be derived from, keeps
no places but of names, and binds `||`, `!` and NOT otherwise than this language does.
"""

__all__: list[str] = []
