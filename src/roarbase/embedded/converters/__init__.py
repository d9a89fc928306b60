"""From values to the column of a field: one file per type of field, and the table that names them."""

__all__: list[str] = []
