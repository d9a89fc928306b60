"""Typed answers of queries. The data plane renders them in the shape its caller asks for.

Every result can also be seen as a `ResultTable`: named, typed columns of equal length.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "BoolResult",
    "Cells",
    "CountResult",
    "DataType",
    "DistinctResult",
    "ExplainResult",
    "ExplainStep",
    "ExtractResult",
    "GroupsResult",
    "NoResult",
    "RecordsResult",
    "Remarked",
    "Result",
    "ResultColumn",
    "ResultTable",
    "RowCount",
    "RowResult",
    "RowsResult",
    "SortedResult",
    "TopRowsResult",
    "ValueCountResult",
]

Cells = Sequence[object]
"""Values of one column: int, str, bool, float, tuples of int or str for sets, None for null."""


class DataType(StrEnum):
    """The type of a result column, spelled as the v1 headers spell it."""

    UINT64 = "uint64"
    INT64 = "int64"
    STRING = "string"
    BOOL = "bool"
    FLOAT64 = "float64"
    DECIMAL = "decimal"
    TIMESTAMP = "timestamp"
    UINT64_SET = "[]uint64"
    STRING_SET = "[]string"
    FLOAT64_LIST = "[]float64"


@dataclass(kw_only=True, slots=True)
class ResultColumn:
    """One column. Decimal cells are integers, the value times 10^scale; timestamps likewise, of seconds since 1970.

    `sql_type` is the type as SQL names it, such as "decimal(2)", where the answer is one of the later SQL.

    Not frozen: small answers have many, and a frozen one takes five times as long to make.
    """

    name: str
    type: DataType
    cells: Cells
    scale: int = 0
    sql_type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultTable:
    """Named columns of equal length; no columns where a statement has no rows."""

    columns: tuple[ResultColumn, ...] = ()

    def table(self) -> "ResultTable":
        return self


def _named(name: str, cells: Cells, *, is_keyed: bool) -> ResultColumn:
    return ResultColumn(name=name, type=DataType.STRING if is_keyed else DataType.UINT64, cells=cells)


@dataclass(frozen=True, kw_only=True, slots=True)
class Remarked:
    """A table with what is said beside it.

    Attributes:
        warnings: What stood in the statement and had no effect.
        plan: How it was answered, in JSON; empty if nobody asked.
    """

    answer: ResultTable
    warnings: tuple[str, ...] = ()
    plan: str = ""

    def table(self) -> ResultTable:
        return self.answer


@dataclass(frozen=True, kw_only=True, slots=True)
class NoResult:
    """A statement that answers nothing, such as DROP TABLE."""

    def table(self) -> ResultTable:
        return ResultTable()


@dataclass(frozen=True, kw_only=True, slots=True)
class BoolResult:
    """Whether a write changed something."""

    value: bool

    def table(self) -> ResultTable:
        return ResultTable(columns=(ResultColumn(name="result", type=DataType.BOOL, cells=[self.value]),))


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordsResult:
    """Records, in ascending order of id (keyed tables: of position): ids, or keys if `is_keyed`."""

    records: Cells
    is_keyed: bool

    def table(self) -> ResultTable:
        return ResultTable(columns=(_named("_id", self.records, is_keyed=self.is_keyed),))


@dataclass(frozen=True, kw_only=True, slots=True)
class CountResult:
    """How many."""

    count: int

    def table(self) -> ResultTable:
        return ResultTable(columns=(ResultColumn(name="count", type=DataType.UINT64, cells=[self.count]),))


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsResult:
    """Rows of one field, in order of row id: ids, or keys if `is_keyed`."""

    field: str
    rows: Cells
    is_keyed: bool

    def table(self) -> ResultTable:
        return ResultTable(columns=(_named(self.field, self.rows, is_keyed=self.is_keyed),))


@dataclass(frozen=True, kw_only=True, slots=True)
class RowCount:
    """A row (id or key) and how many records hold it."""

    row: int | str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TopRowsResult:
    """Rows of one field by count, descending."""

    field: str
    rows: tuple[RowCount, ...]
    is_keyed: bool

    def table(self) -> ResultTable:
        return ResultTable(
            columns=(
                _named(self.field, [r.row for r in self.rows], is_keyed=self.is_keyed),
                ResultColumn(name="count", type=DataType.UINT64, cells=[r.count for r in self.rows]),
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RowResult:
    """One row of a field and how many records hold it; `row` is None, with count 0, where no record holds any."""

    field: str
    row: int | str | None
    count: int
    is_keyed: bool

    def table(self) -> ResultTable:
        return ResultTable(
            columns=(
                _named(self.field, [self.row], is_keyed=self.is_keyed),
                ResultColumn(name="count", type=DataType.UINT64, cells=[self.count]),
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueCountResult:
    """A sum, minimum, maximum or percentile, and how many records it stands for.

    `value` is None, with count 0, where no record had a value. Decimals are scaled integers.
    `is_percentile`: the native answer then spells an absent value null, and a decimal as a float, too.
    """

    value: int | None
    count: int
    type: DataType = DataType.INT64
    scale: int = 0
    is_percentile: bool = False

    def table(self) -> ResultTable:
        value = 0 if self.value is None else self.value
        return ResultTable(
            columns=(
                ResultColumn(name="value", type=self.type, cells=[value], scale=self.scale),
                ResultColumn(name="count", type=DataType.INT64, cells=[self.count]),
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class DistinctResult:
    """The distinct values of one field, ascending; decimals as scaled integers.

    `are_references`: they are keys of another table's records, which a number field holds.
    """

    column: ResultColumn
    are_references: bool = False

    def table(self) -> ResultTable:
        return ResultTable(columns=(self.column,))


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupsResult:
    """Groups with at least one record.

    Attributes:
        fields: A column for each group field, with the row or number that each group has there.
        counts: How many records each group has.
        aggregate: A column with the aggregate of each group; None if none was asked for.
    """

    fields: tuple[ResultColumn, ...]
    counts: Cells
    aggregate: ResultColumn | None = None

    def table(self) -> ResultTable:
        counts = ResultColumn(name="count", type=DataType.UINT64, cells=self.counts)
        aggregates = () if self.aggregate is None else (self.aggregate,)
        return ResultTable(columns=(*self.fields, counts, *aggregates))


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractResult:
    """Field values of records: `_id` first, then the fields asked for."""

    records: ResultColumn
    fields: tuple[ResultColumn, ...] = field(default=())

    def table(self) -> ResultTable:
        return ResultTable(columns=(self.records, *self.fields))


@dataclass(frozen=True, kw_only=True, slots=True)
class SortedResult:
    """Records in the order of a field's values, with these values."""

    records: ResultColumn
    values: ResultColumn

    def table(self) -> ResultTable:
        return ResultTable(columns=(self.records, self.values))


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainStep:
    """One step of a plan, and those whose records it takes.

    Attributes:
        step: What it does, as the plan says it.
        reads: What it reads for that, in words.
        estimated: How many records it was thought to select before it ran.
        actual: How many it selects; of the question itself, how many it is about.
        read_bytes: How many bytes are read at most: where nothing is selected any more, blocks are passed over.
        microseconds: How long it took, everything inside it included.
        bandwidth_share: What part of the memory bandwidth of the machine that is; 1 is all of it.
    """

    step: str
    reads: str
    estimated: int
    actual: int
    read_bytes: int
    microseconds: int
    bandwidth_share: float
    inputs: "tuple[ExplainStep, ...]" = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainResult:
    """A plan as it was run."""

    root: ExplainStep

    def table(self) -> ResultTable:
        steps = [*_with_depth(self.root, 0)]
        return ResultTable(
            columns=(
                _named("step", [f"{'  ' * depth}{step.step}" for depth, step in steps], is_keyed=True),
                _named("reads", [step.reads for _, step in steps], is_keyed=True),
                _named("estimated", [step.estimated for _, step in steps], is_keyed=False),
                _named("actual", [step.actual for _, step in steps], is_keyed=False),
                _named("read_bytes", [step.read_bytes for _, step in steps], is_keyed=False),
                _named("microseconds", [step.microseconds for _, step in steps], is_keyed=False),
                ResultColumn(
                    name="bandwidth_share", type=DataType.FLOAT64, cells=[step.bandwidth_share for _, step in steps]
                ),
            )
        )


def _with_depth(step: ExplainStep, depth: int) -> Iterator[tuple[int, ExplainStep]]:
    yield depth, step
    for each in step.inputs:
        yield from _with_depth(each, depth + 1)


Result = (
    BoolResult
    | CountResult
    | DistinctResult
    | ExplainResult
    | ExtractResult
    | GroupsResult
    | NoResult
    | RecordsResult
    | ResultTable
    | RowResult
    | RowsResult
    | SortedResult
    | TopRowsResult
    | ValueCountResult
)
