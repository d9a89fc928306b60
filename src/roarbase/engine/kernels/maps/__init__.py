"""Hash maps from names (ids, keys) to numbers: the port, its plain twin and the compiled one, on one layout."""

__all__: list[str] = []
