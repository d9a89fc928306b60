"""Numbers: sums, extremes, medians and distinct values, over all records and over some."""

from bench.cseg.queries.query import Query, Rows, incomes_of, values_only

__all__ = ["NUMBERS", "extremes_and_mean"]

_MEDIAN_TOLERANCE = 0.01
"""Percentile halves a range until as many records lie below as above: it may name a number between two values."""

_CHOSEN = "Intersect(Row(sex=1), Row(hobbies=5))"
_DUCKDB = {
    "list": " from cseg where sex = 1 and list_contains(hobbies, 5)",
    "bridge": " from cseg where sex = 1 and id in (select id from hobbies_b where v = 5)",
    "join": " from hobbies_b b join cseg c on b.id = c.id where v = 5 and sex = 1",
}
_CHDB = {
    "list": " from cseg where sex = 1 and has(hobbies, 5)",
    "bridge": " from cseg where sex = 1 and id in (select id from hobbies_b where v = 5)",
}


def extremes_and_mean(tables: list[Rows]) -> Rows:
    """One row out of the answers of Min, Max and Sum."""
    (lowest, _), (highest, _), (total, count) = (table[0] for table in tables)
    return [[lowest, highest, total / count]]


def _asked(what: str, ways: dict[str, str]) -> dict[str, str]:
    """One statement per way of choosing the records."""
    return {name: what + chosen for name, chosen in ways.items()}


NUMBERS = (
    Query(
        name="sum",
        asks="What is the income of all together?",
        pql="[cseg]Sum(field=income)",
        shape=values_only,
        duckdb={"column": "select sum(income) from cseg"},
        chdb={"column": "select sum(income) from cseg"},
        polars={"column": lambda p: p.cseg.select(p.sum("income"))},
    ),
    Query(
        name="minmaxavg",
        asks="What is the lowest, the highest and the mean income?",
        pql="[cseg]Min(field=income)Max(field=income)Sum(field=income)",
        shape=extremes_and_mean,
        duckdb={"column": "select min(income), max(income), avg(income) from cseg"},
        chdb={"column": "select min(income), max(income), avg(income) from cseg"},
        polars={"column": lambda p: p.cseg.select(*p.extremes_and_mean("income"))},
    ),
    Query(
        name="sum_filt",
        asks="What is the income of those with a sex and a hobby?",
        pql=f"[cseg]Sum({_CHOSEN}, field=income)",
        touches=incomes_of(lambda data: (data.sex == 1) & data.hobbies.holds(5), bitmaps=2),
        shape=values_only,
        duckdb=_asked("select sum(income)", _DUCKDB),
        chdb=_asked("select sum(income)", _CHDB),
        polars={
            "list": lambda p: p.chosen.select(p.sum("income")),
            "bridge": lambda p: p.chosen_by_bridge.select(p.sum("income")),
        },
    ),
    Query(
        name="minmaxavg_filt",
        asks="What is the lowest, the highest and the mean income of those?",
        pql=f"[cseg]Min({_CHOSEN}, field=income)Max({_CHOSEN}, field=income)Sum({_CHOSEN}, field=income)",
        shape=extremes_and_mean,
        duckdb=_asked("select min(income), max(income), avg(income)", _DUCKDB),
        chdb=_asked("select min(income), max(income), avg(income)", _CHDB),
        polars={
            "list": lambda p: p.chosen.select(*p.extremes_and_mean("income")),
            "bridge": lambda p: p.chosen_by_bridge.select(*p.extremes_and_mean("income")),
        },
    ),
    Query(
        name="median",
        asks="What is the median income?",
        pql="[cseg]Percentile(field=income, nth=50)",
        shape=values_only,
        duckdb={"column": "select quantile_disc(income, 0.5) from cseg"},
        chdb={"column": "select quantileExact(0.5)(income) from cseg"},
        polars={"column": lambda p: p.cseg.select(p.median("income"))},
        tolerance=_MEDIAN_TOLERANCE,
    ),
    Query(
        name="median_filt",
        asks="What is the median income of those with a sex and a hobby?",
        pql=f"[cseg]Percentile(field=income, nth=50, filter={_CHOSEN})",
        shape=values_only,
        duckdb=_asked("select quantile_disc(income, 0.5)", _DUCKDB),
        chdb=_asked("select quantileExact(0.5)(income)", _CHDB),
        polars={
            "list": lambda p: p.chosen.select(p.median("income")),
            "bridge": lambda p: p.chosen_by_bridge.select(p.median("income")),
        },
        tolerance=_MEDIAN_TOLERANCE,
    ),
    Query(
        name="distinct",
        asks="How many different incomes are there?",
        pql="[cseg]Count(Distinct(field=income))",
        duckdb={"column": "select count(distinct income) from cseg"},
        chdb={
            "column": "select uniqExact(income) from cseg",
            "bitmap": "select groupBitmap(income) from cseg",
        },
        polars={"column": lambda p: p.cseg.select(p.col("income").n_unique())},
    ),
    Query(
        name="distinct_filt",
        asks="How many different incomes are there among those with a sex and a hobby?",
        pql=f"[cseg]Count(Distinct({_CHOSEN}, field=income))",
        duckdb=_asked("select count(distinct income)", _DUCKDB),
        chdb=_asked("select groupBitmap(income)", _CHDB),
        polars={
            "list": lambda p: p.chosen.select(p.col("income").n_unique()),
            "bridge": lambda p: p.chosen_by_bridge.select(p.col("income").n_unique()),
        },
    ),
    Query(
        name="range_sum",
        asks="How many of an age have one of two skills and an income above a bound, and what income together?",
        pql="[cseg]Sum(Intersect(Union(Row(skills=10), Row(skills=20)), Row(age=45), Row(income > 5000)),"
        " field=income)",
        duckdb={
            "list": "select sum(income), count(*) from cseg where income > 5000 and age = 45"
            " and (list_contains(skills, 10) or list_contains(skills, 20))",
            "bridge": "select sum(income), count(*) from cseg where income > 5000 and age = 45"
            " and id in (select id from skills_b where v in (10, 20))",
        },
        chdb={
            "list": "select sum(income), count() from cseg where income > 5000 and age = 45"
            " and hasAny(skills, [10, 20])",
            "bridge": "select sum(income), count() from cseg where income > 5000 and age = 45"
            " and id in (select id from skills_b where v in (10, 20))",
        },
        polars={
            "list": lambda p: p.cseg.filter(
                (p.col("age") == 45) & (p.col("income") > 5000) & (p.has("skills", 10) | p.has("skills", 20))
            ).select(p.sum("income"), p.count),
            "filter first": lambda p: (
                p.cseg.filter((p.col("age") == 45) & (p.col("income") > 5000))
                .select("income", "skills")
                .cache()
                .filter(p.has("skills", 10) | p.has("skills", 20))
                .select(p.sum("income"), p.count)
            ),
            "bridge": lambda p: (
                p.concat([p.ids("skills", 10), p.ids("skills", 20)])
                .unique()
                .join(p.cseg.filter((p.col("age") == 45) & (p.col("income") > 5000)), on="id")
                .select(p.sum("income"), p.count)
            ),
        },
    ),
)
