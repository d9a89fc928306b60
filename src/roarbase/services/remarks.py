"""What is said beside the answer to a statement."""

from roarbase.model.results import Remarked, Result
from roarbase.query.program import Program, Warn

__all__ = ["remarked"]


def remarked(result: Result, program: Program, plan: Result) -> Result | Remarked:
    """The result, with the warnings of its program and its plan, if there are any.

    Args:
        plan: A table of one cell, or nothing.
    """
    warnings = tuple(step.text for step in program if isinstance(step, Warn))
    told = "".join(str(column.cells[0]) for column in plan.table().columns)
    return Remarked(answer=result.table(), warnings=warnings, plan=told) if warnings or told else result
