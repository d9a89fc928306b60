"""SQL text to a program.

    text ─► words ─► sqlglot tree ─► typed tree ─► passes ─► plan and finishing steps
            guards    parse          conditions,   passes/   bitmaps, plans, finish
            dialect                  selects

`compiler.py` walks this road; `show.py` and `drop.py` hold the statements that need no tree.
What a construct becomes, and what is refused, is told in docs/sql-2022.md.
"""

from roarbase.query.sql.compiler import compile_sql
from roarbase.query.sql.show import render_fields, render_tables

__all__ = ["compile_sql", "render_fields", "render_tables"]
