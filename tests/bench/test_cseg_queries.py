"""The table of queries: complete, and readable by Roarbase."""

import re

import pytest

from bench.cseg.dataset import SCALARS, SETS
from bench.cseg.generate import generate
from bench.cseg.queries import BY_NAME, QUERIES
from bench.cseg.queries.query import Query
from bench.cseg.systems import PACKAGES, PEERS, ROARBASE, SYSTEMS
from bench.cseg.systems.roarbase import FIELDS, Roarbase
from bench.cseg.systems.system import Unanswered
from roarbase.query.pql.parser import parse

NAMES = """
count_row_sex count_row_hobby count_inter3 count_union3 count_diff count_xor count_range_time_city topk topk_filt
gb_sex gb_city gb_edu gb_sex_edu gb_sex_edu_age gb_age_sex_sum_filt
sum minmaxavg sum_filt minmaxavg_filt median median_filt distinct distinct_filt range_sum
extract10 extract1000 extract_last count_join count_join_big
"""

NOT_YET = {"median", "median_filt", "count_join", "count_join_big"}
"""May be refused with a reason. Shrinks as the language grows; the report lists them by itself."""


def test_all_queries_are_there() -> None:
    """The 29 queries, each once, in order."""
    assert [query.name for query in QUERIES] == NAMES.split()
    assert len(BY_NAME) == 29


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_is_asked_of_every_system(query: Query) -> None:
    """Words, PQL that parses, and at least one idiom per peer, none of them empty."""
    assert re.fullmatch(r"[A-Z].*[?.]", query.asks)
    text = query.pql.replace("{last}", "7")
    assert text.startswith("[cseg]")
    assert parse(text, start=len("[cseg]"), stop=len(text), nesting=20)
    for idioms in (query.duckdb, query.chdb):
        assert idioms
        assert all(re.match("select ", statement) for statement in idioms.values())
    assert query.polars
    assert all(callable(idiom) for idiom in query.polars.values())


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_sets_are_asked_by_list_and_by_bridge(query: Query) -> None:
    """Where DuckDB is asked through a list column, and the filter is one row, it is asked by a bridge too."""
    if any("list_contains" in text and "<>" not in text for text in query.duckdb.values()):
        assert any("_b" in text for text in query.duckdb.values())


def test_systems_are_listed_with_what_they_need() -> None:
    """Roarbase and its peers; a peer needs its library and pyarrow."""
    assert set(SYSTEMS) == {ROARBASE, *PEERS}
    assert set(PACKAGES) == set(PEERS)
    assert all("pyarrow" in packages for packages in PACKAGES.values())


def test_roarbase_stores_every_field() -> None:
    """The table has a field per column of the data."""
    assert [spec.name for spec in FIELDS["cseg"]] == [*SCALARS, *SETS]


def test_roarbase_answers_or_says_why_not() -> None:
    """A small table in process: every query has rows, or a reason and is known to have one."""
    data = generate(2000)
    system = Roarbase(state="plain")
    try:
        system.load(data)
        unanswered = {}
        for query in QUERIES:
            try:
                assert system.rows(query, system.run(query, "pql"))
            except Unanswered as refusal:
                unanswered[query.name] = str(refusal)
        assert set(unanswered) <= NOT_YET
        assert all(unanswered.values())
        assert system.rows(BY_NAME["extract_last"], system.run(BY_NAME["extract_last"], "pql")) == [data.record(1923)]
    finally:
        system.close()
