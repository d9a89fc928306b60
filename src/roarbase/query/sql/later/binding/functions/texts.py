"""Functions of texts. Positions count from 0."""

from collections.abc import Sequence

from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.binding.functions.function import function
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Call
from roarbase.query.sql.later.tree import INT, STRING, Apply, Expr, Literal

__all__ = ["TEXT_FUNCTIONS"]


def _format(binding: Binding, call: Call, arguments: Sequence[Expr]) -> Expr:
    for node, argument in zip(call.arguments, arguments, strict=True):
        if argument.type.kind == Kind.TUPLE:
            raise binding.error(node.at, "a tuple literal stands in INSERT only")
    words = " ".join(f"{kind.kind.value}{kind.scale or ''}" for kind in (a.type for a in arguments[1:]))
    return Apply(STRING, "format", (arguments[0], Literal(STRING, words), *arguments[1:]))


def _str(_: Binding, __: Call, arguments: Sequence[Expr]) -> Expr:
    number, *columns = arguments
    return Apply(STRING, "str", (number, Literal(INT, number.type.scale), *columns))


TEXT_FUNCTIONS = (
    function("reverse(text)", STRING, "The text from its end.", "reverse('abc')"),
    function("upper(text)", STRING, "In upper case.", "upper('abc')"),
    function("lower(text)", STRING, "In lower case.", "lower('ABC')"),
    function("trim(text)", STRING, "Without blanks at both ends.", "trim(' a ')"),
    function("ltrim(text)", STRING, "Without blanks in front.", "ltrim(' a ')"),
    function("rtrim(text)", STRING, "Without blanks behind.", "rtrim(' a ')"),
    function("len(text)", INT, "How many characters it has.", "len('abc')"),
    function(
        "substring(text, whole, whole?)",
        STRING,
        "From a position on, counted from 0, so many bytes or all.",
        "substring('testing', 1, 3)",
    ),
    function("prefix(text, whole)", STRING, "Its first bytes.", "prefix('abc', 2)"),
    function("suffix(text, whole)", STRING, "Its last bytes.", "suffix('abc', 2)"),
    function(
        "replaceall(text, text, text)",
        STRING,
        "With every occurrence of a text replaced.",
        "replaceall('a b a', 'a', 'c')",
    ),
    function(
        "stringsplit(text, text, whole?)",
        STRING,
        "The part at a position, counted from 0, of a text cut at a separator.",
        "stringsplit('a,b', ',', 1)",
    ),
    function("char(whole)", STRING, "The character of a code.", "char(82)"),
    function("ascii(text)", INT, "The code of one character.", "ascii('R')"),
    function("space(whole)", STRING, "So many blanks.", "space(3)"),
    function("replicate(text, whole)", STRING, "The text so many times.", "replicate('ab', 2)"),
    function(
        "charindex(text, text, whole?)",
        INT,
        "Where a text stands in another, from a position on; -1 if nowhere.",
        "charindex('is', 'this is', 3)",
    ),
    function(
        "format(text, any!...)",
        STRING,
        "A pattern with the verbs of C and Go (%s %d %f %t %x %o %b %v) replaced by values.",
        "format('%d of %s', 3, 'x')",
        _format,
    ),
    function(
        "str(number, whole!?, whole!?)",
        STRING,
        "A number rounded, at the right of some columns; asterisks where they do not suffice.",
        "str(12345.789, 8, 2)",
        _str,
    ),
)
