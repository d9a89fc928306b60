"""The identity plane: the token endpoint, and what others need to check tokens themselves."""

__all__: list[str] = []
