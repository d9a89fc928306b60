"""Customer segmentation: the same data and the same 29 questions for Roarbase and for what one would use instead.

python -m bench.cseg --records 1000000

generate.py   the data, by seed          processes.py  a process for each system
dataset.py    its columns, on disk       worker.py     what runs in it
queries/      the table of questions     measure.py    answers compared, then medians
systems/      one file per system        report.py     the table as Markdown
"""

from bench.cseg.command import main

__all__ = ["main"]
