"""Records in other forms than VALUES: a file per form, each giving rows of values of the types that MAP names."""

__all__: list[str] = []
