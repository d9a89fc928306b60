"""metastore."""

__all__: list[str] = []
