"""From a place to its target."""

import importlib
from pathlib import Path

from roarbase.backup.folder import FolderTarget
from roarbase.backup.places import Place
from roarbase.backup.target import Target
from roarbase.backup.web import MayContact, WebFile, WebTarget
from roarbase.errors import InvalidParameter

__all__ = ["open_source", "open_target"]


def open_source(place: Place, may_contact: MayContact = lambda _host, _address: True) -> Target | WebFile:
    """What a backup is fetched from: as `open_target`, or an archive, which `archive.unpacked` makes a target of."""
    return WebFile(place, may_contact) if place.is_archive else open_target(place, may_contact)


def open_target(place: Place, may_contact: MayContact = lambda _host, _address: True) -> Target:
    """The target of a place. Nothing is asked of it yet.

    Args:
        may_contact: Asked before a web server is.

    Raises:
        InvalidParameter: The environment does not say how to sign in there; or it is an archive.
    """
    if place.is_archive:
        raise InvalidParameter(f"{place.text} is an archive: it can be restored, and nothing else", place=place.text)
    if place.kind == "folder":
        return FolderTarget(Path(place.path))
    if place.kind in ("http", "https"):
        return WebTarget(place, may_contact)
    # 15 MB that nobody needs who keeps backups in folders, or none at all
    target: Target = importlib.import_module("roarbase.backup.objects").object_target(place)
    return target
