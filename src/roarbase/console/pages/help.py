"""Get help: where the documents are, and what to say when something is wrong."""

from nicegui import ui

from roarbase import __version__
from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.origins import Origins

__all__ = ["help_page"]


def help_page(page: Page) -> None:
    """Draw it."""
    with page.frame("Get help"):
        with Tag("section", classes="card"):
            heading(2, "The API")
            Tag("p", "Everything the console does can be done over HTTP; pages show the curl command of what they do.")
            Tag("p", "First sign in for a token, then make calls with it:")
            Tag("pre", _first_calls(page.wiring.origins))
            Tag("a", "Every endpoint, with what it reads and answers", href="/docs")
            Tag("a", "The same for programs (OpenAPI)", href="/openapi.json")
        with Tag("section", classes="card"):
            heading(2, "Words")
            with Tag("dl", classes="facts"):
                for word, meaning in _WORDS:
                    Tag("dt", word)
                    Tag("dd", meaning)
        with Tag("section", classes="card"):
            heading(2, "When something is wrong")
            Tag(
                "p",
                "Every answer carries an X-Request-Id, which the service's log has, too. Tell it with your question.",
            )
            Tag("p", f"This is Roarbase {__version__}.", classes="quiet")
            ui.separator()
            Tag(
                "p", "The pages docs/ of the source describe ingest, PQL, SQL, settings and operation.", classes="quiet"
            )


def _first_calls(origins: Origins) -> str:
    return (
        f"curl --request POST '{origins.identity}' \\\n"
        '  --data-raw \'{"USERNAME": "<your e-mail>", "PASSWORD": "<your password>"}\'\n\n'
        f"curl '{origins.control}/v1/deployments' --header 'Authorization: Bearer <IdToken>'"
    )


_WORDS = (
    ("Deployment", "A running engine of a given shape, where tables live."),
    ("Table", "A named collection of records in one deployment."),
    ("Data source", "An endpoint that takes records for one table; the API calls it a sink."),
    ("Field", "A typed attribute of records. Fields come into being with a data source's schema."),
    ("PQL", "The engine's own language: [table]Count(Row(field=value))."),
    ("SQL", "SELECT statements over the tables of one deployment."),
)
