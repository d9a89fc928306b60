"""The table that is asked and edited by plans."""

from roarbase.engine import plan as p
from roarbase.engine.edits import Edit
from roarbase.model import results as r
from roarbase.testing.batches import RecordName
from roarbase.testing.reference.extracting import extract, stamped
from roarbase.testing.reference.grouping import group_by
from roarbase.testing.reference.numbers import percentile, value_count
from roarbase.testing.reference.records import ReferenceRecords
from roarbase.testing.reference.rows import chosen_rows, extreme_row, top_rows
from roarbase.testing.reference.selecting import select
from roarbase.testing.reference.summarizing import summarize

__all__ = ["ReferenceTable"]


class ReferenceTable(ReferenceRecords):
    """One table, with its fields made at the start.

    >>> from roarbase.model.fields import FieldSpec, FieldType
    >>> table = ReferenceTable([FieldSpec(name="n", type=FieldType.INT)], is_keyed=False)
    >>> table.write([(7, {"n": 1}), (7, {"n": 2}), (3, {"n": None})])
    2
    >>> table.answer(p.Sum("n")).value
    2
    """

    def edit(self, step: Edit) -> int:
        """Apply an edit, and tell how many records it changed."""
        return self.change(step, self.select(step.records))

    def select(self, node: p.Bitmap) -> set[RecordName]:
        """The records of a bitmap node."""
        return select(self, node)

    def answer(self, plan: p.Plan) -> r.Result:
        """The answer to a plan."""
        match plan:
            case p.Explain():
                raise ValueError("the model has no steps to explain")
            case p.Stamped():
                return stamped(self, plan.field)
        among = self.select(plan.input)
        match plan:
            case p.Records():
                return r.RecordsResult(records=self.ordered(among), is_keyed=self.is_keyed)
            case p.Count():
                return r.CountResult(count=len(among))
            case p.Rows():
                rows = chosen_rows(self, plan, among)
                return r.RowsResult(field=plan.field, rows=rows, is_keyed=self.specs[plan.field].is_keyed)
            case p.TopRows():
                return top_rows(self, plan, among)
            case p.ExtremeRow():
                return extreme_row(self, plan, among)
            case p.Sum() | p.MinMax():
                return value_count(self, plan, among)
            case p.Percentile():
                return percentile(self, plan, among)
            case p.Distinct():
                is_reference = self.specs[plan.field].is_reference
                column = self.column(plan.field, self.distinct(among, plan.field))
                return r.DistinctResult(column=column, are_references=is_reference)
            case p.Extract():
                return extract(self, plan, among)
            case p.GroupBy():
                counted = set() if plan.aggregate is None else self.select(plan.aggregate.input)
                return group_by(self, plan, among, counted)
            case p.Summarize():
                return summarize(self, plan, among)
