"""Contract suites: one test class per port."""

__all__: list[str] = []
