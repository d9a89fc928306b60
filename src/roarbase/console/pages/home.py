"""Home: what exists, and the next step to take."""

from nicegui import ui

from roarbase.console.components.button import main_button, quiet_button
from roarbase.console.components.part import Part
from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.inventory import Inventory, inventory_of
from roarbase.console.origins import Origins
from roarbase.console.tour.finding import DEPLOYMENT

__all__ = ["home_page"]

_LOOKS_EVERY_S = 5.0


def home_page(page: Page) -> None:
    """Draw it."""
    with page.frame("Home") as notice:
        inventory = Part(_draw, tag="div", classes="stack", waits=True)
        with Tag("section", classes="card"):
            heading(2, "Addresses")
            with Tag("dl", classes="facts"):
                for name, address in _addresses(page.wiring.origins):
                    Tag("dt", name)
                    with Tag("dd"):
                        Tag("code", address)

        async def load() -> None:
            with notice.watching():
                inventory.show(await inventory_of(page.session))

        page.every(_LOOKS_EVERY_S, load)


def _addresses(origins: Origins) -> tuple[tuple[str, str], ...]:
    return (
        ("Sign in", origins.identity),
        ("Control plane", f"{origins.control}/v1"),
        ("Data plane", f"{origins.data}/v1"),
    )


def _draw(found: Inventory) -> None:
    with Tag("div", classes="counts"):
        for member, name, address in _COUNTS:
            with ui.link(target=address).classes("count"):
                Tag("span", f"{len(found[member]):,}", classes="count__number")
                Tag("span", name, classes="quiet")
    with Tag("section", classes="card"):
        heading(2, "The next step")
        _draw_step(found)
    with Tag("section", classes="card"):
        heading(2, "Guided tour")
        Tag(
            "p",
            "The quick start, call by call: it makes a deployment with a table of iris flowers, streams 150 records "
            "into it and asks about them, and you watch each call and its answer.",
        )
        with Tag("div", classes="actions actions--start"):
            quiet_button(_tour_words(found), lambda: ui.navigate.to("/tour"), "tour")


def _tour_words(found: Inventory) -> str:
    has_begun = any(one["name"] == DEPLOYMENT for one in found["deployments"])
    return "Go on with the tour" if has_begun else "Take the tour"


_COUNTS = (
    ("deployments", "Deployments", "/deployments"),
    ("sinks", "Data sources", "/sources"),
    ("tables", "Tables", "/tables"),
)


def _draw_step(found: Inventory) -> None:
    running = [one for one in found["deployments"] if one["status"] == "RUNNING"]
    if not found["deployments"]:
        Tag("p", "Make a deployment: an engine where tables live.")
        _way("New deployment", "/deployments/new")
    elif not running:
        Tag("p", "Your deployment is on its way; once it is RUNNING, it takes tables.")
        _way("Watch it", "/deployments")
    elif not found["tables"]:
        Tag("p", "Make a table: a named collection of records.")
        _way("New table", "/tables/new")
    elif not found["sinks"]:
        Tag("p", "Make a data source: an endpoint that takes JSON records for a table.")
        _way("New source", "/sources/new")
    else:
        Tag("p", "Your tables are fed. Ask them, in SQL or PQL.")
        _way("Ask a question", "/query")


def _way(text: str, address: str) -> None:
    with Tag("div", classes="actions actions--start"):
        main_button(text, lambda: ui.navigate.to(address))
