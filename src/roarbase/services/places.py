"""Which places of backups the service may use for whoever asks over HTTP: those that the operator listed."""

import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

from roarbase.backup.opening import open_source, open_target
from roarbase.backup.places import Place, place_of
from roarbase.backup.target import Target
from roarbase.backup.web import WebFile
from roarbase.errors import Forbidden
from roarbase.model.settings import Settings

__all__ = ["AllowedPlaces"]

_ANY = "*"
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""Stands for addresses of version 4, also for private ones."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AllowedPlaces:
    """Folders below one folder, and the buckets and hosts that `outbound_hosts` lists.

    Args:
        data_dir: Has the folder where `backup_dir` names none.
    """

    def __init__(self, settings: Settings, data_dir: Path) -> None:
        given = settings.text("backup_dir")
        self._folder = Path(os.path.realpath(Path(given).expanduser() if given else data_dir / "backups"))
        self._listed = [entry.rstrip("/") for entry in settings.texts("outbound_hosts")]
        self._networks = [network for entry in self._listed if (network := _network_or_none(entry)) is not None]

    def open(self, text: str) -> Target:
        """What is at the place that a text names; raises as `get`."""
        return open_target(self.get(text), self.may_contact)

    def open_source(self, text: str) -> Target | WebFile:
        """What a backup is fetched from, of the place that a text names; raises as `get`."""
        return open_source(self.get(text), self.may_contact)

    def may_contact(self, host: str, address: str) -> bool:
        """Whether a host is listed, and its address public or listed itself.

        So a listed name that somebody makes stand for an address of the operator's own network leads nowhere.
        """
        found = _plain(address)
        is_listed = any(found in network for network in self._networks)
        if _network_or_none(host) is not None:
            return is_listed or (_ANY in self._listed and _is_public(found))
        return self._lists_host(host) and (is_listed or _is_public(found))

    def _lists_host(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        return any(
            entry == _ANY or name == entry.lower() or (entry.startswith("*.") and name.endswith(entry[1:].lower()))
            for entry in self._listed
        )

    def get(self, text: str) -> Place:
        """The place that a text names; a relative path is one below the folder.

        Raises:
            InvalidParameter: It names none.
            Forbidden: The service may not use it.
        """
        place = place_of(text)
        if place.kind == "folder":
            return self._folder_of(place)
        if place.kind in ("http", "https"):
            return self._web_of(place)
        if not any(entry == _ANY or f"{place.text}/".startswith(f"{entry}/") for entry in self._listed):
            raise Forbidden(
                f"the service may not contact {place.kind}://{place.bucket}: the operator lists buckets, such as "
                f"{place.kind}://{place.bucket}, in the setting outbound_hosts"
            )
        return place

    def _web_of(self, place: Place) -> Place:
        self.check_host(urlsplit(place.text).hostname or "")
        return place

    def check_host(self, host: str) -> None:
        """Raise Forbidden unless a host is listed.

        Only names that are listed are looked up, when they are contacted; then their addresses have to pass too.
        """
        is_allowed = self._lists_host(host) if _network_or_none(host) is None else self.may_contact(host, host)
        if not is_allowed:
            raise Forbidden(
                f"the service may not contact {host}: the operator lists hosts, and addresses where they are not "
                "public, in the setting outbound_hosts"
            )

    def _folder_of(self, place: Place) -> Place:
        # Links are followed now: one that leads out of the folder is refused, whoever made it.
        path = Path(os.path.realpath(self._folder / place.path))
        if self._folder not in path.parents:
            raise Forbidden(
                f"{place.path} is not below {self._folder}, where this service keeps backups: give a path relative "
                "to that, or have the operator change the setting backup_dir"
            )
        return Place(kind="folder", path=str(path))


def _network_or_none(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network, or the single address, that a text is; None of a name."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _plain(address: str) -> _Address:
    """An address, that of version 4 which one of version 6 stands for."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return (isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped) or found


def _is_public(address: _Address) -> bool:
    is_tunnel = isinstance(address, ipaddress.IPv6Address) and bool(address.sixtofour or address.teredo)
    return address.is_global and not address.is_multicast and not is_tunnel and address not in _TRANSLATED
