"""Calendar views by their names, with Python's own dates: `2019`, `201908`, `20190804`, `2019080414`.

What the reference model keeps of a time field, and how it says which views lie between two times.
"""

from datetime import datetime, timedelta

from roarbase.engine.plan import TimeRange

__all__ = ["begin_of", "end_of", "is_between", "views_at"]

_EPOCH = datetime(1970, 1, 1)
_END_OF_TIME = 253_402_300_800
_LETTERS = {4: "Y", 6: "M", 8: "D", 10: "H"}


def views_at(quantum: str, second: int) -> list[str]:
    """The views that a moment belongs to.

    >>> views_at("YMD", 0)
    ['1970', '197001', '19700101']
    """
    moment = _EPOCH + timedelta(seconds=second)
    text = f"{moment.year:04d}{moment.month:02d}{moment.day:02d}{moment.hour:02d}"
    return [text[:length] for length, letter in _LETTERS.items() if letter in quantum]


def begin_of(view: str) -> int:
    """The first second of a view.

    >>> begin_of("197001"), begin_of("1970010101")
    (0, 3600)
    """
    return _seconds(_begin(view))


def end_of(view: str) -> int:
    """The first second behind a view.

    >>> end_of("196912"), end_of("1969123123")
    (0, 0)
    """
    begin = _begin(view)
    match _LETTERS[len(view)]:
        case "Y":
            return _END_OF_TIME if begin.year == 9999 else _seconds(begin.replace(year=begin.year + 1))
        case "M":
            if begin.month == 12:
                return end_of(view[:4])
            return _seconds(begin.replace(month=begin.month + 1))
        case "D":
            return _seconds(begin) + 86_400
        case _:
            return _seconds(begin) + 3600


def is_between(view: str, quantum: str, asked: TimeRange) -> bool:
    """Whether a view lies between two times, by the shortest unit of a quantum."""
    length = next(length for length, letter in _LETTERS.items() if letter == quantum[-1])
    if asked.start is not None:
        if asked.start >= _END_OF_TIME:
            return False
        first = views_at(quantum, max(asked.start, -62_135_596_800))[-1]
        if begin_of(view) < begin_of(first):
            return False
    if asked.stop is None:
        return True
    if length == 10:
        minutes_s = 0 if asked.start is None else asked.start % 3600
        return end_of(view) - 3600 + minutes_s < asked.stop
    return end_of(view) <= asked.stop


def _begin(view: str) -> datetime:
    return datetime(int(view[:4]), int(view[4:6] or 1), int(view[6:8] or 1), int(view[8:10] or 0))


def _seconds(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds())
