"""From the text of a statement to plans: pql/ and sql/."""

__all__: list[str] = []
