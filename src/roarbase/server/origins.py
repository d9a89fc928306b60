"""Where the planes stand, as users write it."""

from roarbase.model.settings import Settings

__all__ = ["plane_origin", "public_origin"]

_DEFAULT_PORTS = {"https": 443, "http": 80}


def _origin(settings: Settings, host: str) -> str:
    scheme = "https" if settings.flag("tls_self_signed") or settings.text("tls_cert") else "http"
    port = settings.integer("port")
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


def public_origin(settings: Settings) -> str:
    """The setting public_url, or the address that the service listens on.

    >>> public_origin(Settings({"port": 9000}))
    'http://127.0.0.1:9000'
    """
    given = settings.text("public_url").rstrip("/")
    host = settings.text("domain") or settings.text("host")
    return given or _origin(settings, f"[{host}]" if ":" in host else host)


def plane_origin(settings: Settings, plane: str) -> str:
    """Where a plane (`id`, `api`, `data`, `app`) stands: below the domain, if one is set.

    >>> plane_origin(Settings({"port": 443, "domain": "example.com", "tls_self_signed": "on"}), "data")
    'https://data.example.com'
    """
    domain = settings.text("domain")
    return _origin(settings, f"{plane}.{domain}") if domain else public_origin(settings)
