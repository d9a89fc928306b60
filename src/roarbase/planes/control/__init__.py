"""The control plane: shapes, deployments, tables and sinks."""

__all__: list[str] = []
