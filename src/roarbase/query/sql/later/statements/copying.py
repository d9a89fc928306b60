"""COPY t TO u: within one deployment."""

from roarbase.query.program import CopyTable, MakeTable, Program
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.statements.tables import check_free, find_table, new_name
from roarbase.query.sql.later.words import Words

__all__ = ["copy"]


def copy(binding: Binding, words: Words) -> Program:
    """The program of a COPY.

    Raises:
        StatementError: The one table is not there, or the other is; or times would be lost.
    """
    words.expect("COPY")
    at = words.offset
    source = find_table(binding, words, "table or view")
    words.expect("TO")
    name_at, name = new_name(binding, words)
    if words.word == "WITH":
        raise binding.error(words.offset, "COPY to another server is not supported")
    words.expect_end()
    check_free(binding, name_at, name)
    timed = next((spec.name for spec in source.fields.values() if spec.quantum), None)
    if timed is not None:
        raise binding.error(at, f"COPY of a table with times is not supported yet: column '{timed}'")
    make = MakeTable(name=name, is_keyed=bool(source.is_keyed), fields=tuple(source.fields.values()))
    return (CopyTable(source=source, make=make),)
