"""The systems that are measured: one file each, loaded only in the process that runs it."""

__all__ = ["PACKAGES", "PEERS", "ROARBASE", "STATES", "SYSTEMS"]

SYSTEMS = {
    "roarbase": "bench.cseg.systems.roarbase:Roarbase",
    "duckdb": "bench.cseg.systems.duckdb:DuckDB",
    "chdb": "bench.cseg.systems.chdb:Chdb",
    "polars": "bench.cseg.systems.polars:Polars",
}
"""Module and class by the name on the command line."""

ROARBASE = "roarbase"
PEERS = tuple(name for name in SYSTEMS if name != ROARBASE)

STATES = ("compiled", "plain")
"""The kernels that Roarbase can run on: `states.py` makes them."""

PACKAGES = {name: (name, "pyarrow") for name in PEERS}
"""What has to be installed for a peer to take part."""
