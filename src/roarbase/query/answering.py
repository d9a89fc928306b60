"""A program on an engine, for whoever runs statements."""

from collections.abc import Callable, Iterator, Sequence

from roarbase.engine.edits import Ask, DeleteRecords, Edits, TellingBatch
from roarbase.engine.edits import Step as EditStep
from roarbase.engine.port import Engine
from roarbase.errors import BadRequest
from roarbase.model.budget import Budget
from roarbase.model.results import Result
from roarbase.model.written import Written
from roarbase.query.merging import Merged, merged
from roarbase.query.program import (
    AskData,
    AskResidue,
    ChangeData,
    ChangeFound,
    ChangeInPieces,
    CopyTable,
    DataStep,
    KeepView,
    Program,
    SchemaStep,
    ShowFields,
    ShowTables,
    Step,
    Tell,
    Warn,
)
from roarbase.query.sql.later.copying import copy_table, write_pieces
from roarbase.query.sql.later.views import keeping_step
from roarbase.query.sql.show import render_fields, render_tables

__all__ = ["MakeSchema", "answer_program", "changes_data"]

MakeSchema = Callable[[SchemaStep], Result | None]
"""Makes a change of the schema, under the rules of whoever runs the program; what it answers, if anything."""


def changes_data(program: Program) -> bool:
    """Whether a program writes to records."""
    return any(isinstance(step, ChangeData | ChangeFound | ChangeInPieces | CopyTable | KeepView) for step in program)


def answer_program(program: Program, engine: Engine, budget: Budget, make_schema: MakeSchema) -> list[Result]:
    """The answers to the steps of a program.

    A program that changes records is one transaction: an error in any step leaves nothing of the others. Only what
    stands before a deletion, and the deletion itself, stay.

    Raises:
        ResourceNotFound: A table or field was dropped since the statement was compiled.
        BadRequest: The plan asks something that a field's type does not answer.
        RequestTimeout: The budget is used up.
    """
    try:
        if any(isinstance(step, ChangeData | ChangeFound | KeepView) for step in program):
            return _transact(program, engine, budget, make_schema)
        results = [_answer(step, engine, budget, make_schema) for step in program]
    except RecursionError:
        raise BadRequest("the statement nests too deep to be run") from None
    return [result for result in results if result is not None]


def _answer(step: Step, engine: Engine, budget: Budget, make_schema: MakeSchema) -> Result | None:
    match step:
        case AskData(table=table, plan=plan):
            return _finished(step, engine.run(table.id, plan, budget))
        case AskResidue(run):
            return run(engine, budget)
        case ChangeInPieces(pieces=pieces):
            return write_pieces(pieces(), engine, budget)
        case CopyTable():
            return copy_table(step, engine, budget, make_schema)
        case Tell(result):
            return result
        case Warn():
            return None
        case ShowTables():
            return render_tables(sorted(engine.schema().tables))
        case ShowFields(table):
            return render_fields(table)
        case ChangeData() | ChangeFound() | KeepView():
            raise AssertionError("changes are made in transactions")
    return make_schema(step)


def _finished(step: AskData, result: Result) -> Result:
    for shape in step.finish:
        result = shape(result)
    return result


# ---- transactions --------------------------------------------------------------------------


def _transact(program: Program, engine: Engine, budget: Budget, make_schema: MakeSchema) -> list[Result]:
    steps: list[DataStep] = []
    for step in program:
        if isinstance(step, (AskData, ChangeData)):
            steps.append(step)
        elif isinstance(step, ChangeFound):
            change = step.find(engine, budget)
            steps.append(ChangeData(table=step.table, change=change, answer=step.answer))
        elif isinstance(step, KeepView):
            steps.append(keeping_step(step, engine, make_schema))
        else:
            made = _answer(step, engine, budget, make_schema)
            assert made is None, "schema steps of a transaction have no answers"
    return [result for part in _parts(steps) for result in _write(part, engine, budget)]


def _parts(steps: Sequence[DataStep]) -> Iterator[list[DataStep]]:
    """The steps in transactions: a deletion is one of its own."""
    part: list[DataStep] = []
    for step in steps:
        if isinstance(step, ChangeData) and isinstance(step.change, DeleteRecords):
            if part:
                yield part
            yield [step]
            part = []
        else:
            part.append(step)
    if part:
        yield part


def _write(steps: Sequence[DataStep], engine: Engine, budget: Budget) -> Iterator[Result]:
    changes = [step for step in steps if isinstance(step, ChangeData)]
    if not changes:
        for step in steps:
            assert isinstance(step, AskData)
            yield _finished(step, engine.run(step.table.id, step.plan, budget))
        return
    made = [*merged([*map(_edit, steps)])]
    edits = Edits(table=changes[0].table.id, steps=tuple(each.step for each in made), budget=budget)
    written = engine.commit(edits)
    answers, changed = iter(written.answers), _changed(made, written)
    for place, step in enumerate(steps):
        yield step.answer(changed[place]) if isinstance(step, ChangeData) else _finished(step, next(answers))


def _changed(made: Sequence[Merged], written: Written) -> dict[int, int]:
    """How many records each step of the statement changed, by its place."""
    which = iter(written.which)
    found: dict[int, int] = {}
    for each, changed in zip(made, written.changed, strict=True):
        told = next(which) if isinstance(each.step, TellingBatch) else (changed,)
        for place, count in zip(each.places, told, strict=True):
            found[place] = max(found.get(place, 0), int(count))
    return found


def _edit(step: DataStep) -> EditStep:
    return step.change if isinstance(step, ChangeData) else Ask(step.table.id, step.plan)
