"""The fields that a statement makes: those that Store names and the table does not have yet."""

from collections.abc import Iterable

from roarbase.errors import InvalidParameter
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.names import check_name
from roarbase.query.pql.calls.store import STORE
from roarbase.query.pql.frame import Scope
from roarbase.query.pql.kinds import is_integer
from roarbase.query.pql.tree import Argument, Call

__all__ = ["fields_to_make"]


def fields_to_make(scope: Scope, calls: Iterable[Call]) -> list[FieldSpec]:
    """The fields to make before the first call runs; each has keys if its row is a string.

    Raises:
        StatementError: A field may not be called so, or its row is neither a key nor an id.
    """
    made: dict[str, FieldSpec] = {}
    for call in calls:
        if scope.signatures.get(call.name.lower()) is STORE:
            argument = scope.given(call).condition()
            if argument.operator == "=" and argument.name not in scope.table.fields:
                made.setdefault(argument.name, _made(scope, argument))
    return list(made.values())


def _made(scope: Scope, argument: Argument) -> FieldSpec:
    value = argument.value
    if not isinstance(value, str) and not (is_integer(value) and isinstance(value, int) and value >= 0):
        message = f"Store: {argument.name} must be a row id or a key, as the field is to be made; found {argument}"
        raise scope.error(argument.position, message)
    try:
        check_name("field", argument.name)
    except InvalidParameter as error:
        raise scope.error(argument.position, f"Store: {error.message}") from None
    return FieldSpec(name=argument.name, type=FieldType.SET, is_keyed=isinstance(value, str), cache_type="none")
