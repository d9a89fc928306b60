"""Syntax to the typed tree: names looked up, types checked before anything runs, constants worked out."""

__all__: list[str] = []
