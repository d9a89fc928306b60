"""`make screenshots`: each page of the console light, dark and narrow, of a service with something in it.

python -m tests.console.screenshots FOLDER
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import chromium, open_context, signed_in
from tests.support.process import ServiceProcess, iris_records, make_iris

LOOKS = {"light": (1280, False), "dark": (1280, True), "narrow": (400, False)}
SETTLED_MS = 700


def main(folder: Path) -> None:
    """Make them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as kept,
        ServiceProcess(Path(kept) / "data") as service,
        service.api() as client,
        chromium() as browser,
    ):
        deployment_id, sink_id = make_iris(client, "iris_demo_deployment", "iris_table", "iris_streaming_source")
        client.post(f"/v1/sinks/{sink_id}", json={"records": iris_records(range(1, 151))})
        pages = {
            "home": "",
            "tour": "/tour",
            "deployments": "/deployments",
            "new-deployment": "/deployments/new",
            "deployment": f"/deployments/{deployment_id}",
            "sources": "/sources",
            "new-source": "/sources/new",
            "source": f"/sources/{sink_id}",
            "tables": "/tables",
            "new-table": "/tables/new",
            "table": f"/tables/{deployment_id}/iris_table",
            "query": "/query",
            "help": "/help",
        }
        for look, (width, dark) in LOOKS.items():
            shoot(browser, service.url, pages, folder, look, width, dark)


def shoot(browser: Browser, url: str, pages: dict[str, str], folder: Path, look: str, width: int, dark: bool) -> None:
    """All pages in one look."""
    with open_context(browser, width=width, dark=dark) as context:
        stranger = context.new_page()
        stranger.goto(f"{url}/console/sign-in")
        stranger.screenshot(path=folder / f"sign-in-{look}.png")
        page = signed_in(context, url)
        for name, path in pages.items():
            page.goto(f"{url}/console{path}")
            expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
            page.wait_for_timeout(SETTLED_MS)
            if name == "query":
                ask(page)
            page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)


def ask(page: Page) -> None:
    """Have results on the page, one of them drawn, and what was asked beside them."""
    statements = (
        "-- how many of each, and how long they are\nselect species, count(*) as n, avg(petallength) as length\n"
        "from iris_table group by species order by n desc",
        "[iris_table]GroupBy(Rows(species), limit=10)",
        "select * from iris_table where species = 'setosa'",
        "select nothing from iris_table",
    )
    page.get_by_role("button", name="iris_table").first.wait_for()
    page.get_by_role("textbox", name="Statements").fill("\n\n".join(statements))
    page.get_by_role("button", name="Run all").click()
    page.get_by_role("alert").filter(has_text="not found").wait_for()
    page.get_by_role("button", name="Chart").first.click()
    page.get_by_role("tab", name="History").click()
    page.locator(".chart svg").wait_for()
    page.wait_for_timeout(SETTLED_MS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
