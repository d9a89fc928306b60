"""The tokens of a SELECT to sqlglot's tree, its errors in our words."""

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token

from roarbase.errors import StatementError
from roarbase.query.sql.dialect import parse_tokens
from roarbase.query.sql.source import Source, shown
from roarbase.query.sql.unsupported import refuse

__all__ = ["parse_select"]


def parse_select(source: Source, tokens: list[Token]) -> exp.Select:
    """The tree of a SELECT statement.

    Raises:
        StatementError: The tokens are no SELECT, or a UNION of several.
    """
    try:
        trees = parse_tokens(tokens, source.text)
    except ParseError as error:
        raise _in_our_words(source, tokens, error) from None
    tree = trees[0] if len(trees) == 1 else None
    if isinstance(tree, exp.Select):
        return tree
    if isinstance(tree, exp.Expr):
        raise refuse(source, tree)
    raise source.syntax_error(0, "this is no statement")


def _in_our_words(source: Source, tokens: list[Token], error: ParseError) -> StatementError:
    """sqlglot names the token by its line and last column; a text that ends early, by its last token."""
    found = error.errors[0] if error.errors else {}
    for token in tokens:
        if (token.line, token.col) == (found.get("line"), found.get("col")):
            if str(found.get("description", "")).startswith("The number of provided arguments"):
                return source.syntax_error(token.start, "the call that ends here has too many arguments")
            if token is tokens[-1] and "Unexpected token" not in str(found.get("description", "")):
                break
            return source.syntax_error(token.start, f"unexpected {shown(token.text)}")
    return source.syntax_error(len(source.text), "the statement ends too early")
