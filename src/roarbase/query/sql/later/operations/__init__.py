"""What is done to values: one file per family, and one table of all."""

from roarbase.query.sql.later.operations.arithmetic import ARITHMETIC
from roarbase.query.sql.later.operations.chains import CHAINS
from roarbase.query.sql.later.operations.logic import LOGIC
from roarbase.query.sql.later.operations.operation import Operation
from roarbase.query.sql.later.operations.sets import SETS
from roarbase.query.sql.later.operations.statistics import STATISTICS
from roarbase.query.sql.later.operations.strings import STRINGS
from roarbase.query.sql.later.operations.times import TIMES
from roarbase.query.sql.later.operations.vectors import VECTORS

__all__ = ["OPERATIONS"]

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (*ARITHMETIC, *CHAINS, *LOGIC, *SETS, *STATISTICS, *STRINGS, *TIMES, *VECTORS)
}
