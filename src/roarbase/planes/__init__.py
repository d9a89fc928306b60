"""planes."""

__all__: list[str] = []
