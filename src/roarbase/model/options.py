"""Members of JSON objects in a declaration, found without regard to case.

Published examples write both `config` and `Config`, `mutex` and `Mutex`.
"""

from collections.abc import Container
from decimal import Decimal

from roarbase.model.problems import Problems

__all__ = ["Options", "describe_kind"]

_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


def describe_kind(value: object) -> str:
    """What a decoded JSON value is, in words.

    >>> describe_kind([]), describe_kind(3)
    ('an array', 'a number')
    """
    return _KINDS.get(type(value), "a number")


class Options:
    """A JSON object of a declaration. Members that nobody asks for are ignored; null is as absent.

    Attributes:
        path: The JSON path of the object, for messages.
        problems: Where wrong kinds are noted; the value then counts as absent.
    """

    def __init__(self, value: object, path: str, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self._values: dict[str, object] = {}
        self._names: list[str] = []
        if not isinstance(value, dict):
            problems.wrong(path, f"is {describe_kind(value)}, it must be an object")
            return
        for name, member in value.items():
            folded = str(name).lower()
            if folded in self._values:
                problems.wrong(f"{path}.{name}", "is given twice, in different spellings")
            self._values[folded] = member
            self._names.append(str(name))

    def get(self, name: str) -> object:
        """The member as it was sent; None if absent."""
        return self._values.get(name.lower())

    def has(self, name: str) -> bool:
        return self.get(name) is not None

    def names_besides(self, known: Container[str]) -> list[str]:
        """The members, as they are spelled, that are not `known`."""
        return [name for name in self._names if name not in known]

    def refuse(self, name: str, what: str) -> None:
        """Note what is wrong with a member."""
        self.problems.wrong(f"{self.path}.{name}", what)

    def text(self, name: str) -> str:
        """A string member; empty if absent."""
        value = self.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        self.refuse(name, f"is {describe_kind(value)}, it must be a string")
        return ""

    def flag(self, name: str) -> bool:
        """A boolean member; False if absent."""
        value = self.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.refuse(name, f"is {describe_kind(value)}, it must be true or false")
        return False

    def integer(self, name: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`, both included."""
        value = self.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            kind = f"{value!s:.40}" if isinstance(value, float | Decimal) else describe_kind(value)
            self.refuse(name, f"is {kind}, it must be a whole number from {low} to {high}")
            return None
        if not low <= value <= high:
            self.refuse(name, f"is {value!s:.40}, it must be from {low} to {high}")
            return None
        return value

    def array(self, name: str) -> list[object]:
        """An array member; empty if absent."""
        value = self.get(name)
        if value is None or isinstance(value, list):
            return value or []
        self.refuse(name, f"is {describe_kind(value)}, it must be an array")
        return []

    def object(self, name: str) -> "Options":
        """An object member; without members if absent."""
        value = self.get(name)
        return Options({} if value is None else value, f"{self.path}.{name}", self.problems)
