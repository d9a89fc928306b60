"""`python -m bench [NAME]`: every benchmark in turn, or one of them."""

import importlib
import sys

__all__ = ["BENCHMARKS"]

BENCHMARKS = {
    "ingest_decode": "decoding of request bodies alone, on one core",
    "quick_start_million": "a million records through HTTP, the quick start's queries, restart, memory",
    "cseg": "29 segmentation questions on five million people, beside DuckDB, chdb and Polars",
    "names": "ids and keys of records found among millions, beside dictionaries and sorted arrays",
    "column_batches": "batches with random ids written to 21 million records, and queries right behind them",
    "embedded_load": "records loaded in process from Arrow and Parquet",
    "sql_beside_pql": "the 29 questions in PQL and in SQL: what SQL adds, planned anew and known",
    "sql_writes": "INSERT and BULK INSERT over HTTP, the first statements after a start, memory",
    "starts": "from snapshots to the first answer, and bytes on disk",
    "durable_ingest": "what waiting for the disk costs, over HTTP, by eight clients at once",
    "isolation": "how long queries keep writes waiting, and writes queries, at 21 million records",
    "time_views": "sets of hundreds of rows, and rows at times: written, kept, asked",
    "many_deployments": "a hundred deployments: memory and time to start",
}

for name in sys.argv[1:] or BENCHMARKS:
    print(f"== {name}: {BENCHMARKS[name]}", flush=True)
    importlib.import_module(f"bench.{name}").main()
