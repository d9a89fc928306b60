"""Roarbase: a streaming analytics service on a bitmap-index engine."""

__all__ = ["__version__"]

__version__ = "0.1.0"
