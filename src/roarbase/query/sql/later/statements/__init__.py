"""Statements other than queries: one file per kind, and `compiler.py` has the table of their first words."""

__all__: list[str] = []
