"""The nouns of Roarbase, their states and limits. No I/O."""

__all__: list[str] = []
