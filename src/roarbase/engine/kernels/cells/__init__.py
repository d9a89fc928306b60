"""Cells of texts: where they are, and the numbers that they say."""

__all__: list[str] = []
