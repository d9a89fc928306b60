"""PQL text to a program.

    text ─► calls (parser) ─► steps with plans (calls/), one per call

`calls/` holds one file per call of the language; `frame` is what each of them fills.
"""

from roarbase.query.pql.compiler import compile_pql
from roarbase.query.pql.parser import parse

__all__ = ["compile_pql", "parse"]
