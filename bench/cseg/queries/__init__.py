"""The 29 queries, as a table: what each asks, and how each system is asked best."""

from bench.cseg.queries.counts import COUNTS
from bench.cseg.queries.groups import GROUPS
from bench.cseg.queries.numbers import NUMBERS
from bench.cseg.queries.query import Query
from bench.cseg.queries.records import RECORDS

__all__ = ["BY_NAME", "QUERIES"]

QUERIES: tuple[Query, ...] = (*COUNTS, *GROUPS, *NUMBERS, *RECORDS)

BY_NAME = {query.name: query for query in QUERIES}
