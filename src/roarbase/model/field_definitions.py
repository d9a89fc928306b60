"""Fields from the options that define them, and back; and what tells two fields apart."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from roarbase.errors import RequestError
from roarbase.model.field_options import FIELD_OPTIONS, OPTION, FieldOption
from roarbase.model.field_types import TYPE_NAMES, TypeName, names_of
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.names import check_name
from roarbase.model.options import Options
from roarbase.model.problems import Problems

__all__ = ["Difference", "check_bounds", "differences", "read_config", "read_field", "shown_options"]


def read_field(name: str, given: object, path: str = "$.options") -> FieldSpec:
    """The field that options define.

    Args:
        given: The options as decoded from JSON. Fractions are exact if they are Decimal.
        path: Where they stood, for messages.

    Raises:
        MissingParameter: Something required is not there.
        InvalidParameter: Anything else is wrong; all of it is told.

    >>> price = read_field("price", {"type": "decimal", "scale": 2, "min": 0})
    >>> (price.scale, price.minimum, price.maximum)
    (2, 0, None)
    """
    problems = Problems()
    try:
        check_name("field", name)
    except RequestError as error:
        problems.say(error.message)
    options = Options(given, path, problems)
    if not isinstance(given, dict):
        problems.raise_if_any()
    for unknown in options.names_besides(OPTION):
        options.refuse(unknown, f"is no option of a field; the options are {', '.join(OPTION)}")
    spec = _read_options(options, name)
    problems.raise_if_any()
    assert spec is not None
    return spec


def read_config(options: Options, spec: FieldSpec, names: Iterable[str]) -> FieldSpec:
    """The field with some of the options that a sink's `config` gives, by their spelling there."""
    for option in (OPTION[name] for name in names):
        spec = _with(spec, option, option.read(options, option.config, spec))
    return spec


def check_bounds(options: Options, spec: FieldSpec, low: str, high: str) -> None:
    """Note it if the lowest value is above the highest.

    `low` and `high` are the members' names.
    """
    if spec.minimum is not None and spec.maximum is not None and spec.minimum > spec.maximum:
        options.refuse(low, f"is {OPTION['min'].shown(spec)} and above {high}, {OPTION['max'].shown(spec)}")


def shown_options(spec: FieldSpec) -> dict[str, object]:
    """The options of a field as REST shows them: they define the same field again.

    >>> shown_options(FieldSpec(name="species", type=FieldType.MUTEX, is_keyed=True))
    {'type': 'mutex', 'keys': True}
    """
    shown = ((option.name, option.shown(spec)) for option in FIELD_OPTIONS)
    return {name: str(value) if name == "type" else value for name, value in shown if value is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """An option in which a field that is asked for differs from the one there is, with both values in words."""

    option: FieldOption
    has: str
    asks: str


def differences(has: FieldSpec, asks: FieldSpec) -> list[Difference]:
    """What tells a field from another that is asked for; of fields of different types only that."""
    return [
        Difference(option=option, has=_in_words(option.shown(has)), asks=_in_words(option.shown(asks)))
        for option in (FIELD_OPTIONS if has.type == asks.type else FIELD_OPTIONS[:1])
        if not option.is_same(has, asks)
    ]


def _read_options(options: Options, name: str) -> FieldSpec | None:
    kind = _read_type(options)
    if kind is None:
        _check_without_type(options)
        return None
    spec = FieldSpec(name=name, type=kind.type, is_keyed=bool(kind.is_keyed))
    for option in filter(lambda option: options.has(option.name), FIELD_OPTIONS[1:]):
        if kind.type in option.types:
            spec = _with(spec, option, option.read(options, option.name, spec))
        else:
            options.refuse(option.name, f"is no option of the type {kind.name}, only of {names_of(option.types)}")
    if kind.is_keyed is not None and kind.is_keyed != spec.is_keyed:
        rows = "strings" if kind.is_keyed else "ids"
        options.refuse("keys", f"is {_in_words(spec.is_keyed)}, but rows of the type {kind.name} are {rows}")
    for name in ("dimensions", "length"):
        if options.has(name) and not spec.is_keyed:
            options.refuse(name, "is for strings: give `keys`, too")
    if kind.type is FieldType.TIME and not options.has("timeQuantum"):
        what = f"is missing: the type {kind.name} keeps some of Y, M, D, H, such as 'YMD'"
        options.problems.missing(f"{options.path}.timeQuantum", what)
    check_bounds(options, spec, "min", "max")
    return spec


def _read_type(options: Options) -> TypeName | None:
    if options.get("type") in (None, ""):
        options.problems.missing(f"{options.path}.type", f"is missing: give one of {', '.join(TYPE_NAMES)}")
        return None
    found = OPTION["type"].read(options, "type", _OF_ANY_TYPE)
    return TYPE_NAMES[found] if isinstance(found, str) else None


_OF_ANY_TYPE = FieldSpec(name="", type=FieldType.SET)


def _check_without_type(options: Options) -> None:
    """Note what is wrong with options whatever the type; a bound says nothing without it."""
    for option in FIELD_OPTIONS[1:]:
        if options.has(option.name) and option.attribute not in ("minimum", "maximum"):
            option.read(options, option.name, FieldSpec(name="", type=option.types[0]))


def _with(spec: FieldSpec, option: FieldOption, value: object) -> FieldSpec:
    return spec if value is None else replace(spec, **{option.attribute: value})  # type: ignore[arg-type]


def _in_words(value: object) -> str:
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)
