"""How our SQL is cut into words, and the sqlglot parser that reads them.

Only the words below are keywords, so that `timestamp`, `format` or `count` can name a field.
Names may hold hyphens: `un-keyed` is one name, and `a-b` without blanks is no subtraction.
Backticks and double quotes both enclose names; a double-quoted name where a value stands is
a string, as in the MySQL-like language of June 2022 (see `Source.is_double_quoted`).

The parser is sqlglot's own, not a subclass: its compiled form cannot be derived from. What
must be read otherwise is settled on the tokens before it (`guards.py`) or on the tree after it.
"""

from typing import ClassVar

from sqlglot import exp, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

__all__ = ["RESERVED", "RoarbaseSql", "parse_tokens", "tokenize"]

_WORDS = (
    "ALL AND ANY ASC BETWEEN CASE CROSS DESC DISTINCT ELSE END EXCEPT EXISTS FALSE FROM FULL HAVING IN INNER "
    "INTERSECT IS JOIN LEFT LIKE LIMIT NOT NULL OFFSET ON OR OUTER OVER RIGHT SELECT THEN TRUE UNION USING "
    "VALUES WHEN WHERE WITH"
)


RESERVED = frozenset((_WORDS + " AS BY GROUP ORDER").split())
"""Words that name no column or table unless they are quoted."""


class RoarbaseSql(Dialect):
    """The words of our SQL; sqlglot's defaults otherwise, among them that nulls are small."""

    class Tokenizer(tokens.Tokenizer):
        IDENTIFIERS: ClassVar = ['"', "`"]
        VAR_SINGLE_TOKENS: ClassVar = {"-"}
        COMMANDS: ClassVar[set[TokenType]] = set()
        KEYWORDS: ClassVar = {
            **{word: TokenType[word] for word in _WORDS.split()},
            "AS": TokenType.ALIAS,
            "GROUP BY": TokenType.GROUP_BY,
            "ORDER BY": TokenType.ORDER_BY,
            "<>": TokenType.NEQ,
            "!=": TokenType.NEQ,
            "<=": TokenType.LTE,
            ">=": TokenType.GTE,
            "||": TokenType.DPIPE,
        }


# sqlglot adds comments of the template language Jinja to each dialect; they are no SQL.
RoarbaseSql.Tokenizer._COMMENTS.pop("{#")

_DIALECT = RoarbaseSql()


def tokenize(text: str) -> list[Token]:
    """The words of a text. Raises sqlglot's TokenError."""
    return _DIALECT.tokenize(text)


def parse_tokens(words: list[Token], text: str) -> list[exp.Expr | None]:
    """The trees of the statements in a list of tokens. Raises sqlglot's ParseError."""
    return Parser(dialect=_DIALECT).parse(words, text)
