"""What writes do to buffers: the port, its plain twin and the compiled one, on one layout."""

__all__: list[str] = []
