"""Groups: by one field of each kind, by several, with a filter and a sum."""

from bench.cseg.queries.query import Query

__all__ = ["GROUPS"]

GROUPS = (
    Query(
        name="gb_sex",
        asks="How many of each sex?",
        pql="[cseg]GroupBy(Rows(sex))",
        duckdb={"column": "select sex, count(*) from cseg group by sex"},
        chdb={"column": "select sex, count() from cseg group by sex"},
        polars={"column": lambda p: p.cseg.group_by("sex").len()},
    ),
    Query(
        name="gb_city",
        asks="How many in each of 1,000 cities?",
        pql="[cseg]GroupBy(Rows(city))",
        duckdb={"column": "select city, count(*) from cseg group by city"},
        chdb={"column": "select city, count() from cseg group by city"},
        polars={"column": lambda p: p.cseg.group_by("city").len()},
    ),
    Query(
        name="gb_edu",
        asks="How many with each of 8 educations, of which a record holds one or two?",
        pql="[cseg]GroupBy(Rows(education))",
        duckdb={
            "list": "select v, count(*) from (select unnest(education) v from cseg) group by v",
            "bridge": "select v, count(*) from education_b group by v",
        },
        chdb={
            "list": "select arrayJoin(education) v, count() from cseg group by v",
            "bridge": "select v, count() from education_b group by v",
        },
        polars={
            "list": lambda p: p.cseg.select("education").explode("education").group_by("education").len(),
            "bridge": lambda p: p.pairs("education").group_by("v").len(),
        },
    ),
    Query(
        name="gb_sex_edu",
        asks="How many of each sex with each education?",
        pql="[cseg]GroupBy(Rows(sex), Rows(education))",
        duckdb={
            "list": "select sex, v, count(*) from (select sex, unnest(education) v from cseg) group by sex, v",
            "bridge": "select sex, v, count(*) from education_b b join cseg c on b.id = c.id group by sex, v",
        },
        chdb={"list": "select sex, arrayJoin(education) v, count() from cseg group by sex, v"},
        polars={
            "list": lambda p: p.cseg.select("sex", "education").explode("education").group_by("sex", "education").len()
        },
    ),
    Query(
        name="gb_sex_edu_age",
        asks="How many of each sex with each education at each age?",
        pql="[cseg]GroupBy(Rows(sex), Rows(education), Rows(age))",
        duckdb={
            "list": "select sex, v, age, count(*) from (select sex, age, unnest(education) v from cseg)"
            " group by sex, v, age",
            "bridge": "select sex, v, age, count(*) from education_b b join cseg c on b.id = c.id group by sex, v, age",
        },
        chdb={"list": "select sex, arrayJoin(education) v, age, count() from cseg group by sex, v, age"},
        polars={
            "list": lambda p: (
                p.cseg.select("sex", "age", "education").explode("education").group_by("sex", "education", "age").len()
            )
        },
    ),
    Query(
        name="gb_age_sex_sum_filt",
        asks="Of those with a hobby: how many, and what income together, at each age of each sex?",
        pql="[cseg]GroupBy(Rows(age), Rows(sex), filter=Row(hobbies=3), aggregate=Sum(field=income))",
        duckdb={
            "list": "select age, sex, count(*), sum(income) from cseg where list_contains(hobbies, 3)"
            " group by age, sex",
            "bridge": "select age, sex, count(*), sum(income) from hobbies_b b join cseg c on b.id = c.id"
            " where v = 3 group by age, sex",
        },
        chdb={
            "list": "select age, sex, count(), sum(income) from cseg where has(hobbies, 3) group by age, sex",
            "bridge": "select age, sex, count(), sum(income) from cseg"
            " where id in (select id from hobbies_b where v = 3) group by age, sex",
        },
        polars={
            "list": lambda p: p.cseg.filter(p.has("hobbies", 3)).group_by("age", "sex").agg(p.count, p.sum("income")),
            "bridge": lambda p: p.among("hobbies", 3).group_by("age", "sex").agg(p.count, p.sum("income")),
        },
    ),
)
