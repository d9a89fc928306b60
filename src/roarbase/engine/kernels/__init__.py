"""The engine's inner loops: small programs over column buffers, behind one port."""

__all__: list[str] = []
