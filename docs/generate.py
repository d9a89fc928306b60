"""Writes the pages that come from tables in the code: settings.md, errors.md, fields.md, the calls of pql.md and the
functions of sql.md.

    python -m docs.generate

tests/test_docs.py compares the pages with what this would write.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from docs.pql_examples import answers
from roarbase.errors import AuthenticationError, OperatorError, RequestError, RoarbaseError, ServiceError
from roarbase.model.field_options import FIELD_OPTIONS, FieldOption
from roarbase.model.field_types import TYPE_NAMES, names_of
from roarbase.model.fields import FieldType
from roarbase.model.settings import SETTINGS, SettingRow, SettingValue
from roarbase.planes.http import STATUS
from roarbase.query.pql.reference import renew
from roarbase.query.sql.later.reference import renew as renew_functions

__all__ = ["PAGES", "errors_page", "fields_page", "pql_page", "settings_page", "sql_page"]

_SETTINGS_HEAD = """\
# Settings

This page is generated from `src/roarbase/model/settings.py`; `make docs` writes it.

Each setting is a flag of `roarbase serve`, a variable and a line of the TOML file given with `--config`. The first of
these that is there counts, in this order; then the default. Lists are separated by commas in flags and variables.
The last column is the value of the service of June 2022, for those who want the same limits.
"""

_GROUPS = {"service": "Service", "network": "Network", "identity": "Identity", "limit": "Limits"}

_ERRORS_HEAD = """\
# Errors

This page is generated from `src/roarbase/errors.py` and the table of statuses; `make docs` writes it.

Every error answer is JSON with a stable `code` and a `message` for people:

    {"code": "ResourceNotFound", "message": "table not found: 'iris'"}

Errors of a statement also have `line` and `column`, both from 1. Answers with `Retry-After` say when to try again.
"""

_FIELDS_HEAD = """\
# Fields

This page is generated from `src/roarbase/model/field_options.py` and `field_types.py`; `make docs` writes it.

A field is a typed attribute of a table's records. Sinks make the fields that their definitions name; any field
can also be made by itself, before there is a sink:

    POST /v2/tables/{database_id}/{table}/fields/{field}
    {"options": {"type": "decimal", "scale": 2, "min": 0}}

It answers 201 with the field; the same path takes `GET` and `DELETE`. v1 takes them as well. A name has lower-case
letters, digits, `-` and `_`, begins with a letter, and has at most 230 characters. Options are spelled exactly as
here; null is as if absent. An option that is not known, or that the type does not take, is refused; everything wrong
with a request is told at once, each fault with its JSON path. What is shown of a field defines the same field again.

409 answers a field that is there already (`ResourceAlreadyExists`, with all that differs), and the deletion of one
that a sink feeds (`IncorrectState`, naming the sinks). `_id`, each record's id or key, is neither made nor dropped.
"""

_FIELDS_SINKS = """
## What a sink may say

A sink says some of these in the `config` of a definition (see [ingest.md](ingest.md)), there spelled as in the third
column. When the field exists already, a sink that says otherwise is refused with 409 and every difference, or its
word does not count.
"""

_WHO: tuple[tuple[str, str, type[RoarbaseError]], ...] = (
    (
        "Change the request",
        "The service is well. Timeouts, rates and states pass with time; the rest does not.",
        RequestError,
    ),
    (
        "Sign in, or ask an administrator",
        "The service does not know you, or your role does not suffice.",
        AuthenticationError,
    ),
    ("Try again later, or tell the operator", "The service could not do its part; nothing was changed.", ServiceError),
)


def settings_page() -> str:
    """docs/settings.md."""
    parts = [_SETTINGS_HEAD]
    for group, title in _GROUPS.items():
        rows = [row for row in SETTINGS if row.group == group]
        lines = [_setting_line(row) for row in rows]
        parts.append(f"\n## {title}\n\n")
        parts.append(_table(("setting", "default", "unit", "meaning", "2022"), lines))
    return "".join(parts)


def errors_page() -> str:
    """docs/errors.md."""
    parts = [_ERRORS_HEAD]
    for title, sentence, group in _WHO:
        rows = [(f"`{kind.code}`", str(STATUS[kind.code]), _first_line(kind)) for kind in _told(group)]
        parts.append(f"\n## {title}\n\n{sentence}\n\n")
        parts.append(_table(("code", "status", "meaning"), sorted(rows, key=lambda row: (row[1], row[0]))))
    parts.append(
        "\n## At start-up\n\nThese end the process with a sentence; they are never answered over HTTP."
        " A taken port has exit code 3, the others 1.\n\n"
    )
    parts.append(_table(("error", "meaning"), [(k.__name__, _first_line(k)) for k in _kinds(OperatorError)]))
    return "".join(parts)


def fields_page() -> str:
    """docs/fields.md."""
    types = [(f"`{row.name}`", row.sentence) for row in TYPE_NAMES.values()]
    sinks = [(f"`{o.name}`", str(o.agreement), f"`{o.config}`" if o.config else "") for o in FIELD_OPTIONS]
    parts = [_FIELDS_HEAD, "\n## Types\n\n", _table(("type", "meaning"), types)]
    parts += ["\n## Options\n\n", _table(("option", "types", "default", "meaning"), map(_option_line, FIELD_OPTIONS))]
    parts += [_FIELDS_SINKS, "\n", _table(("option", "of a field that exists", "in a sink's `config`"), sinks)]
    return "".join(parts)


def pql_page() -> str:
    """The text of docs/pql.md: as it is, with its calls described anew."""
    return renew((Path(__file__).parent / "pql.md").read_text(encoding="utf-8"), answers())


def sql_page() -> str:
    """The text of docs/sql.md: as it is, with its functions described anew."""
    return renew_functions((Path(__file__).parent / "sql.md").read_text(encoding="utf-8"))


PAGES = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "fields.md": fields_page,
    "pql.md": pql_page,
    "sql.md": sql_page,
}


def _option_line(option: FieldOption) -> tuple[str, ...]:
    types = "all" if option.types == tuple(FieldType) else names_of(option.types)
    return f"`{option.name}`", types, option.default or "required", option.sentence


def _setting_line(row: SettingRow) -> tuple[str, ...]:
    names = f"`{row.name}`<br>`{row.flag}`<br>`{row.variable}`"
    return names, _shown(row.default), row.unit, row.sentence, row.in_2022


def _shown(value: SettingValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) or "empty"


def _told(group: type[RoarbaseError]) -> list[type[RoarbaseError]]:
    """The classes that own a code: groups and refinements that share one with another class are left out."""
    kinds = [kind for kind in _kinds(group) if not kind.__subclasses__() or kind.__name__ == kind.code]
    return [kind for kind in kinds if "code" in vars(kind)]


def _kinds(group: type[RoarbaseError]) -> Iterator[type[RoarbaseError]]:
    for kind in group.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _first_line(kind: type[RoarbaseError]) -> str:
    return (kind.__doc__ or "").splitlines()[0]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


if __name__ == "__main__":
    for name, page in PAGES.items():
        (Path(__file__).parent / name).write_text(page(), encoding="utf-8")
