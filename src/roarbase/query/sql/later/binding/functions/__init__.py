"""The functions by name: a row is a function, with what it takes and gives; a file is a family of them.

`operations/` says what they do.
"""

__all__: list[str] = []
