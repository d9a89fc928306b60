"""Packages that the service never loads, though they are installed.

pyarrow loads pandas only to ask whether a list is one of its columns: 0.3 s and 70 MB in the first statement that needs
DuckDB. Nothing in the service uses it; embedded users, who may, are not kept from it.
"""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec

__all__ = ["leave_out"]


class _LeftOut(MetaPathFinder):
    """Finds that some packages are not there."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Nothing, of any other module: whoever comes next looks for it."""
        if fullname in self._names:
            raise ModuleNotFoundError(f"the service does without {fullname}", name=fullname)
        return None


def leave_out(*names: str) -> None:
    """Make packages that nobody has loaded yet look as if they were not installed."""
    sys.meta_path.insert(0, _LeftOut(frozenset(names)))
