"""The later language of 2023: SQL text to a program, beside that of June 2022.

    text ─► words ─► syntax ─► typed tree ─► passes ─► bitmaps alone (lowering), or
            reading/           binding/                 bitmaps, then DuckDB for the residue (residue/)

`compiler.py` walks this road. What both languages mean the same (types, conditions as bitmaps, rewrites, plans)
stands one level up, and is used here.
"""

__all__: list[str] = []
