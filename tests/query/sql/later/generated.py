"""Statements of the later SQL, generated: every operator and many functions, on columns and literals."""

from hypothesis import strategies as st

__all__ = ["ROWS", "TABLE", "conditions", "queries", "values"]

TABLE = (
    "create table t (_id id, i int, j int, d decimal(2), e decimal(4), k id, s string, b bool, tags stringset, "
    "nums idset, at timestamp timeunit 'ms')"
)

ROWS = (
    "insert into t values "
    "(1, 1, 0, 1.00, 1.0001, 1, 'a', true, ['a'], [1], '2022-06-30T12:00:00.250Z'), "
    "(2, -7, 2, -0.05, 3.5, 2, 'ab', false, ['a', 'b'], [1, 2], '2022-06-30'), "
    "(3, null, null, null, null, null, null, null, null, null, null), "
    "(4, 1000, -3, 99.99, -2.5, 18446744073709551, '', true, ['b'], [2, 3], '1969-12-31T23:59:59.999Z'), "
    "(1048577, 0, 7, 0.00, 0.0001, 0, 'ä%_', false, null, [1, 2, 3], '2012-11-01T22:08:41Z'), "
    "(9000000000, -1, 1, -1.50, null, 3, 'a', null, ['c'], null, null)"
)

_numbers = st.sampled_from(["i", "j", "d", "e", "k", "_id", "0", "1", "-2", "3", "1.5", "-0.25", "2.0001", "7", "null"])
_wholes = st.sampled_from(["i", "j", "k", "_id", "0", "1", "-2", "3", "7"])
_texts = st.sampled_from(
    ["s", "s", "'a'", "'ab'", "''", "'%a'", "upper(s)", "s || 'a'", "reverse(s)", "cast(i as string)"]
)
_moments = st.sampled_from(["at", "'2022-06-30'", "'2022-06-30T12:00:00.25Z'", "datetimeadd('d', 1, at)"])
_sets = {"tags": ["['a']", "['b', 'a']", "['z']"], "nums": ["[1]", "[2, 1]", "[9]"]}
_comparisons = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join)


def _wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return inner.map("({})".format)


def _arithmetic(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        _wrapped(_joined(inner, st.sampled_from(["+", "-", "*", "/"]), inner)),
        _wrapped(_joined(_wholes, st.sampled_from(["%", "&", "|", "<<", ">>"]), _wholes)),
        inner.map("(- {})".format),
        _wholes.map("(! {})".format),
        _texts.map("len({})".format),
        st.tuples(st.sampled_from(["yy", "m", "hh", "ms", "wk"]), _moments).map(
            lambda p: f"datetimepart('{p[0]}', {p[1]})"
        ),
        st.tuples(inner, inner).map(lambda p: f"(case when b then {p[0]} else {p[1]} end)"),
        st.tuples(inner, inner).map(lambda p: f"coalesce({p[0]}, {p[1]})"),
    )


values = st.recursive(_numbers, _arithmetic, max_leaves=5)
"""Numbers."""

_leaves = st.one_of(
    _joined(values, _comparisons, values),
    _joined(_texts, st.sampled_from(["=", "!=", "like", "not like"]), _texts),
    _joined(_moments.filter(lambda m: m[0] != "'"), _comparisons, _moments),
    st.sampled_from(["b", "b = true", "b != true", "s is null", "tags is not null", "nums is null", "at is null"]),
    st.tuples(_numbers, st.booleans(), st.lists(_numbers, min_size=1, max_size=3)).map(
        lambda p: f"{p[0]} {'not ' if p[1] else ''}in ({', '.join(p[2])})"
    ),
    st.tuples(_numbers, st.booleans(), _numbers, _numbers).map(
        lambda p: f"{p[0]} {'not ' if p[1] else ''}between {p[2]} and {p[3]}"
    ),
    st.sampled_from(sorted(_sets)).flatmap(
        lambda name: st.tuples(st.sampled_from(["setcontainsall", "setcontainsany"]), st.sampled_from(_sets[name])).map(
            lambda p: f"{p[0]}({name}, {p[1]})"
        )
    ),
    st.sampled_from(["setcontains(tags, 'a')", "setexcludes(nums, 2)", "tags = ['a']", "nums != [1, 2]"]),
)

conditions = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map("not ({})".format),
    ),
    max_leaves=4,
)
"""Conditions."""

_tails = st.sampled_from(["", " order by 1 desc limit 3", " order by 1 limit 2 offset 1"])
_heads = st.sampled_from(
    [
        ("select _id, i, d, s, tags, at from t where {}", ""),
        ("select count(*), count(i), sum(d), min(at), max(i), avg(d), count(distinct s) from t where {}", ""),
        ("select i, count(*), sum(d) from t where {}", " group by i"),
        ("select b, s, avg(i), min(d) from t where {}", " group by b, s"),
        ("select distinct j from t where {}", ""),
        ("select distinct tags from t where {}", ""),
        ("select percentile(i, 50) from t where {}", ""),
        ("select _id from t where _id in (select _id from t where {})", ""),
        ("select _id from t where _id in (select j from t where {})", ""),
        ("select _id from t where k in (select _id from t where {}) and i is not null", ""),
        ("select _id from t where exists (select * from t x where x._id = t.i and {})", ""),
        ("select count(*), sum(t.i) from t join t x on t.i = x._id where {}", ""),
        ("select count(*), min(t.d) from t left join t x on t.k = x._id where {}", ""),
        ("select count(*), sum(x.i) from t, t x where t.i = x.j and {}", ""),
        ("select count(*), sum(x.i) from t left join t x on t.k = x.k where {}", ""),
        ("select tags, count(*), sum(i) from t with (flatten(tags)) where {}", " group by tags"),
        ("select nums, tags, count(d) from t with (flatten(nums), flatten(tags)) where {}", " group by nums, tags"),
        ("select distinct nums, b from t with (flatten(nums)) where {}", ""),
        ("select count(*), (select max(j) from t) from t where {}", ""),
        ("select b, exists (select 1 from t where {}), (select count(*) from t) from t", " group by b"),
        ("select distinct j in (select i from t where {}) from t", ""),
        ("select b, sum(case when i in (select j from t) then 1 else 0 end) from t where {}", " group by b"),
    ]
)

queries = st.tuples(_heads, conditions, _tails).map(
    lambda p: p[0][0].format(p[1]) + p[0][1] + (p[2] if p[0][0].startswith(("select _id", "select i,")) else "")
)
"""SELECTs."""
