"""The 29 queries in Roarbase's later SQL, each with what of its answer PQL's has, too."""

from collections.abc import Callable

from bench.cseg.queries.query import Rows

__all__ = ["SQL"]

_CHOSEN = "where sex = 1 and setcontains(hobbies, 5)"
_EXTRACTED = "select * from cseg where age = 45 and setcontains(hobbies, 5) and sex = 1"
_FROM_OTHER = "_id in (select person from other where bucket <"
_SUMMED = "select min(income), max(income), sum(income), count(income) from cseg"
_TOP = "select hobbies, count(*) as n from cseg with (flatten(hobbies))"


def _same(rows: Rows) -> Rows:
    return rows


def _members(rows: Rows) -> Rows:
    """Sets of one, as flattened columns have them, as their members."""
    return [[cell[0] if isinstance(cell, list) else cell for cell in row] for row in rows]


def _mean(rows: Rows) -> Rows:
    return [[lowest, highest, total / count] for lowest, highest, total, count in rows]


SQL: dict[str, tuple[str, Callable[[Rows], Rows]]] = {
    "count_row_sex": ("select count(*) from cseg where sex = 1", _same),
    "count_row_hobby": ("select count(*) from cseg where setcontains(hobbies, 5)", _same),
    "count_inter3": (f"select count(*) from cseg {_CHOSEN} and income > 50000", _same),
    "count_union3": (
        "select count(*) from cseg where setcontains(hobbies, 3) or setcontains(skills, 7)"
        " or setcontains(education, 4)",
        _same,
    ),
    "count_diff": (
        "select count(*) from cseg where setcontains(hobbies, 3) and not setcontains(education, 4)",
        _same,
    ),
    "count_xor": (
        "select count(*) from cseg where (setcontains(hobbies, 3) or for_hire = true)"
        " and not (setcontains(hobbies, 3) and for_hire = true)",
        _same,
    ),
    "count_range_time_city": (
        "select count(*) from cseg where signup between '2021-05-03T00:00:00Z' and '2021-12-20T11:33:20Z'"
        " and city = 'city_0003'",
        _same,
    ),
    "topk": (f"{_TOP} group by hobbies order by n desc limit 5", _members),
    "topk_filt": (f"{_TOP} {_CHOSEN} group by hobbies order by n desc limit 5", _members),
    "gb_sex": ("select sex, count(*) from cseg group by sex", _same),
    "gb_city": ("select city, count(*) from cseg group by city", _same),
    "gb_edu": ("select education, count(*) from cseg with (flatten(education)) group by education", _members),
    "gb_sex_edu": (
        "select sex, education, count(*) from cseg with (flatten(education)) group by sex, education",
        _members,
    ),
    "gb_sex_edu_age": (
        "select sex, education, age, count(*) from cseg with (flatten(education)) group by sex, education, age",
        _members,
    ),
    "gb_age_sex_sum_filt": (
        "select age, sex, count(*), sum(income) from cseg where setcontains(hobbies, 3) group by age, sex",
        _same,
    ),
    "sum": ("select sum(income) from cseg", _same),
    "minmaxavg": (_SUMMED, _mean),
    "sum_filt": (f"select sum(income) from cseg {_CHOSEN}", _same),
    "minmaxavg_filt": (f"{_SUMMED} {_CHOSEN}", _mean),
    "median": ("select percentile(income, 50) from cseg", _same),
    "median_filt": (f"select percentile(income, 50) from cseg {_CHOSEN}", _same),
    "distinct": ("select count(distinct income) from cseg", _same),
    "distinct_filt": (f"select count(distinct income) from cseg {_CHOSEN}", _same),
    "range_sum": (
        "select sum(income), count(*) from cseg where income > 5000 and age = 45 and setcontainsany(skills, [10, 20])",
        _same,
    ),
    "extract10": (f"{_EXTRACTED} limit 10", _same),
    "extract1000": (f"{_EXTRACTED} limit 1000", _same),
    "extract_last": ("select * from cseg where _id = {last}", _same),
    "count_join": (f"select count(*) from cseg where sex = 1 and age = 45 and {_FROM_OTHER} 10)", _same),
    "count_join_big": (f"select count(*) from cseg where sex = 1 and {_FROM_OTHER} 25)", _same),
}
"""By the name of the query; `{last}` as in the other texts."""
