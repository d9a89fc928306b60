"""Counts: rows, set algebra, a range of time, and the most frequent rows."""

from bench.cseg.queries.query import Query, incomes_of

__all__ = ["COUNTS"]

_INTER3 = "sex = 1 and income > 50000 and "
_TOP = "order by n desc, v limit 5"
_IN_HOBBY5 = "id in (select id from hobbies_b where v = 5)"

COUNTS = (
    Query(
        name="count_row_sex",
        asks="How many have a row held by half of all records?",
        pql="[cseg]Count(Row(sex=1))",
        duckdb={"column": "select count(*) from cseg where sex = 1"},
        chdb={"column": "select count() from cseg where sex = 1"},
        polars={
            "column": lambda p: p.cseg.filter(p.col("sex") == 1).select(p.count),
            "sum": lambda p: p.cseg.select((p.col("sex") == 1).sum()),
        },
    ),
    Query(
        name="count_row_hobby",
        asks="How many have one hobby?",
        pql="[cseg]Count(Row(hobbies=5))",
        duckdb={
            "list": "select count(*) from cseg where list_contains(hobbies, 5)",
            "bridge": "select count(*) from hobbies_b where v = 5",
        },
        chdb={
            "list": "select count() from cseg where has(hobbies, 5)",
            "bridge": "select count() from hobbies_b where v = 5",
        },
        polars={
            "list": lambda p: p.cseg.filter(p.has("hobbies", 5)).select(p.count),
            "bridge": lambda p: p.ids("hobbies", 5).select(p.count),
        },
    ),
    Query(
        name="count_inter3",
        asks="How many have sex, hobby and an income above a bound?",
        pql="[cseg]Count(Intersect(Row(sex=1), Row(hobbies=5), Row(income > 50000)))",
        touches=incomes_of(lambda data: (data.sex == 1) & data.hobbies.holds(5), bitmaps=2),
        duckdb={
            "list": f"select count(*) from cseg where {_INTER3} list_contains(hobbies, 5)",
            "bridge": f"select count(*) from cseg where {_INTER3} {_IN_HOBBY5}",
            "join": f"select count(*) from hobbies_b b join cseg c on b.id = c.id where v = 5 and {_INTER3} true",
        },
        chdb={
            "list": f"select count() from cseg where {_INTER3} has(hobbies, 5)",
            "bridge": f"select count() from cseg where {_INTER3} {_IN_HOBBY5}",
        },
        polars={
            "list": lambda p: p.cseg.filter(
                (p.col("sex") == 1) & (p.col("income") > 50000) & p.has("hobbies", 5)
            ).select(p.count),
            "bridge": lambda p: (
                p.among("hobbies", 5).filter((p.col("sex") == 1) & (p.col("income") > 50000)).select(p.count)
            ),
        },
    ),
    Query(
        name="count_union3",
        asks="How many have a hobby, or a skill, or an education?",
        pql="[cseg]Count(Union(Row(hobbies=3), Row(skills=7), Row(education=4)))",
        duckdb={
            "list": "select count(*) from cseg where list_contains(hobbies, 3) or list_contains(skills, 7)"
            " or list_contains(education, 4)",
            "bridge": "select count(distinct id) from (select id from hobbies_b where v = 3 union all"
            " select id from skills_b where v = 7 union all select id from education_b where v = 4)",
        },
        chdb={
            "list": "select count() from cseg where has(hobbies, 3) or has(skills, 7) or has(education, 4)",
            "bridge": "select groupBitmap(id) from (select id from hobbies_b where v = 3 union all"
            " select id from skills_b where v = 7 union all select id from education_b where v = 4)",
        },
        polars={
            "list": lambda p: p.cseg.filter(p.has("hobbies", 3) | p.has("skills", 7) | p.has("education", 4)).select(
                p.count
            ),
            "bridge": lambda p: p.concat([p.ids("hobbies", 3), p.ids("skills", 7), p.ids("education", 4)]).select(
                p.col("id").n_unique()
            ),
        },
    ),
    Query(
        name="count_diff",
        asks="How many have a hobby, but not an education?",
        pql="[cseg]Count(Difference(Row(hobbies=3), Row(education=4)))",
        duckdb={
            "list": "select count(*) from cseg where list_contains(hobbies, 3) and not list_contains(education, 4)",
            "bridge": "select count(*) from (select id from hobbies_b where v = 3) a"
            " anti join (select id from education_b where v = 4) b using (id)",
        },
        chdb={
            "list": "select count() from cseg where has(hobbies, 3) and not has(education, 4)",
            "bridge": "select count() from hobbies_b where v = 3 and id not in"
            " (select id from education_b where v = 4)",
        },
        polars={
            "list": lambda p: p.cseg.filter(p.has("hobbies", 3) & ~p.has("education", 4)).select(p.count),
            "bridge": lambda p: p.ids("hobbies", 3).join(p.ids("education", 4), on="id", how="anti").select(p.count),
        },
    ),
    Query(
        name="count_xor",
        asks="How many have a hobby or are for hire, but not both?",
        pql="[cseg]Count(Xor(Row(hobbies=3), Row(for_hire=true)))",
        duckdb={"list": "select count(*) from cseg where list_contains(hobbies, 3) <> for_hire"},
        chdb={"list": "select count() from cseg where has(hobbies, 3) <> for_hire"},
        polars={"list": lambda p: p.cseg.filter(p.has("hobbies", 3) != p.col("for_hire")).select(p.count)},
    ),
    Query(
        name="count_range_time_city",
        asks="How many signed up within eight months, in one city?",
        pql="[cseg]Count(Intersect(Row(1620000000 <= signup <= 1640000000), Row(city=city_0003)))",
        duckdb={
            "column": "select count(*) from cseg where city = 'city_0003' and signup between"
            " to_timestamp(1620000000)::timestamp::timestamp_s and to_timestamp(1640000000)::timestamp::timestamp_s"
        },
        chdb={
            "column": "select count() from cseg where city = 'city_0003' and signup between"
            " toDateTime(1620000000, 'UTC') and toDateTime(1640000000, 'UTC')"
        },
        polars={
            "column": lambda p: p.cseg.filter(
                p.col("signup").is_between(p.moment(1620000000), p.moment(1640000000)) & (p.col("city") == "city_0003")
            ).select(p.count)
        },
    ),
    Query(
        name="topk",
        asks="Which five hobbies are the most frequent?",
        pql="[cseg]TopK(hobbies, k=5)",
        duckdb={
            "list": f"select v, count(*) n from (select unnest(hobbies) v from cseg) group by v {_TOP}",
            "bridge": f"select v, count(*) n from hobbies_b group by v {_TOP}",
        },
        chdb={
            "list": f"select arrayJoin(hobbies) v, count() n from cseg group by v {_TOP}",
            "bridge": f"select v, count() n from hobbies_b group by v {_TOP}",
        },
        polars={
            "list": lambda p: p.top(p.cseg.select("hobbies").explode("hobbies"), "hobbies", 5),
            "bridge": lambda p: p.top(p.pairs("hobbies"), "v", 5),
        },
        is_ordered=True,
    ),
    Query(
        name="topk_filt",
        asks="Which five hobbies are the most frequent among those with a sex and a hobby?",
        pql="[cseg]TopK(hobbies, k=5, filter=Intersect(Row(sex=1), Row(hobbies=5)))",
        duckdb={
            "list": "select v, count(*) n from (select unnest(hobbies) v from cseg"
            f" where sex = 1 and list_contains(hobbies, 5)) group by v {_TOP}",
            "bridge": f"select v, count(*) n from (select unnest(hobbies) v from cseg where sex = 1 and {_IN_HOBBY5})"
            f" group by v {_TOP}",
        },
        chdb={
            "list": f"select arrayJoin(hobbies) v, count() n from cseg where sex = 1 and has(hobbies, 5)"
            f" group by v {_TOP}",
            "bridge": f"select arrayJoin(hobbies) v, count() n from cseg where sex = 1 and {_IN_HOBBY5} group by v"
            f" {_TOP}",
        },
        polars={
            "list": lambda p: p.top(p.chosen.select("hobbies").explode("hobbies"), "hobbies", 5),
            "bridge": lambda p: p.top(p.chosen_by_bridge.select("hobbies").explode("hobbies"), "hobbies", 5),
        },
        is_ordered=True,
    ),
)
