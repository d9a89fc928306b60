"""`/console`: for now one page that says where everything is and how to begin."""

from collections.abc import Mapping
from html import escape

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from roarbase.planes.pages import PAGE_HEADERS, page

__all__ = ["console_html", "router"]

router = APIRouter()


@router.get("/", include_in_schema=False)
async def front() -> Response:
    """A browser at the origin is led to the console; `POST /` is the token endpoint."""
    return RedirectResponse("/console", status_code=303)


@router.get("/console", include_in_schema=False)
async def console(request: Request) -> Response:
    """The page."""
    asked = str(request.base_url).rstrip("/")
    origins = request.app.state.origins or {"id": asked, "api": asked, "data": asked}
    return HTMLResponse(console_html(origins), headers=PAGE_HEADERS)


def console_html(origins: Mapping[str, str]) -> str:
    """The page for a service whose planes stand at these origins: `id`, `api` and `data`."""
    sign_in = (
        f"curl --request POST '{origins['id']}' \\\n"
        '  --data-raw \'{"USERNAME": "<your e-mail>", "PASSWORD": "<your password>"}\''
    )
    deploy = (
        f"curl --request POST '{origins['api']}/v1/deployments' \\\n"
        "  --header 'Authorization: Bearer <IdToken>' \\\n"
        '  --data-raw \'{"name": "my-deployment", "deployment_options": {"shape": "8GB"}}\''
    )
    addresses = (
        ("Sign in", f"POST {origins['id']}", "user and password for three tokens"),
        ("Control plane", f"{origins['api']}/v1", "deployments, tables, sinks"),
        ("Data plane", f"{origins['data']}/v1", "records into sinks, queries in PQL and SQL"),
    )
    rows = "\n".join(
        f'<dt>{escape(name)}</dt><dd><code>{escape(address)}</code><br><span class="quiet">{escape(what)}</span></dd>'
        for name, address, what in addresses
    )
    return page(
        "Roarbase",
        f"""<header><h1>Roarbase</h1>
<p>The service is running. Post JSON records, ask in PQL or SQL a moment later.</p></header>
<main>
<h2>Addresses</h2>
<dl>
{rows}
</dl>
<h2>Begin</h2>
<h3>Sign in for a token</h3>
<pre>{escape(sign_in)}</pre>
<h3>Make a deployment with the IdToken of the answer</h3>
<pre>{escape(deploy)}</pre>
<p>Every endpoint, with what it reads and answers: <a href="/docs">/docs</a>.
The same for programs: <a href="/openapi.json">/openapi.json</a>.</p>
</main>""",
    )
