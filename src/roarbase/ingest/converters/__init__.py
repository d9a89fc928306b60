"""One file per ingest type, and the table of them.

Adding a type: a file here with its `IngestType`, and a line in `registry.py`.
"""

__all__: list[str] = []
