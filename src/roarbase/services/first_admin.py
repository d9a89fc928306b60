"""The first administrator: made at the first start, so that somebody can sign in."""

import json
import secrets
import string
from collections.abc import Mapping
from pathlib import Path

import structlog

from roarbase.errors import InvalidParameter, InvalidSetting, ResourceAlreadyExists
from roarbase.metastore.store import Metastore
from roarbase.model.passwords import check_password
from roarbase.model.users import Role
from roarbase.services.private_files import write_private
from roarbase.services.users import DEFAULT_ORGANIZATION, Users

__all__ = ["EMAIL_VARIABLE", "FIRST_ADMIN_FILE", "PASSWORD_VARIABLE", "ensure_first_admin"]

FIRST_ADMIN_FILE = "first-admin.json"
EMAIL_VARIABLE = "ROARBASE_ADMIN_EMAIL"
PASSWORD_VARIABLE = "ROARBASE_ADMIN_PASSWORD"

_DEFAULT_EMAIL = "admin@example.com"
_ALPHABET = string.ascii_letters + string.digits + "-_"
_LENGTH = 20
_log = structlog.get_logger(__name__)


async def ensure_first_admin(
    metastore: Metastore, users: Users, data_dir: Path, environment: Mapping[str, str]
) -> Path | None:
    """Make organization `default` and its administrator, unless there is a user already.

    Returns:
        The file that a generated password was written to, as JSON with `email`, `password` and
        `organization`; None if nothing was made or the environment gave the password.

    Raises:
        InvalidSetting: What the environment gave cannot be used.
    """
    if not metastore.users.is_empty():
        return None
    email = environment.get(EMAIL_VARIABLE) or _DEFAULT_EMAIL
    given = environment.get(PASSWORD_VARIABLE)
    password = given or _generated_password()
    file = None if given else data_dir / FIRST_ADMIN_FILE
    try:
        check_password(password)
        if file is not None:
            # Before the user: an end between the two must not leave a password that nobody knows.
            _write(file, email, password)
        await users.add(email=email, password=password, organization=DEFAULT_ORGANIZATION, role=Role.ADMINISTRATOR)
    except InvalidParameter as error:
        sentence = f"the first administrator cannot be made from {EMAIL_VARIABLE} and {PASSWORD_VARIABLE}: {error}"
        raise InvalidSetting(sentence) from None
    except ResourceAlreadyExists:
        return None  # another service on the same metastore was first
    _log.info("made the first administrator", email=email, file=str(file) if file else None)
    return file


def _write(file: Path, email: str, password: str) -> None:
    content = {"email": email, "password": password, "organization": DEFAULT_ORGANIZATION}
    write_private(file, json.dumps(content, indent=2).encode() + b"\n")


def _generated_password() -> str:
    """About 120 random bits that keep the password rules."""
    while True:
        password = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        try:
            check_password(password)
        except InvalidParameter:
            continue
        return password
