"""Where the planes stand, as users write it."""

from urllib.parse import urlsplit

from roarbase.model.settings import Settings
from roarbase.server.sockets import local_host

__all__ = ["plane_origin", "public_origin"]

_DEFAULT_PORTS = {"https": 443, "http": 80}


def _origin(settings: Settings, host: str) -> str:
    scheme = "https" if settings.flag("tls_self_signed") or settings.text("tls_cert") else "http"
    port = settings.integer("port")
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


def public_origin(settings: Settings) -> str:
    """The setting public_url, or the address that the service listens on: of all, the one that is there always.

    >>> public_origin(Settings({"port": 9000}))
    'http://127.0.0.1:9000'
    """
    given = settings.text("public_url").rstrip("/")
    return given or _origin(settings, settings.text("domain") or local_host(settings.text("host")))


def plane_origin(settings: Settings, plane: str) -> str:
    """Where a plane (`id`, `api`, `data`, `app`) stands: below the domain, if one is set.

    >>> plane_origin(Settings({"port": 443, "domain": "example.com", "tls_self_signed": "on"}), "data")
    'https://data.example.com'
    """
    domain, given = settings.text("domain"), settings.text("public_url")
    if not domain:
        return public_origin(settings)
    if not given:
        return _origin(settings, f"{plane}.{domain}")
    # Behind a proxy: users reach the planes by its scheme and port, not by those listened on here.
    parts = urlsplit(given)
    return f"{parts.scheme}://{plane}.{domain}" + (f":{parts.port}" if parts.port else "")
