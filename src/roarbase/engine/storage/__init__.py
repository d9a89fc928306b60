"""Files: the log and the store beneath it."""

__all__: list[str] = []
