"""Columns of values that are read and kept all at once, as arrays: a value alone costs ten times as much."""

__all__: list[str] = []
