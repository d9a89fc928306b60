"""DELETE: records that a condition chooses are no more; the table stays."""

from functools import partial
from typing import cast

from roarbase.engine.edits import DeleteRecords, Edit
from roarbase.engine.plan import RecordSet
from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from roarbase.query.program import ChangeData, ChangeFound, Program
from roarbase.query.sql.later.binding.queries import bind_query
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.passes import rewritten
from roarbase.query.sql.later.reading.queries import QueryReader
from roarbase.query.sql.later.records import records_of
from roarbase.query.sql.later.residue.running import run_residue
from roarbase.query.sql.later.statements.inserting import no_answer
from roarbase.query.sql.later.statements.tables import find_records
from roarbase.query.sql.later.syntax import Item, Name, Reference, Select, SelectBody, TableName
from roarbase.query.sql.later.tree import Query, Selected, TableRows
from roarbase.query.sql.later.words import Words
from roarbase.query.sql.names import RECORD_ID

__all__ = ["delete"]


def delete(binding: Binding, words: Words) -> Program:
    """DELETE FROM t [WHERE condition]: the records that `SELECT _id FROM t WHERE condition` gives."""
    words.expect("DELETE")
    words.expect("FROM")
    at = words.offset
    table = find_records(binding, words)
    where = QueryReader(words).expressions.read() if words.take("WHERE") else None
    words.expect_end()
    source = TableName(Name(at, table.name))
    body = SelectBody(at=at, items=(Item(Reference(at, RECORD_ID)),), source=source, where=where)
    query = rewritten(bind_query(binding, Select(body=body)))
    assert isinstance(query, Query)
    if query.where is None and isinstance(query.source, TableRows):
        edit = DeleteRecords(records_of(query.source))
        return (ChangeData(table=table, change=edit, answer=no_answer),)
    return (ChangeFound(table=table, find=partial(_found, query), answer=no_answer),)


def _found(query: Selected, engine: Engine, budget: Budget) -> Edit:
    records = run_residue(query, engine, budget).table().columns[0].cells
    return DeleteRecords(RecordSet(tuple(cast("list[int | str]", records))))
