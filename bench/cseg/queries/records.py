"""Records: some by a filter, one by its id, and joins with a second table."""

import numpy as np
from numpy.typing import NDArray

from bench.cseg.dataset import Dataset
from bench.cseg.queries.query import FIELDS, AnyOf, Query

__all__ = ["RECORDS"]

_CHOSEN = "Intersect(Row(age=45), Row(hobbies=5), Row(sex=1))"
_JOINED = "from cseg c join other o on c.id = o.person where c.sex = 1"


def _are_chosen(data: Dataset) -> NDArray[np.bool_]:
    chosen: NDArray[np.bool_] = (data.age == 45) & (data.sex == 1) & data.hobbies.holds(5)
    return chosen


def _extract(limit: int) -> Query:
    return Query(
        name=f"extract{limit}",
        asks=f"Any {limit:,} records of an age, a hobby and a sex, with all their values.",
        pql=f"[cseg]Extract(Limit({_CHOSEN}, limit={limit}), {FIELDS})",
        duckdb={
            "list": f"select * from cseg where age = 45 and list_contains(hobbies, 5) and sex = 1 limit {limit}",
            "bridge": "select * from cseg where age = 45 and sex = 1"
            f" and id in (select id from hobbies_b where v = 5) limit {limit}",
        },
        chdb={
            "list": f"select * from cseg where age = 45 and has(hobbies, 5) and sex = 1 limit {limit}",
            "bridge": "select * from cseg where age = 45 and sex = 1"
            f" and id in (select id from hobbies_b where v = 5) limit {limit}",
        },
        polars={
            "list": lambda p: p.chosen.filter(p.col("age") == 45).limit(limit),
            "bridge": lambda p: p.chosen_by_bridge.filter(p.col("age") == 45).select(p.columns).limit(limit),
        },
        any_of=AnyOf(limit=limit, among=_are_chosen),
    )


RECORDS = (
    _extract(10),
    _extract(1000),
    Query(
        name="extract_last",
        asks="One record near the end by its id, with all its values.",
        pql=f"[cseg]Extract(ConstRow(columns=[{{last}}]), {FIELDS})",
        duckdb={"column": "select * from cseg where id = {last}"},
        chdb={"column": "select * from cseg where id = {last}"},
        polars={"column": lambda p: p.cseg.filter(p.col("id") == p.last)},
    ),
    Query(
        name="count_join",
        asks="How many of a sex and an age are in the second table in one of ten buckets?",
        pql="[cseg]Count(Intersect(Row(sex=1), Row(age=45), Distinct(Row(bucket < 10), field=person, index=other)))",
        duckdb={
            "join": f"select count(*) {_JOINED} and c.age = 45 and o.bucket < 10",
            "semi": "select count(*) from cseg where sex = 1 and age = 45"
            " and id in (select person from other where bucket < 10)",
        },
        chdb={
            "join": f"select count() {_JOINED} and c.age = 45 and o.bucket < 10",
            "semi": "select count() from cseg where sex = 1 and age = 45"
            " and id in (select person from other where bucket < 10)",
        },
        polars={
            "join": lambda p: p.joined((p.col("sex") == 1) & (p.col("age") == 45), 10, "inner").select(p.count),
            "semi": lambda p: p.joined((p.col("sex") == 1) & (p.col("age") == 45), 10, "semi").select(p.count),
        },
    ),
    Query(
        name="count_join_big",
        asks="How many of a sex are in the second table in one of 25 buckets?",
        pql="[cseg]Count(Intersect(Row(sex=1), Distinct(Row(bucket < 25), field=person, index=other)))",
        duckdb={
            "join": f"select count(*) {_JOINED} and o.bucket < 25",
            "semi": "select count(*) from cseg where sex = 1 and id in (select person from other where bucket < 25)",
        },
        chdb={
            "join": f"select count() {_JOINED} and o.bucket < 25",
            "semi": "select count() from cseg where sex = 1 and id in (select person from other where bucket < 25)",
        },
        polars={
            "join": lambda p: p.joined(p.col("sex") == 1, 25, "inner").select(p.count),
            "semi": lambda p: p.joined(p.col("sex") == 1, 25, "semi").select(p.count),
        },
    ),
)
