"""Backups in object stores. Credentials, regions and endpoints come from the environment, as each provider names them.

What a store says of an error may hold signed URLs, so nothing of it is passed on but its codes.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from roarbase.backup.places import Place
from roarbase.backup.target import Target
from roarbase.errors import InvalidParameter, ResourceNotFound, RoarbaseError, Unavailable

__all__ = ["ObjectTarget", "object_target"]

_PIECE_BYTES = 4 << 20
_TIMES = {"connect_timeout": "5s", "timeout": "120s"}
_RETRIES = {"max_retries": 3}
_ALLOW_HTTP = {"s3": "AWS_ALLOW_HTTP", "gs": "GOOGLE_ALLOW_HTTP", "az": "AZURE_ALLOW_HTTP"}
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,40})</Code>")
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist")
_KINDS: dict[str, Any] = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}
_DENIED = frozenset(("401", "403"))


def object_target(place: Place) -> Target:
    """The part of a bucket that a place names.

    Raises:
        InvalidParameter: What the environment says does not go together.
    """
    kind: Callable[..., ObjectStore] = _KINDS[place.kind]
    try:
        store = kind(place.bucket, prefix=place.path or None, client_options=_client(place), retry_config=_RETRIES)
    except (BaseError, ValueError) as error:
        raise InvalidParameter(
            f"{place.text} cannot be used: the service's environment does not say how to sign in there",
            place=place.text,
        ) from error
    return ObjectTarget(store, place.text)


def _client(place: Place) -> dict[str, object]:
    # Given options replace those of the environment, so what this has of them is repeated.
    return {**_TIMES, "allow_http": os.environ.get(_ALLOW_HTTP[place.kind], "").lower() in ("true", "1")}


class ObjectTarget:
    """The objects of one store, whose own prefix is the place of the backup."""

    def __init__(self, store: ObjectStore, text: str) -> None:
        self._store = store
        self._text = text

    @property
    def text(self) -> str:
        return self._text

    def pieces(self, key: str) -> Iterator[bytes]:
        with self._refusing(key):
            for piece in obstore.get(self._store, key).stream(min_chunk_size=_PIECE_BYTES):
                yield bytes(piece)

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        given = _Given(pieces)
        try:
            with self._refusing(key):
                obstore.put(self._store, key, given)
        except RoarbaseError:
            if given.error is not None:  # what the pieces raised is not the store's error
                raise given.error from None
            raise

    def sizes(self) -> dict[str, int]:
        with self._refusing(""):
            return {str(meta["path"]): int(meta["size"]) for batch in obstore.list(self._store) for meta in batch}

    def remove(self, key: str) -> None:
        with contextlib.suppress(ResourceNotFound), self._refusing(key):
            obstore.delete(self._store, key)

    @contextlib.contextmanager
    def _refusing(self, key: str) -> Iterator[None]:
        try:
            yield
        except RoarbaseError:
            raise
        except (BaseError, OSError) as error:
            raise _refusal(self._text, key, error) from None


class _Given:
    """Pieces that remember what kept them from coming."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            raise


def _refusal(text: str, key: str, error: Exception) -> RoarbaseError:
    told = str(error).partition("\n\nDebug source")[0]
    status, code = _STATUS.search(told), _CODE.search(told)
    if any(words in told for words in _NO_BUCKET):
        return InvalidParameter(f"{text} cannot be used: there is no such bucket", place=text)
    if isinstance(error, NotFoundError | FileNotFoundError):
        return ResourceNotFound(f"{text} has no object {key!r}", place=text, key=key)
    is_denied = isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError)
    if is_denied or (status is not None and status[1] in _DENIED):
        why = f"; it says {code[1]}" if code else ""
        return InvalidParameter(
            f"{text} cannot be used: the store refuses the credentials that the service has for it{why}", place=text
        )
    if status is None:
        return Unavailable(f"{text} cannot be reached", place=text)
    return Unavailable(f"{text} answers {status[1]}{f' {code[1]}' if code else ''}; try again later", place=text)
