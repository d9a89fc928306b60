"""docs/sql-2022.md tells what the language does."""

import re
from pathlib import Path
from typing import get_args

import pytest

from roarbase.errors import StatementError
from roarbase.query.sql import compile_sql
from roarbase.query.sql.guards import MAXIMUM_TOKENS
from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.tree import Operator
from tests.query.sql.schema import SCHEMA

TEXT = (Path(__file__).parents[3] / "docs" / "sql-2022.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
CONDITIONS = re.findall(r"`(where [^`]*)`", TEXT)
CALLS = re.findall(r"\| `(select [^`]*)` \|", TEXT)
STATEMENTS = [*BLOCKS, *(f"select * from flowers {c}" for c in CONDITIONS), *CALLS]
MESSAGES = {
    "select width, from flowers": "1:15: expected a name or a value after ',', found 'from'",
    "select widht from flowers": "[1:8] field not found: 'widht' in table 'flowers'; did you mean 'width' or 'wild'?",
    "select _id from flowers where species = 5": "[1:31] types 'string' and 'int' are not equatable",
    "select * from flowers f left join flowers g on true": "LEFT JOIN is not supported yet",
}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_examples_compile(statement: str) -> None:
    """Every example of the page is a statement of the language."""
    assert compile_sql(statement, SCHEMA)


def test_there_are_examples() -> None:
    """The page is read as it is written."""
    assert len(BLOCKS) >= 12
    assert len(CONDITIONS) >= 8
    assert len(CALLS) == 7


@pytest.mark.parametrize(("statement", "message"), MESSAGES.items())
def test_messages_are_as_shown(statement: str, message: str) -> None:
    """The errors that the page shows are the ones that come."""
    with pytest.raises(StatementError) as caught:
        compile_sql(statement, SCHEMA)
    assert caught.value.message.endswith(message)
    assert message in TEXT


@pytest.mark.parametrize("kind", [k for k in Kind if k not in (Kind.NULL, Kind.TUPLE)])
def test_every_type_is_told(kind: Kind) -> None:
    """A type that errors can name stands on the page."""
    assert re.search(rf"`{kind}\b", TEXT)


@pytest.mark.parametrize("operator", [*get_args(Operator), "=", "!=", "in", "not in", "like", "not like", "is null"])
def test_every_operator_is_told(operator: str) -> None:
    """An operator of the language stands on the page."""
    assert f"`{operator}`" in TEXT


def test_the_limit_is_told() -> None:
    """The page says how long a statement may be."""
    assert f"{MAXIMUM_TOKENS:,} words and signs" in TEXT.replace("\n", " ")
