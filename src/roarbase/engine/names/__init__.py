"""Names and their numbers: ids and keys counted densely from 0, in order of first use."""

__all__: list[str] = []
