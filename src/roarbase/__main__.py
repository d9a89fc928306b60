"""`python -m roarbase` is the command line."""

from roarbase.cli import main

__all__: list[str] = []

main()
