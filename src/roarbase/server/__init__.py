"""How the service starts, gets ready and stops; and the one place that chooses concrete classes."""

__all__: list[str] = []
