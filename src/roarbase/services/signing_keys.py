"""The RSA keys that sign tokens: made at the first start, kept in files that nobody else can read.

Keys are numbered files in one directory. The highest number signs; all of them verify, so that a
new key can be added while tokens of the older one still live.
"""

import os
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from roarbase.errors import OperatorError
from roarbase.services.private_files import require_private, write_private

__all__ = ["ALGORITHM", "SigningKeys"]

ALGORITHM = "RS256"
_BITS = 2048


class SigningKeys:
    """The keys in a directory. `newest` signs, `key_set` verifies."""

    def __init__(self, keys: list[RSAKey]) -> None:
        self.newest = keys[-1]
        self.key_set = KeySet(list(keys))

    @classmethod
    def open(cls, directory: Path) -> "SigningKeys":
        """The keys in `directory`; where there are none, the directory and the first key are made.

        Raises:
            OperatorError: A key is damaged, or others can read it, or none can be made.
        """
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            sentence = f"the directory of signing keys {directory} cannot be made: {error.strerror}"
            raise OperatorError(sentence, path=str(directory)) from None
        require_private(directory)
        if not _files(directory):
            cls.add(directory)
        return cls([_read(file) for file in _files(directory)])

    @staticmethod
    def add(directory: Path) -> Path:
        """Make a new key: services opened from now on sign with it."""
        numbers = [_number(file) for file in _files(directory)]
        file = directory / f"signing-{max(numbers, default=0) + 1:06}.pem"
        write_private(file, RSAKey.generate_key(_BITS).as_pem(private=True))
        return file

    def document(self) -> dict[str, Any]:
        """The JSON Web Key Set that anybody may see: the public halves."""
        return dict(self.key_set.as_dict(private=False))


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob("signing-*.pem"), key=_number)


def _number(file: Path) -> int:
    try:
        return int(file.stem.removeprefix("signing-"))
    except ValueError:
        raise OperatorError(f"{file} is not a signing key: its name has no number", path=str(file)) from None


def _read(file: Path) -> RSAKey:
    require_private(file)
    try:
        key = RSAKey.import_key(file.read_bytes(), {"use": "sig", "alg": ALGORITHM})
    except (JoseError, ValueError, TypeError) as error:
        raise OperatorError(f"the signing key {file} is damaged: restore it, or remove it", path=str(file)) from error
    except OSError as error:
        raise OperatorError(f"the signing key {file} cannot be read: {os.strerror(error.errno or 0)}") from error
    if not key.is_private:
        raise OperatorError(f"the signing key {file} has no private half: restore it, or remove it", path=str(file))
    key.ensure_kid()
    return key
