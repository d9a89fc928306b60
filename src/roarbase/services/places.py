"""Which places of backups the service may use for whoever asks over HTTP: those that the operator listed."""

import os
from pathlib import Path

from roarbase.backup.places import Place, place_of
from roarbase.errors import Forbidden
from roarbase.model.settings import Settings

__all__ = ["AllowedPlaces"]

_ANY = "*"


class AllowedPlaces:
    """Folders below one folder, and the buckets that `outbound_hosts` lists.

    Args:
        data_dir: Has the folder where `backup_dir` names none.
    """

    def __init__(self, settings: Settings, data_dir: Path) -> None:
        given = settings.text("backup_dir")
        self._folder = Path(os.path.realpath(Path(given).expanduser() if given else data_dir / "backups"))
        self._buckets = [entry.rstrip("/") for entry in settings.texts("outbound_hosts")]

    def get(self, text: str) -> Place:
        """The place that a text names; a relative path is one below the folder.

        Raises:
            InvalidParameter: It names none.
            Forbidden: The service may not use it.
        """
        place = place_of(text)
        if place.kind == "folder":
            return self._folder_of(place)
        if not any(entry == _ANY or f"{place.text}/".startswith(f"{entry}/") for entry in self._buckets):
            raise Forbidden(
                f"the service may not contact {place.kind}://{place.bucket}: the operator lists buckets, such as "
                f"{place.kind}://{place.bucket}, in the setting outbound_hosts"
            )
        return place

    def _folder_of(self, place: Place) -> Place:
        # Links are followed now: one that leads out of the folder is refused, whoever made it.
        path = Path(os.path.realpath(self._folder / place.path))
        if self._folder not in path.parents:
            raise Forbidden(
                f"{place.path} is not below {self._folder}, where this service keeps backups: give a path relative "
                "to that, or have the operator change the setting backup_dir"
            )
        return Place(kind="folder", path=str(path))
