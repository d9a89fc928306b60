"""Plans: what both languages compile to and the engine runs.

Bitmap nodes give a set of records of one table; the other nodes are what a request can
ask of records. All are frozen and compare by value, so a plan can be printed and cached.
Numbers are in the unit of the field: a decimal of scale 2 asks for 4.35 as 435.
Rows are named as the caller knows them: id, key, or True and False of a bool field. An int field
with a foreign index is asked for, and answers, by the record keys of the table that it refers to:
it takes nodes that name rows, and none that compare or add up numbers.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

__all__ = [
    "All",
    "Bitmap",
    "Count",
    "CountDistinct",
    "Difference",
    "Distinct",
    "Explain",
    "Extract",
    "ExtremeRow",
    "FieldDuring",
    "GroupBy",
    "GroupField",
    "GroupOrder",
    "Having",
    "HoldingRows",
    "IdRange",
    "Intersect",
    "MinMax",
    "NotNull",
    "Nothing",
    "NumberIn",
    "NumberRange",
    "Percentile",
    "Plan",
    "RecordOrder",
    "RecordSet",
    "Records",
    "Referred",
    "Referring",
    "RefersElsewhere",
    "RowIs",
    "RowName",
    "Rows",
    "RowsIn",
    "RowsLike",
    "Shifted",
    "Slice",
    "Stamped",
    "Sum",
    "Summarize",
    "SummaryValue",
    "TimeRange",
    "TopRows",
    "Union",
    "Xor",
]

RowName = int | str | bool


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `start` to `stop`, excluded, in seconds since 1970, UTC; None leaves an end open.

    Asked of a time field it means what records got in the units of the calendar that lie between, by
    the shortest unit of the field's quantum: `start` is rounded down to it, and of a unit that `stop` cuts
    nothing counts (an hour counts if it begins before `stop`). Only time fields can be asked so.
    """

    start: int | None = None
    stop: int | None = None


# ---- sets of records -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class All:
    """Every record that exists."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No record."""


@dataclass(frozen=True, slots=True)
class RecordSet:
    """The records of these ids (or keys, in a keyed table) that exist."""

    records: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class IdRange:
    """Records with `low` <= id <= `high`; None leaves an end open. Tables without keys only."""

    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class RowIs:
    """Records holding this row of a set, mutex, time or bool field. Unknown row: none."""

    field: str
    row: RowName
    during: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class RefersElsewhere:
    """Records that refer to another record than the one with this key. Unknown key: all records."""

    field: str
    row: RowName


@dataclass(frozen=True, slots=True)
class RowsIn:
    """Records holding any of these rows."""

    field: str
    rows: tuple[RowName, ...]
    during: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class RowsLike:
    """Records holding a row whose key matches: `%` any run, `_` one character, case-sensitive."""

    field: str
    pattern: str
    during: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Records with `low` <= value <= `high` in a number field; None leaves an end open."""

    field: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class NumberIn:
    """Records whose value in a number field is one of these."""

    field: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NotNull:
    """Records with a value in the field, of any type."""

    field: str
    during: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """Records in any input. No input: none."""

    inputs: "tuple[Bitmap, ...]"


@dataclass(frozen=True, slots=True)
class Intersect:
    """Records in every input; at least one input."""

    inputs: "tuple[Bitmap, ...]"


@dataclass(frozen=True, slots=True)
class Difference:
    """Records of the first input that are in none of the others; at least one input."""

    inputs: "tuple[Bitmap, ...]"


@dataclass(frozen=True, slots=True)
class Xor:
    """Records in an odd number of inputs. No input: none."""

    inputs: "tuple[Bitmap, ...]"


@dataclass(frozen=True, slots=True)
class Slice:
    """In order of id: skip `offset` records, then keep `limit` (None: all)."""

    input: "Bitmap"
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Referred:
    """Records that are named by a field of another table: their ids or keys are among its values there.

    Values are those of the records that `input` selects in the table with this uuid, which may be the same
    one. Ids are named by numbers (of decimals and timestamps, as they are stored; below 0 nobody is named) and by
    ids of rows, keys by keys of rows and by references. The field `_id` stands for the records themselves.
    Rows of a keyed field name ids, too: by the order of their first use, from 1.
    """

    table: str
    field: str
    input: "Bitmap"


@dataclass(frozen=True, slots=True)
class Referring:
    """Records whose value in a field names a record that `input` selects in the table with this uuid."""

    field: str
    table: str
    input: "Bitmap"


@dataclass(frozen=True, slots=True)
class HoldingRows:
    """Records holding any of the rows that these options choose."""

    rows: "Rows | TopRows"


@dataclass(frozen=True, slots=True)
class Shifted:
    """Existing records whose id is that of a record of the input plus `by`. Tables without keys only."""

    input: "Bitmap"
    by: int


Bitmap = (
    All
    | Nothing
    | RecordSet
    | IdRange
    | RefersElsewhere
    | RowIs
    | RowsIn
    | RowsLike
    | NumberRange
    | NumberIn
    | NotNull
    | Union
    | Intersect
    | Difference
    | Xor
    | Slice
    | HoldingRows
    | Shifted
    | Referred
    | Referring
)


# ---- what can be asked of records ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Records:
    """The records themselves, by id. Gives RecordsResult."""

    input: Bitmap


@dataclass(frozen=True, slots=True)
class Count:
    """How many records. Gives CountResult."""

    input: Bitmap


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Rows of a set, mutex, time or bool field that hold at least one record of `input`, in order of row id.

    `after` starts behind that row; `limit` cuts before `like` is applied; `column` keeps the
    rows of one record; `within` names the rows to give, whether or not they hold records; `during`
    counts only what records got then. Gives RowsResult.
    """

    field: str
    after: RowName | None = None
    limit: int | None = None
    like: str | None = None
    column: int | str | None = None
    within: tuple[RowName, ...] | None = None
    during: TimeRange | None = None
    input: Bitmap = All()


@dataclass(frozen=True, kw_only=True, slots=True)
class TopRows:
    """Rows by count among `input`, descending, ties by ascending row id. `k` None: all.

    Gives TopRowsResult; rows without records are left out. `within` leaves only these rows, `least` those with as
    many records, and `similarity` those more similar to the input than so many percent: the records in both, as a
    part of those in any of the two (Tanimoto's measure, rounded up).
    """

    field: str
    k: int | None = None
    input: Bitmap = All()
    during: TimeRange | None = None
    within: tuple[RowName, ...] | None = None
    least: int = 1
    similarity: int | None = None


@dataclass(frozen=True, slots=True)
class ExtremeRow:
    """The row with the lowest or highest id that records of `input` hold, and how many of them. Gives RowResult."""

    function: Literal["min", "max"]
    field: str
    input: Bitmap = All()


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a number field over records having a value. Gives ValueCountResult."""

    field: str
    input: Bitmap = All()


@dataclass(frozen=True, slots=True)
class MinMax:
    """The lowest or highest value of a number field, and how many records hold it."""

    function: Literal["min", "max"]
    field: str
    input: Bitmap = All()


@dataclass(frozen=True, slots=True)
class Percentile:
    """The number of a field below which `nth` percent (0 to 100) of the records with a value lie.

    It halves the range from the lowest to the highest value until no more records lie below and
    above than may: the answer can be a number between two values, and its count is 1. For 0
    percent it is the lowest value, for 100 the highest, with how many records hold it. Gives ValueCountResult.
    """

    field: str
    nth: Fraction
    input: Bitmap = All()


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct values of a field among `input`: numbers ascending, rows in order of row id."""

    field: str
    input: Bitmap = All()


@dataclass(frozen=True, slots=True)
class RecordOrder:
    """Order records by a field's value (`_id`: by record). Nulls count as lowest, unless as highest."""

    field: str
    is_descending: bool = False
    are_nulls_highest: bool = False


@dataclass(frozen=True, slots=True)
class FieldDuring:
    """What records got in a time field within a range of time."""

    field: str
    during: TimeRange


@dataclass(frozen=True, kw_only=True, slots=True)
class Extract:
    """Field values of records, ordered by `order` and then by id. Gives ExtractResult.

    Order, then `offset`, then `limit` (None: all). Rows of keyed fields order by key.
    """

    input: Bitmap
    fields: tuple[str | FieldDuring, ...]
    order: tuple[RecordOrder, ...] = ()
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupField:
    """One field to group by, with the options of PQL's Rows as in `Rows`."""

    field: str
    after: RowName | None = None
    limit: int | None = None
    like: str | None = None
    column: int | str | None = None
    within: tuple[RowName, ...] | None = None
    during: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class CountDistinct:
    """How many distinct values of a field, among `input`."""

    field: str
    input: Bitmap = All()


@dataclass(frozen=True, slots=True)
class Having:
    """Keep groups with `low` <= subject <= `high`, or all others if `is_negated`."""

    subject: Literal["count", "sum"]
    low: int | None = None
    high: int | None = None
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class GroupOrder:
    """Order groups; stable."""

    subject: Literal["count", "aggregate"]
    is_descending: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupBy:
    """Combinations of one value per field with at least one record, as PQL's GroupBy.

    Records without a value in some field are in no group; a record with several rows of a
    field is in several. With a Sum, `count` counts records having a value and groups with none
    vanish. Having, then order (without one: by row ids, numbers by value), then offset, limit.
    Gives GroupsResult.
    """

    fields: tuple[GroupField, ...]
    input: Bitmap = All()
    aggregate: Sum | CountDistinct | None = None
    having: Having | None = None
    order: tuple[GroupOrder, ...] = ()
    limit: int | None = None
    offset: int = 0
    after: bool = False
    """Start strictly behind the combination of the fields' `after` rows, for paging.

    Combinations count in order, the last field fastest. A field without `after` stands at its first row;
    if the last field has none, the combination itself is included.
    """


@dataclass(frozen=True, slots=True)
class SummaryValue:
    """One aggregate of SQL. `field` None only for count: count(*).

    "count" counts records with a value, "sum", "min", "max" skip nulls and give None where
    there is no value, "count_distinct" counts distinct values (members of sets, each).
    """

    function: Literal["count", "sum", "min", "max", "count_distinct"]
    field: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Summarize:
    """Aggregates per combination of key values, as SQL's GROUP BY and SELECT DISTINCT.

    Null is a key value of its own. A record with several members in a set key is in several
    groups. Without keys there is exactly one row, also of no records. Gives ResultTable: the
    keys (under their field names), then the values in order (names are for the caller to set).
    Groups come in ascending order of their keys (null first, rows of keyed fields by row id).
    """

    input: Bitmap
    keys: tuple[str, ...] = ()
    values: tuple[SummaryValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Stamped:
    """What records got in a time field, and when: by record, then by time. Gives ExtractResult: `_id`, `time`, rows.

    A time is the first second of the shortest unit of the field's quantum in which the rows were got; of a longer one
    where only that is still kept. What was got without a time is not told.
    """

    field: str


@dataclass(frozen=True, slots=True)
class Explain:
    """How a question is answered: run with everything in it, step by step. Gives ExplainResult."""

    plan: "Plan"


Plan = (
    Explain
    | Records
    | Count
    | Rows
    | TopRows
    | ExtremeRow
    | Sum
    | MinMax
    | Percentile
    | Distinct
    | Extract
    | GroupBy
    | Summarize
    | Stamped
)
