"""The functions by name: what they take and give. A row is a function; `operations/` says what it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.kinds_of import are_comparable, is_null, one_scale, one_set, plain_set
from roarbase.query.sql.later.binding.parameters import PARAMETERS
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Call
from roarbase.query.sql.later.tree import BOOL, ID, INT, STRING, TIMESTAMP, Apply, Expr, Literal

__all__ = ["FUNCTIONS", "Function", "check_count", "read_function"]

_Build = Callable[[Binding, Call, Sequence[Expr]], Expr]


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """One function.

    Attributes:
        takes: Kinds of parameters, rows of PARAMETERS; those behind `least` may be left out.
        more: The kind of any further arguments; empty if there are none.
        formal: How many parameters an error says it has; by default as many as it needs.
        build: Makes the typed expression of arguments that are checked.
        sentence: What it gives.
    """

    name: str
    takes: tuple[str, ...]
    gives: SqlType
    sentence: str
    example: str
    least: int = -1
    more: str = ""
    formal: int = -1
    build: _Build | None = None

    @property
    def needed(self) -> int:
        return len(self.takes) if self.least < 0 else self.least


def check_count(binding: Binding, call: Call, needed: int, most: int | None, formal: int = -1) -> None:
    """Raise if a call has too few or too many arguments."""
    given = len(call.arguments)
    if given < needed or (most is not None and given > most):
        count = needed if formal < 0 else formal
        raise binding.error(
            call.end,
            f"'{call.name}': count of formal parameters ({count}) does not match count of actual parameters ({given})",
        )


def read_function(binding: Binding, call: Call, bind: Callable[[int], Expr]) -> Expr:
    """The typed expression of a call.

    Args:
        bind: Gives an argument by its place.

    Raises:
        StatementError: There is no such function, or it does not take these arguments.
    """
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise binding.error(call.at, f"unknown function '{call.name[:60]}'")
    check_count(binding, call, function.needed, None if function.more else len(function.takes), function.formal)
    arguments: list[Expr] = []
    for place, node in enumerate(call.arguments):
        kind = function.takes[place] if place < len(function.takes) else function.more
        arguments.append(PARAMETERS[kind].read(binding, node.at, bind(place)))
    if function.build is not None:
        return function.build(binding, call, arguments)
    return Apply(function.gives, function.name, tuple(arguments))


# ---- sets ------------------------------------------------------------------------------------


def _member(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    members, value = arguments
    if is_null(members):
        return Literal(BOOL, None)
    one = members.type.member
    is_value = value.type.kind == one.kind or (one.kind == Kind.ID and value.type.kind in (Kind.ID, Kind.INT))
    if not is_value:
        raise binding.error(
            call.arguments[1].at, f"types '{plain_set(members.type)}' and '{value.type}' are not equatable"
        )
    return Apply(BOOL, call.name, (members, value))


def _members(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    one, other = one_set(*arguments)
    if is_null(one) or is_null(other):
        return Literal(BOOL, None)
    if one.type.member.kind != other.type.member.kind:
        raise binding.error(
            call.arguments[1].at, f"types '{one.type.member}' and '{other.type.member}' are not equatable"
        )
    return Apply(BOOL, call.name, (one, other))


# ---- texts -----------------------------------------------------------------------------------


def _format(_: Binding, __: Call, arguments: Sequence[Expr]) -> Expr:
    words = " ".join(f"{kind.kind.value}{kind.scale or ''}" for kind in (a.type for a in arguments[1:]))
    return Apply(STRING, "format", (arguments[0], Literal(STRING, words), *arguments[1:]))


def _str(_: Binding, __: Call, arguments: Sequence[Expr]) -> Expr:
    number, *columns = arguments
    return Apply(STRING, "str", (number, Literal(INT, number.type.scale), *columns))


def _coalesce(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    arguments = one_set(*arguments)
    kind = next((a.type for a in arguments if not is_null(a)), arguments[0].type)
    for node, argument in zip(call.arguments, arguments, strict=True):
        if not are_comparable(kind, argument.type):
            raise binding.error(node.at, f"types '{kind}' and '{argument.type}' are not equatable")
    scaled = one_scale(*arguments)
    result = next((a.type for a in scaled if not is_null(a)), kind)
    return Apply(result, "coalesce", scaled)


def _alike(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    found = _members(binding, call, arguments)
    return Apply(_LIKENESS, call.name, found.arguments) if isinstance(found, Apply) else Literal(_LIKENESS, None)


# ---- records ---------------------------------------------------------------------------------


def _tuple(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    if len(arguments) < 2:
        raise binding.error(call.at, "a tuple has two parts or more")
    return Apply(SqlType(Kind.TUPLE, 0, tuple(part.type for part in arguments)), "tuple", tuple(arguments))


def _identifier(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    """The id is taken now, and is another one each time."""
    name = arguments[0]
    if not isinstance(name, Literal) or not isinstance(name.value, str):
        raise binding.error(call.arguments[0].at, "string literal expected")
    table = binding.catalog.schema.tables.get(name.value.lower())
    if table is None:
        raise binding.error(call.arguments[0].at, f"table or view '{name.value[:100]}' not found")
    if table.is_keyed:
        raise binding.error(call.arguments[0].at, f"records of table '{table.name}' have keys, not ids")
    binding.momentary.append("the next id")
    return Literal(ID, binding.catalog.take_id(table))


_MOMENT = ("unit", "moment")
_LIKENESS = SqlType(Kind.DECIMAL, 6)

_TABLE = (
    Function(
        name="setcontains",
        takes=("set", "any"),
        gives=BOOL,
        build=_member,
        sentence="Whether a set holds a value.",
        example="setcontains(colors, 'blue')",
    ),
    Function(
        name="setexcludes",
        takes=("set", "any"),
        gives=BOOL,
        build=_member,
        sentence="Whether a set does not hold a value.",
        example="setexcludes(colors, 'blue')",
    ),
    Function(
        name="setcontainsall",
        takes=("set", "set"),
        gives=BOOL,
        build=_members,
        sentence="Whether a set holds all members of another.",
        example="setcontainsall(colors, ['blue', 'white'])",
    ),
    Function(
        name="setcontainsany",
        takes=("set", "set"),
        gives=BOOL,
        build=_members,
        sentence="Whether a set holds some member of another.",
        example="setcontainsany(colors, ['blue', 'white'])",
    ),
    Function(
        name="tanimoto_coefficient",
        takes=("set", "set"),
        gives=_LIKENESS,
        build=_alike,
        sentence="How alike two sets are: the members of both, as a part of those of any; a query may stand for one.",
        example="tanimoto_coefficient(colors, ['blue', 'white'])",
    ),
    Function(
        name="tuple",
        takes=("any",),
        more="any",
        gives=SqlType(Kind.TUPLE),
        build=_tuple,
        sentence="A moment with a set, for columns with times: in INSERT and TRANSFORM.",
        example="tuple('2022-06-30', ['blue'])",
    ),
    Function(
        name="identifier",
        takes=("text",),
        gives=ID,
        build=_identifier,
        sentence="An id that no record of a table has, from 1: the next one behind the last, each time another.",
        example="identifier('flowers')",
    ),
    Function(
        name="reverse", takes=("text",), gives=STRING, sentence="The text from its end.", example="reverse('abc')"
    ),
    Function(name="upper", takes=("text",), gives=STRING, sentence="In upper case.", example="upper('abc')"),
    Function(name="lower", takes=("text",), gives=STRING, sentence="In lower case.", example="lower('ABC')"),
    Function(
        name="trim", takes=("text",), gives=STRING, sentence="Without blanks at both ends.", example="trim(' a ')"
    ),
    Function(name="ltrim", takes=("text",), gives=STRING, sentence="Without blanks in front.", example="ltrim(' a ')"),
    Function(name="rtrim", takes=("text",), gives=STRING, sentence="Without blanks behind.", example="rtrim(' a ')"),
    Function(name="len", takes=("text",), gives=INT, sentence="How many characters it has.", example="len('abc')"),
    Function(
        name="substring",
        takes=("text", "whole", "whole"),
        least=2,
        gives=STRING,
        sentence="From a position on, counted from 0, so many bytes or all.",
        example="substring('testing', 1, 3)",
    ),
    Function(
        name="prefix", takes=("text", "whole"), gives=STRING, sentence="Its first bytes.", example="prefix('abc', 2)"
    ),
    Function(
        name="suffix", takes=("text", "whole"), gives=STRING, sentence="Its last bytes.", example="suffix('abc', 2)"
    ),
    Function(
        name="replaceall",
        takes=("text", "text", "text"),
        gives=STRING,
        sentence="With every occurrence of a text replaced.",
        example="replaceall('a b a', 'a', 'c')",
    ),
    Function(
        name="stringsplit",
        takes=("text", "text", "whole"),
        least=2,
        gives=STRING,
        sentence="The part at a position, counted from 0, of a text cut at a separator.",
        example="stringsplit('a,b', ',', 1)",
    ),
    Function(name="char", takes=("whole",), gives=STRING, sentence="The character of a code.", example="char(82)"),
    Function(name="ascii", takes=("text",), gives=INT, sentence="The code of one character.", example="ascii('R')"),
    Function(name="space", takes=("whole",), gives=STRING, sentence="So many blanks.", example="space(3)"),
    Function(
        name="replicate",
        takes=("text", "whole"),
        gives=STRING,
        sentence="The text so many times.",
        example="replicate('ab', 2)",
    ),
    Function(
        name="charindex",
        takes=("text", "text", "whole"),
        least=2,
        gives=INT,
        sentence="Where a text stands in another, from a position on; -1 if nowhere.",
        example="charindex('is', 'this is', 3)",
    ),
    Function(
        name="format",
        takes=("text",),
        more="any, no null",
        gives=STRING,
        build=_format,
        sentence="A pattern with the verbs of C and Go (%s %d %f %t %x %o %b %v) replaced by values.",
        example="format('%d of %s', 3, 'x')",
    ),
    Function(
        name="str",
        takes=("number", "whole, no null", "whole, no null"),
        least=1,
        gives=STRING,
        build=_str,
        sentence="A number rounded, at the right of some columns; asterisks where they do not suffice.",
        example="str(12345.789, 8, 2)",
    ),
    Function(
        name="coalesce",
        takes=("any",),
        more="any",
        gives=STRING,
        build=_coalesce,
        sentence="The first of its arguments that is not null.",
        example="coalesce(null, 'x')",
    ),
    Function(
        name="datetimepart",
        takes=_MOMENT,
        gives=INT,
        sentence="A part of a moment: yy yd m d w wk hh mi s ms us ns.",
        example="datetimepart('hh', '2022-06-30T12:00:00Z')",
    ),
    Function(
        name="datetimename",
        takes=_MOMENT,
        gives=STRING,
        sentence="A part of a moment in words: months and days of the week by name.",
        example="datetimename('m', '2022-06-30')",
    ),
    Function(
        name="date_trunc",
        takes=_MOMENT,
        gives=STRING,
        sentence="A moment as text, cut behind a part.",
        example="date_trunc('m', '2022-06-30')",
    ),
    Function(
        name="datetimeadd",
        takes=("unit", "count", "moment"),
        gives=TIMESTAMP,
        sentence="A moment so many units later: yy m wk d hh mi s ms us ns.",
        example="datetimeadd('d', 1, '2022-06-30')",
    ),
    Function(
        name="datetimediff",
        takes=("unit", "moment", "moment"),
        gives=INT,
        sentence="How many whole units lie between two moments; of yy and m, how many of the calendar.",
        example="datetimediff('d', '2022-06-01', '2022-06-30')",
    ),
    Function(
        name="totimestamp",
        takes=("count", "unit"),
        least=1,
        formal=2,
        gives=TIMESTAMP,
        sentence="The moment so many seconds (or ms, us, ns) after 1970.",
        example="totimestamp(1656547200, 's')",
    ),
    Function(
        name="datetimefromparts",
        takes=("count",) * 7,
        gives=TIMESTAMP,
        sentence="A moment of year, month, day, hour, minute, second and millisecond.",
        example="datetimefromparts(2022, 6, 30, 12, 0, 0, 0)",
    ),
    Function(
        name="parsetimestamp",
        takes=("text", "text"),
        gives=TIMESTAMP,
        sentence="The moment that a text says by a pattern of strptime: %Y %m %d %H %M %S %f %b %B %y %j %p %z.",
        example="parsetimestamp('30 Jun 2022', '%d %b %Y')",
    ),
)

FUNCTIONS: dict[str, Function] = {function.name: function for function in _TABLE}
"""All functions, by name."""
