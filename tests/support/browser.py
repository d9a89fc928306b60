"""A headless Chromium, as a user's browser would be: the machine's own, without any network but the service."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.process import EMAIL, PASSWORD

__all__ = ["chromium", "open_context", "signed_in"]

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_PATIENCE_MS = 20_000


def _path() -> str:
    """Where Chromium is; without it the test is skipped, or fails where ROARBASE_REQUIRE names it."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if "chromium" in os.environ.get("ROARBASE_REQUIRE", "").split(","):
        pytest.fail("chromium is required here and not installed")
    pytest.skip("chromium is not installed")


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser; its profile is a new one and goes with it."""
    path = _path()
    expect.set_options(timeout=_PATIENCE_MS)  # a loaded machine is slow, not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_context(browser: Browser, *, width: int = 1280, dark: bool = False) -> Iterator[BrowserContext]:
    """A browser window of its own, with its own cookies. Whatever a page complains of ends the test."""
    context = browser.new_context(
        viewport={"width": width, "height": 860}, color_scheme="dark" if dark else "light", ignore_https_errors=True
    )
    context.set_default_timeout(_PATIENCE_MS)
    complaints: list[str] = []

    def note(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"{error}\n{error.stack}"))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said.type, said.text) else None)

    context.on("page", note)
    try:
        yield context
    finally:
        context.close()
    assert not complaints, "the page complained:\n" + "\n".join(complaints)


def _is_complaint(kind: str, text: str) -> bool:
    """Refused scripts and failed calls; neither statuses that a test asks for, nor that a stopped service is away, nor
    that somebody pasted too much."""
    expected = ("the server responded with a status of 4", "net::ERR_", "WebSocket connection to", "Payload size")
    return kind == "error" and not any(part in text for part in expected)


def signed_in(context: BrowserContext, url: str, email: str = EMAIL, password: str = PASSWORD) -> Page:
    """A page at Home, for a user who has just signed in."""
    page = context.new_page()
    page.goto(f"{url}/console")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Home", level=1).wait_for()
    return page
