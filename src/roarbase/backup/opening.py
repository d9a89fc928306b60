"""From a place to its target."""

import importlib
from pathlib import Path

from roarbase.backup.folder import FolderTarget
from roarbase.backup.places import Place
from roarbase.backup.target import Target
from roarbase.backup.web import MayContact, WebTarget

__all__ = ["open_target"]


def open_target(place: Place, may_contact: MayContact = lambda _host, _address: True) -> Target:
    """The target of a place. Nothing is asked of it yet.

    Args:
        may_contact: Asked before a web server is.

    Raises:
        InvalidParameter: The environment does not say how to sign in there.
    """
    if place.kind == "folder":
        return FolderTarget(Path(place.path))
    if place.kind in ("http", "https"):
        return WebTarget(place, may_contact)
    # 15 MB that nobody needs who keeps backups in folders, or none at all
    target: Target = importlib.import_module("roarbase.backup.objects").object_target(place)
    return target
