"""Where users reach the planes: what the commands that pages show must name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Origins"]

_DATA = re.compile(r"POST /v[12]/(sinks/[^/?]+|(deployments|databases)/[^/]+/(query|sql)(/.*)?)")


@dataclass(frozen=True, kw_only=True)
class Origins:
    """The origin of each plane. All the same, unless the setting `domain` gives each a name of its own."""

    identity: str
    control: str
    data: str

    @classmethod
    def of(cls, planes: Mapping[str, str]) -> "Origins":
        """From the names of the planes: id, api, data."""
        return cls(identity=planes["id"], control=planes["api"], data=planes["data"])

    def serving(self, method: str, path: str) -> str:
        """The origin whose plane takes a request.

        >>> planes = Origins(identity="i", control="c", data="d")
        >>> planes.serving("POST", "/v1/sinks"), planes.serving("POST", "/v1/sinks/7f"), planes.serving("POST", "/")
        ('c', 'd', 'i')
        """
        if path == "/":
            return self.identity
        return self.data if _DATA.fullmatch(f"{method} {path}") else self.control
