"""The database as a library: tables, records, plans and the log. Batches and plans in, results out."""

__all__: list[str] = []
