"""An app with the frame around it and nothing in it yet: errors, guards, health and the pages.

The composition root makes it, puts the collaborators of the handlers on `app.state`, and includes the planes' routers.
"""

import ipaddress
from collections.abc import Mapping

from fastapi import FastAPI

from roarbase import __version__
from roarbase.errors import InvalidSetting
from roarbase.model.settings import Settings
from roarbase.planes import console, docs_page, health, openapi
from roarbase.planes.guards import install_guards
from roarbase.planes.http import install_errors
from roarbase.services.shares import Shares

__all__ = ["networks", "new_app"]

_THREADS_PER_ORGANIZATION = 8
"""Of the 40 in which the framework runs handlers that block."""

_DESCRIPTION = (
    "A streaming analytics service on a bitmap-index engine: post JSON records, ask in PQL or SQL a moment later."
)


def new_app(settings: Settings, origins: Mapping[str, str] | None = None) -> FastAPI:
    """The frame.

    `app.state` then has `settings`, `traffic` (the guards' counts), `shares`, `trusted_proxies`, `origins`, and `ready`
    (False: to be replaced by a flag or a callable). The planes also need `verifier`, which the composition root adds.

    Args:
        settings: The values in force.
        origins: Where users reach the planes, by `id`, `api` and `data`; None shows each caller the origin he asked.
    """
    app = FastAPI(
        title="Roarbase",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would lose the body of a POST; PlainPaths accepts both forms
    )
    app.state.settings = settings
    app.state.ready = False
    app.state.origins = origins
    app.state.shares = Shares(_THREADS_PER_ORGANIZATION)
    app.state.trusted_proxies = networks(settings.texts("trusted_proxies"))
    install_errors(app)
    app.state.traffic = install_guards(app, settings)
    for router in (health.router, openapi.router, docs_page.router, console.router):
        app.include_router(router)
    return app


def networks(texts: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """The setting `trusted_proxies`: addresses (1.2.3.4) and ranges (10.0.0.0/8).

    Raises:
        InvalidSetting: One of them is neither.
    """
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise InvalidSetting(f"setting trusted_proxies: {error}", setting="trusted_proxies") from None
