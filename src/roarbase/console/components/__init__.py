"""What pages have in common, one piece per file."""

__all__: list[str] = []
