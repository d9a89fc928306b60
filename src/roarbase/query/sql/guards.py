"""What is checked on the tokens of a statement before sqlglot parses it.

sqlglot's parser is lenient (it takes `select a, from t`) and recursive (compiled, it ends the
process where a text nests deep enough), so a text is let through only if

* its characters can be ours, and words do not run into each other;
* it is one statement, with at most one `;` behind it;
* brackets, prefixes (`not not not`) and structural words stay within the nesting allowed;
* a value or name follows wherever one must.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from roarbase.query.sql.dialect import tokenize
from roarbase.query.sql.source import Source, shown

__all__ = ["MAXIMUM_TOKENS", "cut", "read_tokens"]

MAXIMUM_TOKENS = 200_000
"""sqlglot parses some 250,000 words a second while it holds the interpreter's lock: this many stop
every other request of the process for less than a second."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_OPENING = re.compile(r"--|/\*|['\"`]")


_STRUCTURAL_ALWAYS = 10
"""A plain SELECT DISTINCT ... FROM is no nesting, whatever the setting says."""


def _kinds(names: str) -> frozenset[TokenType]:
    return frozenset(TokenType[name] for name in names.split())


_PREFIXES = _kinds("NOT DASH PLUS")
# Words whose constructs recurse in the parser without a bracket, counted over the whole statement.
_STRUCTURAL = _kinds(
    "ALL ANY CASE CROSS DISTINCT EXCEPT EXISTS FROM FULL INNER INTERSECT JOIN LEFT OUTER OVER "
    "RIGHT SELECT UNION USING VALUES WITH"
)
_OPERATORS = _kinds("EQ NEQ LT LTE GT GTE PLUS DASH SLASH DPIPE LIKE IN BETWEEN AND OR NOT IS")
_CLAUSES = _kinds("FROM WHERE GROUP_BY HAVING ORDER_BY LIMIT OFFSET")
_WANTS_VALUE = _OPERATORS | _CLAUSES | _kinds("COMMA SELECT DISTINCT ALIAS DOT L_PAREN")
_IS_NO_VALUE = (_OPERATORS | _CLAUSES | _kinds("COMMA R_PAREN ALIAS")) - _PREFIXES
# `not` may stand before an operator: a NOT IN (...), a NOT LIKE '...', a NOT BETWEEN 1 AND 2.
_AFTER_NOT = _kinds("IN LIKE BETWEEN")

_LATER_LANGUAGE = {
    "[": "a set literal",
    "{": "a tuple literal",
    "&": "the operator '&'",
    "|": "the operator '|'",
    "||": "the operator '||'",
    "!": "the operator '!'",
    "@": "a variable",
}
_BEFORE_DISTINCT_FROM = _kinds("IS NOT")
_CALLS = _kinds("VAR OVER")
_PLAIN_CHARACTERS = frozenset("(),.=<>+-*/%;")


def read_tokens(source: Source, nesting: int) -> list[Token]:
    """The tokens of one statement, its `;` taken off.

    Raises:
        StatementError: The text is no statement, as far as tokens show.
    """
    tokens = cut(source, tokenize)
    if tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens = tokens[:-1]
    if not tokens:
        raise source.syntax_error(0, "the statement is empty")
    for check in (_check_characters, _check_one_statement, _check_separation, _check_values):
        check(source, tokens)
    _check_nesting(source, tokens, nesting)
    return tokens


def cut(source: Source, tokenize: Callable[[str], list[Token]]) -> list[Token]:
    """The words and signs of a text.

    Raises:
        StatementError: It is no text, a quote is never closed, or there are too many.
    """
    try:
        source.text.encode()
    except UnicodeEncodeError as error:
        raise source.syntax_error(error.start, "the statement holds half a surrogate pair, which is no text") from None
    try:
        tokens = tokenize(source.text)
    except TokenError:
        raise source.syntax_error(_open_quote(source.text), "this quote is never closed") from None
    if len(tokens) > MAXIMUM_TOKENS:
        raise source.syntax_error(
            0, f"the statement has {len(tokens):,} words and signs, at most {MAXIMUM_TOKENS:,} are read"
        )
    return tokens


def _open_quote(text: str) -> int:
    """Where the quoted piece of a text begins that has no end. Looks at each character once."""
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        mark, at = opening[0], opening.end()
        closing = {"--": "\n", "/*": "*/"}.get(mark, mark)
        end = text.find(closing, at)
        while closing == mark and end >= 0 and text.startswith(mark, end + 1):
            end = text.find(mark, end + 2)  # a doubled quote stands for itself
        if end < 0:
            return opening.start()
        at = end + len(closing)
    return len(text)


def _check_characters(source: Source, tokens: list[Token]) -> None:
    for token in tokens:
        kind, text = token.token_type, token.text
        if kind == TokenType.NATIONAL_STRING:
            raise source.syntax_error(token.start, "a string begins with its quote, without a letter before it")
        if kind in (TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER) or _NAME.match(text):
            if kind == TokenType.VAR and not _NAME.fullmatch(text):
                odd = next(c for c in text if not _NAME.fullmatch("a" + c))
                raise source.syntax_error(token.start + text.index(odd), f"unexpected character {odd!r}")
        elif text[0] in _LATER_LANGUAGE and text != "!=":
            raise source.error(
                token.start, f"{_LATER_LANGUAGE.get(text, _LATER_LANGUAGE[text[0]])} is not supported yet"
            )
        elif not _PLAIN_CHARACTERS.issuperset(text.removeprefix("!")):
            raise source.syntax_error(token.start, f"unexpected character {text[0]!r}")


def _check_one_statement(source: Source, tokens: list[Token]) -> None:
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            raise source.syntax_error(token.start, "one statement per request: nothing may follow the ';'")


def _check_separation(source: Source, tokens: list[Token]) -> None:
    """`1a` would be the number 1 named a, and `x'ab'` a column named ab."""
    for before, token in pairwise(tokens):
        if before.end + 1 == token.start and _is_word(before) and _is_word(token):
            raise source.syntax_error(
                before.start, f"a blank is missing in {shown(source.text[before.start : token.end + 1])}"
            )


def _is_word(token: Token) -> bool:
    return (
        token.token_type in (TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER)
        or _NAME.match(token.text) is not None
    )


def _check_values(source: Source, tokens: list[Token]) -> None:
    followers = [*tokens[1:], None]
    before: Token | None = None
    for token, after in zip(tokens, followers, strict=True):
        if token.token_type in _WANTS_VALUE and not _may_follow(before, token, after):
            found = "the end of the statement" if after is None else shown(after.text)
            offset = len(source.text) if after is None else after.start
            raise source.syntax_error(offset, f"expected a name or a value after {shown(token.text)}, found {found}")
        if token.token_type == TokenType.DOT and not _is_name(before) and not _is_number(after):
            raise source.syntax_error(token.start, "unexpected '.': no name stands before it")
        if token.token_type == TokenType.PLUS and _is_prefix(before) and not _is_number(after):
            raise source.error(token.start, "the operator '+' before anything but a number is not supported yet")
        before = token


def _may_follow(before: Token | None, token: Token, after: Token | None) -> bool:
    if after is None:
        return False
    if token.token_type == TokenType.NOT and after.token_type in _AFTER_NOT:
        return True
    if token.token_type == TokenType.DISTINCT and before is not None and before.token_type in _BEFORE_DISTINCT_FROM:
        return True
    if token.token_type == TokenType.L_PAREN and after.token_type == TokenType.R_PAREN:
        return before is not None and before.token_type in _CALLS  # a call without arguments
    return after.token_type not in _IS_NO_VALUE


def _is_prefix(before: Token | None) -> bool:
    return before is None or before.token_type in _WANTS_VALUE


def _is_name(token: Token | None) -> bool:
    return token is not None and token.token_type in (TokenType.VAR, TokenType.IDENTIFIER)


def _is_number(token: Token | None) -> bool:
    return token is not None and token.token_type == TokenType.NUMBER


def _check_nesting(source: Source, tokens: list[Token], nesting: int) -> None:
    depth, prefixes, structural = 0, 0, 0
    outer_prefixes: list[int] = []  # the prefixes before each bracket that is open
    for token in tokens:
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            outer_prefixes.append(prefixes)
            depth, prefixes = depth + 1 + prefixes, 0
        elif kind == TokenType.R_PAREN:
            if not outer_prefixes:
                raise source.syntax_error(token.start, "this ')' closes nothing")
            depth, prefixes = depth - 1 - outer_prefixes.pop(), 0
        else:
            prefixes = prefixes + 1 if kind in _PREFIXES else 0
            structural += kind in _STRUCTURAL
        if depth + prefixes > nesting or structural > max(nesting, _STRUCTURAL_ALWAYS):
            raise source.syntax_error(
                token.start, f"the statement nests deeper than {nesting} levels (setting statement_nesting)"
            )
    if outer_prefixes:
        raise source.syntax_error(len(source.text), "expected ')', found the end of the statement")
