"""The console in a browser: how long until there is a page, and the service's memory with pages open.

    python -m bench.console [TABS]

"Cold" is the first page that anybody opens: the console is loaded then. What is timed ends when a page shows what one
came for, and includes the browser's own work.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from bench.cseg.machine import busy_cores
from tests.support.browser import chromium, open_context, signed_in
from tests.support.process import ServiceProcess, iris_records, make_iris

__all__ = ["main"]

_ROUNDS = 9
_SETTLED_S = 3.0
_RECORDS = 10_000
_BATCH = 1_000
_PAGES = ("", "/deployments", "/sources", "/tables", "/query", "/tour")


def main(tabs: int = 10) -> None:
    """Print times and memory, in the order in which they come about."""
    print(f"{busy_cores():.1f} cores busy with other things before it began")
    with (
        tempfile.TemporaryDirectory() as folder,
        ServiceProcess(Path(folder) / "data") as service,
        service.api() as client,
        chromium() as browser,
    ):
        _, sink = make_iris(client)
        for start in range(1, _RECORDS, _BATCH):
            records = iris_records(range(start, start + _BATCH))
            client.post(f"/v1/sinks/{sink}", json={"records": records}).raise_for_status()
        time.sleep(_SETTLED_S)
        before_mb = service.resident_mb()
        print(f"before anybody opened the console: {before_mb:.0f} MB")
        with open_context(browser) as context:
            stranger = context.new_page()
            cold = _seconds(lambda: _open(stranger, f"{service.url}/console", "Sign in"))
            print(f"the first page, cold: {cold:.2f} s")
            page = signed_in(context, service.url)
            warm = sorted(_seconds(lambda: _open(page, f"{service.url}/console", "Home")) for _ in range(_ROUNDS))
            print(f"a page, warm: {warm[_ROUNDS // 2]:.2f} s (median of {_ROUNDS})")
            stranger.close()
            time.sleep(_SETTLED_S)
            print(f"with one page open: {service.resident_mb() - before_mb:.0f} MB more")
            for number in range(1, tabs):
                context.new_page().goto(f"{service.url}/console{_PAGES[number % len(_PAGES)]}")
            time.sleep(_SETTLED_S)
            print(f"with {tabs} pages open: {service.resident_mb() - before_mb:.0f} MB more")
            _ask(page, service.url)
            print(f"and after {_RECORDS:,} rows were shown: {service.resident_mb() - before_mb:.0f} MB more")


def _ask(page: Page, url: str) -> None:
    """Have all records in the result grid, and scroll to their end."""
    page.bring_to_front()  # what is behind is not drawn
    _open(page, f"{url}/console/query", "Query")
    page.get_by_role("combobox", name="Limit").click()
    page.get_by_role("option", name="10,000", exact=True).click()
    page.get_by_role("textbox", name="Statements").fill("select * from iris")
    page.get_by_role("button", name="Run", exact=True).click()
    shown = _seconds(lambda: page.get_by_text(f"{_RECORDS:,} rows").wait_for())
    print(f"{_RECORDS:,} rows asked for and in the grid: {shown:.2f} s")
    box = page.locator(".ag-body-viewport")
    frames = box.evaluate(_SCROLL)
    print(f"scrolled to the end in 100 steps: a frame takes {frames['median']:.0f} ms, {frames['most']:.0f} ms at most")


_SCROLL = """async box => {
    const took = [];
    const step = box.scrollHeight / 100;
    for (let i = 0; i < 100; i++) {
        const began = performance.now();
        box.scrollTop += step;
        await new Promise(requestAnimationFrame);
        took.push(performance.now() - began);
    }
    took.sort((a, b) => a - b);
    return {median: took[50], most: took[99]};
}"""


def _open(page: Page, url: str, heading: str) -> None:
    page.goto(url)
    page.get_by_role("heading", name=heading, level=1).wait_for()


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
