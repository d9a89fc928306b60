"""Places of backups, as they are written: a folder, or the URL of an object store."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from roarbase.errors import InvalidParameter

__all__ = ["Kind", "Place", "place_of"]

Kind = Literal["folder", "s3", "gs", "az", "http", "https"]

_BUCKETS: dict[str, Kind] = {"s3": "s3", "gs": "gs", "az": "az", "http": "http", "https": "https"}
_WEB = ("http", "https")
_ARCHIVES = (".tar", ".tar.gz", ".tgz")
_LONGEST = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A folder, or a prefix of names in a bucket or at a web server.

    Attributes:
        bucket: Of a web server its host, and its port if that is said; empty of a folder.
        path: Of a folder, as it was written; in a bucket, without slashes at either end.
    """

    kind: Kind
    bucket: str = ""
    path: str

    @property
    def can_be_written(self) -> bool:
        """Whether backups are made there, not only fetched."""
        return self.kind not in _WEB

    @property
    def is_archive(self) -> bool:
        """Whether it is one file with a whole backup in it.

        >>> place_of("https://example.com/backup.tar.gz").is_archive
        True
        """
        return self.kind in _WEB and self.path.endswith(_ARCHIVES)

    @property
    def text(self) -> str:
        """As it is shown; there are no secrets in it.

        >>> place_of("s3://backups/daily/").text
        's3://backups/daily'
        """
        if self.kind == "folder":
            return self.path
        return f"{self.kind}://{self.bucket}" + (f"/{self.path}" if self.path else "")


def place_of(text: str) -> Place:
    """What a text means.

    Raises:
        InvalidParameter: It is neither a folder nor such a URL. The message does not repeat what may be secret.

    >>> place_of("/srv/backups/a").kind, place_of("gs://b/c").bucket
    ('folder', 'b')
    """
    if not text or "\0" in text or len(text) > _LONGEST:
        raise InvalidParameter(f"the place of a backup is 1 to {_LONGEST} characters, none of them zero")
    if "://" not in text:
        return Place(kind="folder", path=text)
    try:
        url = urlsplit(text)
    except ValueError:
        raise InvalidParameter("the URL cannot be read") from None
    if url.scheme == "file" and url.netloc in ("", "localhost") and url.path:
        return Place(kind="folder", path=unquote(url.path))
    if url.scheme not in _BUCKETS:
        raise InvalidParameter(
            "backups are kept in a folder or under s3://, gs:// or az://, and fetched from https:// too, "
            f"not under {url.scheme[:20]}://"
        )
    _check_plain(url)
    return Place(kind=_BUCKETS[url.scheme], bucket=url.netloc, path=unquote(url.path).strip("/"))


def _check_plain(url: SplitResult) -> None:
    what = "host" if url.scheme in _WEB else "bucket"
    if "@" in url.netloc or url.query or url.fragment:
        raise InvalidParameter(
            f"a {url.scheme}:// URL is a {what} and a path and nothing else: the service has the credentials "
            "in its own environment"
        )
    parts = unquote(url.path).strip("/").split("/")
    if not url.netloc or (":" in url.netloc and url.scheme not in _WEB) or not _has_port(url):
        raise InvalidParameter(f"a {url.scheme}:// URL begins with the name of a {what}")
    if parts != [""] and any(part in ("", ".", "..") for part in parts):
        raise InvalidParameter(f"the path of a {url.scheme}:// URL has no empty parts, and none that is . or ..")


def _has_port(url: SplitResult) -> bool:
    """Whether its port, if there is one, is a number that one can have."""
    try:
        return url.port != 0
    except ValueError:
        return False
