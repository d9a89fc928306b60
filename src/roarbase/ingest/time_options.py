"""The options of types whose values are moments: Layout, Unit, CustomUnit and Epoch."""

from roarbase.ingest.layouts import NAMED_LAYOUTS, layout_of
from roarbase.model.durations import duration_ns
from roarbase.model.options import Options
from roarbase.model.time_forms import UNITS_NS
from roarbase.model.timestamps import timestamp_seconds

__all__ = ["is_counted", "read_epoch_ns", "read_layout", "read_unit_ns"]

_LONGEST_LAYOUT = 256
_CUSTOM = "c"


def is_counted(options: Options) -> bool:
    """Whether moments are counts: that is so with a Unit or an Epoch."""
    return options.has("Unit") or options.has("Epoch")


def read_layout(options: Options, *default: str) -> tuple[str, ...]:
    """The layouts that texts may have: the one given, or else those by default."""
    layout = options.text("Layout")
    if not layout:
        return default
    if len(layout) > _LONGEST_LAYOUT:
        options.refuse("Layout", f"has {len(layout)} characters, at most {_LONGEST_LAYOUT} are allowed")
    elif not layout_of(layout).has_year:
        names = ", ".join(NAMED_LAYOUTS)
        what = "says no year: write Mon Jan 2 15:04:05 2006 as your times are written, such as '2006-01-02 15:04'"
        options.refuse("Layout", f"is {layout!r:.80}, which {what}, or give one of {names}")
    else:
        return (layout,)
    return default


def read_unit_ns(options: Options, *, may_be_custom: bool = False) -> int:
    """How many nanoseconds the Unit has; without one, a second."""
    unit = options.text("Unit") or "s"
    if unit in UNITS_NS:
        return UNITS_NS[unit]
    if unit == _CUSTOM and may_be_custom:
        return _read_custom(options)
    custom = ", or c with CustomUnit" if may_be_custom else ""
    options.refuse("Unit", f"is {unit!r:.80}, it must be one of {', '.join(UNITS_NS)}{custom}")
    return UNITS_NS["s"]


def _read_custom(options: Options) -> int:
    text = options.text("CustomUnit")
    length_ns = duration_ns(text)
    if length_ns is not None and length_ns > 0:
        return length_ns
    if text:
        options.refuse("CustomUnit", f"is {text!r:.80}, it must be a duration above 0 such as '6h' or '1m30s'")
    else:
        options.problems.missing(f"{options.path}.CustomUnit", "is missing: the Unit 'c' needs a duration such as '6h'")
    return UNITS_NS["s"]


def read_epoch_ns(options: Options) -> int:
    """The moment from which counts start, in nanoseconds since 1970."""
    text = options.text("Epoch")
    seconds = timestamp_seconds(text) if text else None
    if seconds is None:
        if text:
            options.refuse("Epoch", f"is {text!r:.80}, it must be a moment as RFC 3339 such as '2022-06-30T00:00:00Z'")
        return 0
    return int(seconds.scaleb(9))
