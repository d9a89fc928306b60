"""Functions of moments."""

from roarbase.query.sql.later.binding.functions.function import function
from roarbase.query.sql.later.tree import INT, STRING, TIMESTAMP

__all__ = ["TIME_FUNCTIONS"]

TIME_FUNCTIONS = (
    function(
        "datetimepart(unit, moment)",
        INT,
        "A part of a moment: yy yd m d w wk hh mi s ms us ns.",
        "datetimepart('hh', '2022-06-30T12:00:00Z')",
    ),
    function(
        "datetimename(unit, moment)",
        STRING,
        "A part of a moment in words: months and days of the week by name.",
        "datetimename('m', '2022-06-30')",
    ),
    function(
        "date_trunc(unit, moment)", STRING, "A moment as text, cut behind a part.", "date_trunc('m', '2022-06-30')"
    ),
    function(
        "datetimeadd(unit, count, moment)",
        TIMESTAMP,
        "A moment so many units later: yy m wk d hh mi s ms us ns.",
        "datetimeadd('d', 1, '2022-06-30')",
    ),
    function(
        "datetimediff(unit, moment, moment)",
        INT,
        "How many whole units lie between two moments; of yy and m, how many of the calendar.",
        "datetimediff('d', '2022-06-01', '2022-06-30')",
    ),
    function(
        "totimestamp(count, unit?)",
        TIMESTAMP,
        "The moment so many seconds (or ms, us, ns) after 1970.",
        "totimestamp(1656547200, 's')",
        formal=2,
    ),
    function(
        "datetimefromparts(count, count, count, count, count, count, count)",
        TIMESTAMP,
        "A moment of year, month, day, hour, minute, second and millisecond.",
        "datetimefromparts(2022, 6, 30, 12, 0, 0, 0)",
    ),
    function(
        "parsetimestamp(text, text)",
        TIMESTAMP,
        "The moment that a text says by a pattern of strptime: %Y %m %d %H %M %S %f %b %B %y %j %p %z.",
        "parsetimestamp('30 Jun 2022', '%d %b %Y')",
    ),
)
