"""The console in a browser, by clicking: one service and one browser for all of it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import chromium, open_context, signed_in
from tests.support.process import EMAIL, PASSWORD, ServiceProcess

PAGES = ("/console", "/console/help")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    folder = tmp_path_factory.mktemp("console") / "data"
    with ServiceProcess(folder, "--refresh-token-seconds", "600") as running:
        yield running


@pytest.fixture
def page(browser: Browser, service: ServiceProcess) -> Iterator[Page]:
    """Home, signed in."""
    with open_context(browser) as context:
        yield signed_in(context, service.url)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_landmarks(browser: Browser, service: ServiceProcess, width: int, dark: bool) -> None:
    """Each page has one main, one navigation, one heading of level 1, no input without a name, and fits its window."""
    with open_context(browser, width=width, dark=dark) as context:
        page = signed_in(context, service.url)
        for path in PAGES:
            page.goto(service.url + path)
            page.wait_for_function("window.did_handshake")
            if width < 900:
                page.get_by_role("button", name="Navigation").click()
            expect(page.get_by_role("navigation")).to_have_count(1)
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            expect(page.locator("main")).to_have_count(1)
            assert page.evaluate(_UNNAMED) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            for word in ("undefined", "None", "Traceback"):
                assert word not in page.inner_text("body")


_UNNAMED = """[...document.querySelectorAll('input, textarea, select, button, [role=textbox], [role=combobox]')]
  .filter(one => one.type !== 'hidden' && one.offsetParent !== null)
  .filter(one => !one.labels?.length && !one.getAttribute('aria-label') && !one.getAttribute('aria-labelledby')
                 && !one.innerText?.trim())
  .map(one => one.outerHTML.slice(0, 200))"""


def test_by_keyboard_alone(browser: Browser, service: ServiceProcess) -> None:
    """The form is filled, sent and the account menu used without a mouse; signing out ends other tabs, too."""
    with open_context(browser) as context:
        other = signed_in(context, service.url)
        page = context.new_page()
        page.goto(f"{service.url}/console/help")
        page.wait_for_function("window.did_handshake")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
        page.get_by_role("button", name="Account").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("menu")).to_be_visible()
        page.get_by_role("menuitem", name="Sign out").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/console/sign-in"))
        other.goto(f"{service.url}/console/help")
        expect(other).to_have_url(re.compile("/console/sign-in"))


def test_themes(page: Page) -> None:
    """Dark is chosen once and stays, from the first moment of the next page."""
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Dark").click()
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    page.reload()
    assert page.evaluate("document.documentElement.className") == "dark"


def test_the_service_goes_and_comes_back(browser: Browser, service: ServiceProcess) -> None:
    """An open page does not keep it from stopping; who was signed in signs in again, where he was. Stands last."""
    with open_context(browser) as context:
        page = signed_in(context, service.url)
        assert service.stop() == 0
        service.start()
        page.goto(f"{service.url}/console/help")
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Get help", level=1)).to_be_visible()
