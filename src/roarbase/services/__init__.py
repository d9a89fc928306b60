"""Use cases and their rules: who may, in which state, within which limit."""

__all__: list[str] = []
