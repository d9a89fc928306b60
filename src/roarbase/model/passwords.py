"""What a new password needs."""

from collections.abc import Callable

from roarbase.errors import InvalidParameter

__all__ = ["MAXIMUM_LENGTH", "PASSWORD_RULES", "check_password"]

_MINIMUM_LENGTH = 8
MAXIMUM_LENGTH = 1024

PASSWORD_RULES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (f"at least {_MINIMUM_LENGTH} characters", lambda password: len(password) >= _MINIMUM_LENGTH),
    (f"at most {MAXIMUM_LENGTH} characters", lambda password: len(password) <= MAXIMUM_LENGTH),
    ("an upper-case letter", lambda password: any(c.isupper() for c in password)),
    ("a digit", lambda password: any(c.isdigit() for c in password)),
    ("a special character", lambda password: any(not c.isalnum() and not c.isspace() for c in password)),
)
"""What a new password needs, and how it is found. Source: the 2022 sign-up form."""


def check_password(password: str) -> None:
    """Raise InvalidParameter if a new password breaks a rule; the sentence names each broken one.

    >>> check_password("Correct-h0rse")
    """
    missing = [rule for rule, is_kept in PASSWORD_RULES if not is_kept(password)]
    if missing:
        raise InvalidParameter(f"the password needs {', '.join(missing)}")
