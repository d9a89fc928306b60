"""SQL text to a program."""

__all__: list[str] = []
