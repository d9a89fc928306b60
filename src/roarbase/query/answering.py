"""One step of a program on an engine, for whoever runs statements."""

from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from roarbase.model.results import Result
from roarbase.query.program import AskData, ShowFields, ShowTables
from roarbase.query.sql.show import render_fields, render_tables

__all__ = ["answer_step"]


def answer_step(step: AskData | ShowFields | ShowTables, engine: Engine, budget: Budget) -> Result:
    """The answer to a step that changes no schema.

    Raises:
        ResourceNotFound: A table or field was dropped since the statement was compiled.
        BadRequest: The plan asks something that a field's type does not answer.
        RequestTimeout: The budget is used up.
    """
    match step:
        case AskData(table=table, plan=plan, finish=finish):
            result = engine.run(table.id, plan, budget)
            for shape in finish:
                result = shape(result)
            return result
        case ShowTables():
            return render_tables(sorted(engine.schema().tables))
        case ShowFields(table):
            return render_fields(table)
