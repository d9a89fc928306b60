"""The pages, one file each."""

__all__: list[str] = []
