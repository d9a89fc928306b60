"""What statements may fetch from URLs: from hosts that the operator listed, and no more than a request may bring."""

from urllib.parse import urlsplit

from roarbase.backup.web import fetch
from roarbase.errors import Forbidden, RequestError, Unavailable
from roarbase.model.settings import Settings
from roarbase.query.sql.later.operations.operation import failure
from roarbase.services.places import AllowedPlaces

__all__ = ["Fetching"]

_SHOWN = 200


class Fetching:
    """Fetches what a URL has."""

    def __init__(self, places: AllowedPlaces, settings: Settings) -> None:
        self._places = places
        self._most_bytes = settings.integer("request_bytes")
        self._seconds = settings.seconds("query_seconds")

    def fetch(self, url: str) -> bytes:
        """All that a URL has.

        Raises:
            BadRequest: It may not be contacted, or gives nothing.
        """
        try:
            self._places.check_host(urlsplit(url).hostname or "")
            return fetch(url, self._places.may_contact, most_bytes=self._most_bytes, seconds=self._seconds)
        except (Forbidden, RequestError, Unavailable) as error:
            reason = error.message
        except ValueError:
            reason = "it is no URL"
        # What stands behind the question mark may be a secret.
        raise failure(f"unable to read datasource '{url.partition('?')[0][:_SHOWN]}': {reason}")
