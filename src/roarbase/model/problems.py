"""Everything wrong with a declaration, collected, so that its author hears it all at once."""

from roarbase.errors import InvalidParameter, MissingParameter

__all__ = ["Problems"]


class Problems:
    """Sentences about a declaration, each with the JSON path it is about."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._only_missing = True

    def missing(self, path: str, what: str) -> None:
        """Note that something required is not there."""
        self._found.append(f"{path} {what}")

    def wrong(self, path: str, what: str) -> None:
        """Note that something has a value or kind it may not have."""
        self.say(f"{path} {what}")

    def say(self, sentence: str) -> None:
        """Note something wrong that is not in the declaration itself."""
        self._found.append(sentence)
        self._only_missing = False

    def raise_if_any(self) -> None:
        """Raise one error that says all of it.

        Raises:
            MissingParameter: Things are missing, and nothing else is wrong.
            InvalidParameter: Something is wrong.
        """
        if self._found:
            error = MissingParameter if self._only_missing else InvalidParameter
            raise error("; ".join(self._found), problems=tuple(self._found))
