"""COPY t TO u: within one deployment."""

from roarbase.query.program import CopyTable, MakeTable, Program
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.statements.tables import check_free, find_table, new_name
from roarbase.query.sql.later.words import Words

__all__ = ["copy"]


def copy(binding: Binding, words: Words) -> Program:
    """The program of a COPY.

    Raises:
        StatementError: The one table is not there, or the other is.
    """
    words.expect("COPY")
    source = find_table(binding, words, "table or view")
    words.expect("TO")
    name_at, name = new_name(binding, words)
    if words.word == "WITH":
        raise binding.error(words.offset, "COPY to another server is not supported")
    words.expect_end()
    check_free(binding, name_at, name)
    told = {view.spec.id: view.record.description for view in binding.catalog.tables()}
    make = MakeTable(
        name=name,
        is_keyed=bool(source.is_keyed),
        fields=tuple(source.fields.values()),
        description=told.get(source.id, ""),
    )
    return (CopyTable(source=source, make=make),)
