"""What the parser reads and this language does not have yet, by the name a user gives it."""

from sqlglot import exp

from roarbase.errors import StatementError
from roarbase.query.sql.source import Source, shown

__all__ = ["refuse", "refuse_other_parts"]

_PHRASES: dict[type[exp.Expr], str] = {
    exp.Case: "CASE",
    exp.Add: "the operator '+'",
    exp.Sub: "the operator '-' between values",
    exp.Mul: "the operator '*'",
    exp.Div: "the operator '/'",
    exp.Mod: "the operator '%'",
    exp.Neg: "the operator '-' before anything but a number",
    exp.DPipe: "the operator '||'",
    exp.Dot: "a name of more than two parts",
    exp.Exists: "EXISTS",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.Select: "a subquery",
    exp.Subquery: "a subquery",
    exp.Tuple: "a list of values in parentheses",
    exp.Window: "OVER",
    exp.Predicate: "a condition as a value",
    exp.Connector: "a condition as a value",
    exp.Not: "a condition as a value",
}

_PARTS = {
    "all": "GROUP BY ALL",
    "columns": "a list of names behind an alias",
    "db": "the name of a database",
    "distinct": "DISTINCT in a function",
    "expressions": "a second argument",
    "field": "IN without a list in parentheses",
    "hints": "a table hint",
    "joins": "JOIN",
    "on": "DISTINCT ON",
    "query": "a subquery",
    "with_": "WITH",
}


def refuse(source: Source, node: exp.Expr) -> StatementError:
    """The error for a node that has no meaning here, to be raised by the caller."""
    return source.error(node, f"{_phrase(source, node)} is not supported yet")


def refuse_other_parts(source: Source, node: exp.Expr, *known: str) -> None:
    """Raise for a part of a node that the caller does not read, so that nothing is dropped silently."""
    for name, part in node.args.items():
        if part and name not in known:
            inner = part[0] if isinstance(part, list) else part
            at = inner if isinstance(inner, exp.Expr) else node
            phrase = _PARTS.get(name, name.strip("_").replace("_", " ").upper())
            raise source.error(at, f"{phrase} is not supported yet")


def _phrase(source: Source, node: exp.Expr) -> str:
    for kind, phrase in _PHRASES.items():
        if isinstance(node, kind):
            return phrase
    if isinstance(node, exp.Func):
        return f"the function {shown(_written(source, node).lower())}"
    return node.key.upper()


def _written(source: Source, call: exp.Func) -> str:
    """A function as the statement calls it: sqlglot has names of its own."""
    start, end = call.meta.get("start"), call.meta.get("end")
    return call.sql_name() if start is None or end is None else source.text[start : end + 1]
