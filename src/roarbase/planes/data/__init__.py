"""The data plane: records in, answers out."""

__all__: list[str] = []
