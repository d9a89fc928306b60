"""The console as a whole, in a browser: the quick start in one go, the tour, passwords, what all pages have in common.

The tests stand in an order: what one makes, later ones look at. They have users in organizations of their own.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from roarbase.client.iris import iris_records
from tests.console.conftest import DOMAIN, user_command
from tests.console.test_pages import PASTE, agree, choose, write
from tests.support.browser import open_context, signed_in
from tests.support.process import IRIS_SCHEMA, PASSWORD, ServiceProcess, make_iris, query

CONTRAST = (Path(__file__).parent.parent / "support" / "contrast.js").read_text(encoding="utf-8")
WALKER = "walker@example.com"
MARKUP = "<img/src=x/onerror=alert(1)>"


@pytest.fixture(scope="module")
def token(service: ServiceProcess) -> str:
    """The token of a user in an organization that nothing belongs to."""
    user_command(service, "add", WALKER, "--password", PASSWORD, "--organization", "walkers")
    return service.sign_in(WALKER)


@pytest.fixture
def page(browser: Browser, service: ServiceProcess, token: str) -> Iterator[Page]:
    """His page Home, signed in."""
    assert token
    with open_context(browser) as context:
        yield signed_in(context, service.url, WALKER)


def follow(page: Page, name: str) -> None:
    """An entry of the navigation."""
    page.get_by_role("navigation").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_the_quick_start_by_clicking(page: Page, service: ServiceProcess, token: str) -> None:
    """Each step of the seed, with the mouse, under the seed's names; then all is deleted, in the seed's order."""
    follow(page, "Deployments")
    page.get_by_role("button", name="New deployment").click()
    page.get_by_label("Name").fill("iris_demo_deployment")
    choose(page, "Shape", "8GB")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("RUNNING", exact=True)).to_be_visible()
    page.get_by_text("The same with curl").click()
    expect(page.get_by_text(f"http://api.{DOMAIN}:{service.port}/v1/deployments'")).to_be_visible()
    follow(page, "Tables")
    page.get_by_role("button", name="New table").click()
    page.get_by_label("Name").fill("iris_table")
    page.get_by_label("Description").fill("table holding flower data")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("There are none yet: they come into being")).to_be_visible()
    follow(page, "Data sources")
    page.get_by_role("button", name="New source").click()
    choose(page, "Deployment", "iris_demo_deployment")
    choose(page, "Table", "iris_table")
    page.get_by_label("Source name").fill("iris_streaming_source")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("The schema is in order")).to_be_visible()
    write(page, "JSON schema", json.dumps(IRIS_SCHEMA["definition"], indent=2))
    expect(page.get_by_text("The schema is in order")).to_be_visible()
    page.get_by_role("button", name="Create source").click()
    expect(page.get_by_text("RUNNING", exact=True)).to_be_visible()
    expect(page.get_by_text(f"http://data.{DOMAIN}:{service.port}/v1/sinks/").first).to_be_visible()
    write(page, "Records", json.dumps({"records": [{"value": record} for record in iris_records()]}))
    page.get_by_role("button", name="Send records").click()
    expect(page.get_by_text("150 taken, 0 refused")).to_be_visible()
    page.get_by_role("link", name="iris_table").click()
    expect(page.get_by_role("cell", name="setosa").first).to_be_visible()
    expect(page.get_by_role("cell", name="mutex")).to_be_visible()
    follow(page, "Query")
    write(page, "Statements", "select * from iris_table limit 10\n\n[iris_table]GroupBy(Rows(species))")
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("3 rows").first).to_be_visible()
    follow(page, "Data sources")
    undo(page, "Delete iris_streaming_source", "Delete")
    follow(page, "Tables")
    undo(page, "Drop iris_table", "Drop")
    follow(page, "Deployments")
    undo(page, "Delete iris_demo_deployment", "Delete")
    with service.api(token) as client:
        assert client.get("/v1/deployments").json() == {"resources": []}


def undo(page: Page, button: str, verb: str) -> None:
    """Delete the only row of a list."""
    page.get_by_role("button", name=button).click()
    agree(page, verb)
    expect(page.get_by_text("There are none yet")).to_be_visible()


def test_the_tour(page: Page, service: ServiceProcess, token: str) -> None:
    """Each call and its answer are shown; it goes on after a reload and from what others did, and it cleans up."""
    page.get_by_role("button", name="Take the tour").click()
    run = page.get_by_role("button", name="Run this step")
    expect(page.get_by_text('"name": "iris_demo_deployment"')).to_be_visible()
    run.click()
    expect(page.get_by_text('"deployment_status": "CREATING"')).to_be_visible()
    expect(page.get_by_text("2 of 8 steps done")).to_be_visible()
    page.reload()
    expect(page.get_by_text('"deployment_status": "CREATING"')).to_be_visible()
    expect(run).to_have_count(1)
    with service.api(token) as client:  # the table is made by somebody else: the tour goes on behind it
        (deployment,) = client.get("/v1/deployments").json()["resources"]
        assert client.post(f"/v1/tables/{deployment['id']}", json={"name": "iris_table"}).status_code == 201
        run.click()
        made = page.get_by_role("listitem").filter(has_text="3. Create a table")
        expect(made.get_by_text("DONE", exact=True)).to_be_visible()
        page.get_by_role("button", name="Do all that is left").click()
        expect(page.get_by_text("All 8 steps are done")).to_be_visible(timeout=20_000)
        assert query(client, deployment["id"], "pql", "[iris_table]Count(All())") == [[150]]
        stream = page.get_by_role("listitem").filter(has_text="6. Stream")
        stream.get_by_role("button", name="Run it again").click()
        expect(stream.get_by_text('"success_count": 150')).to_be_visible()
        assert query(client, deployment["id"], "pql", "[iris_table]Count(All())") == [[150]]
        assert client.post(f"/v1/tables/{deployment['id']}", json={"name": "mine"}).status_code == 201
        clean(page)
        expect(page.get_by_text("table 'mine'")).to_be_visible()  # the refusal says what blocks
        assert client.delete(f"/v1/tables/{deployment['id']}/mine").status_code == 202
        clean(page)
        expect(page.get_by_text("0 of 8 steps done")).to_be_visible(timeout=20_000)
        assert client.get("/v1/deployments").json() == {"resources": []}


def clean(page: Page) -> None:
    page.get_by_role("button", name="Clean up").click()
    agree(page, "Delete")


OTHER, NEW = "other@example.com", "Battery-staple-2"


def test_a_new_password(browser: Browser, service: ServiceProcess) -> None:
    """The rules show while one types; where it is changed all goes on, elsewhere the new one is asked for."""
    user_command(service, "add", OTHER, "--password", PASSWORD, "--organization", "others")
    with open_context(browser) as here, open_context(browser) as there:
        page, other = signed_in(here, service.url, OTHER), signed_in(there, service.url, OTHER)
        page.get_by_role("button", name="Account").click()
        page.get_by_role("menuitem", name="Change password").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Present password").fill("Wrong-horse-1")
        dialog.get_by_label("New password", exact=True).fill("Battery")
        expect(dialog.get_by_text("An upper-case letter: done")).to_be_visible()
        expect(dialog.get_by_text("A digit: done")).to_have_count(0)
        change(page, "Battery")
        expect(dialog.get_by_role("alert")).to_contain_text("The password needs at least 8 characters, a digit")
        change(page, NEW)
        expect(dialog.get_by_role("alert")).to_contain_text("The present password is wrong")
        dialog.get_by_label("Present password").fill(PASSWORD)
        change(page, NEW)
        expect(page.get_by_text("Your password is changed")).to_be_visible()
        follow(page, "Deployments")
        expect(page.get_by_text("There are none yet")).to_be_visible()
        expect(other.get_by_role("heading", name="Your sign-in has ended")).to_be_visible(timeout=15_000)
        other.get_by_role("dialog").get_by_label("Password").fill(NEW)
        other.get_by_role("button", name="Go on").click()
        expect(other.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("heading", name="Your sign-in has ended")).to_be_hidden()


def change(page: Page, new: str) -> None:
    for label in ("New password", "New password again"):
        page.get_by_role("dialog").get_by_label(label, exact=True).fill(new)
    page.get_by_role("button", name="Change password").click()


def test_a_long_form_outlives_the_sign_in(browser: Browser, service: ServiceProcess) -> None:
    """What was typed into both steps of a new source is there after the password was asked for, in both tabs."""
    with service.api(service.sign_in(OTHER, NEW)) as client, open_context(browser) as context:
        make_iris(client, "flowers", "iris", "first")
        page, tab = signed_in(context, service.url, OTHER, NEW), context.new_page()
        tab.goto(f"{service.url}/console/tables/new")
        tab.get_by_label("Name").fill("typed")
        tab.get_by_label("Description").fill("and kept")
        page.goto(f"{service.url}/console/sources/new")
        page.get_by_label("Source name").fill("again")
        choose(page, "Table", "iris")
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_text("The schema is in order")).to_be_visible()
        passwords = {"current_password": NEW, "new_password": PASSWORD}
        assert client.post("/v2/users/current/password", json=passwords).status_code == 200
        time.sleep(1.1)  # within a second living tokens are refused
        # As if typed; by the keyboard it could come too late, when the page asks for the password already.
        page.get_by_role("textbox", name="JSON schema", include_hidden=True).evaluate(PASTE, json.dumps(_FIELDS))
        expect(page.get_by_role("heading", name="Your sign-in has ended")).to_be_visible()
        expect(tab.get_by_role("heading", name="Your sign-in has ended")).to_be_visible()
        page.get_by_role("dialog").get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("The schema is in order")).to_be_visible()
        page.get_by_role("button", name="Create source").click()
        expect(page.get_by_role("heading", name="again", level=2)).to_be_visible()
        expect(tab.get_by_role("dialog")).to_have_count(0)
        expect(tab.get_by_label("Description")).to_have_value("and kept")
        tab.get_by_role("button", name="Create").click()
        expect(tab.get_by_role("heading", name="typed", level=1)).to_be_visible()


_FIELDS = IRIS_SCHEMA["definition"]


def test_by_keyboard_alone(page: Page) -> None:
    """A deployment is made and deleted without a mouse; the focus stays where it was while lists renew themselves."""
    page.keyboard.press("Tab")
    press_on(page, "Deployments")
    expect(page.get_by_role("heading", name="Deployments", level=1)).to_be_visible()
    press_on(page, "New deployment")
    expect(page.get_by_text("GiB here")).to_be_visible()
    tab_to(page, "Name")
    page.keyboard.type("by-keyboard")
    press_on(page, "Create")
    expect(page.get_by_role("link", name="by-keyboard")).to_be_visible()
    expect(page.get_by_text("RUNNING", exact=True)).to_be_visible()
    press_on(page, "Delete by-keyboard")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press_on(page, "Delete by-keyboard")
    expect(page.get_by_label("Type DELETE to confirm")).to_be_focused()
    page.keyboard.type("DELETE")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There are none yet")).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(40):
        if page.evaluate(_FOCUSED).strip() == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {name}")


def press_on(page: Page, name: str) -> None:
    """Go there and press Enter."""
    button, link = (page.get_by_role(role, name=name, exact=True) for role in ("button", "link"))
    expect(button.or_(link)).to_be_visible()
    tab_to(page, name)
    page.keyboard.press("Enter")


_FOCUSED = """() => {
  const one = document.activeElement;
  const icons = [...one.querySelectorAll('.q-icon')].map(icon => icon.innerText);
  const text = one.getAttribute('aria-label') || one.labels?.[0]?.innerText || one.innerText || '';
  return icons.reduce((left, icon) => left.replace(icon, ''), text);
}"""


def test_every_page(browser: Browser, service: ServiceProcess) -> None:
    """One main, one navigation, one heading of level 1, no input without a name, contrast AA in light and dark, no page
    wider than its window; and markup in an e-mail, in what was stored, in a description, is text everywhere."""
    email = f"{MARKUP}@example.com"
    user_command(service, "add", email, "--password", PASSWORD, "--organization", "markup")
    with service.api(service.sign_in(email)) as client:
        deployment_id, sink_id = make_iris(client, "flowers", "iris", "source")
        client.put(f"/v1/tables/{deployment_id}/iris", json={"description": f"{MARKUP} {{{{ 7 * 7 }}}}"})
        record = {**iris_records()[0], "species": MARKUP}
        assert client.post(f"/v1/sinks/{sink_id}", json={"records": [{"value": record}]}).json()["success_count"] == 1
    with open_context(browser, dark=True) as context:
        page = signed_in(context, service.url, email)
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        for path, text in _paths(deployment_id, sink_id).items():
            page.goto(f"{service.url}/console{path}")
            page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
            expect(page.locator("main").get_by_text(text).first).to_be_visible()
            check(page, path)
        expect(page.get_by_role("cell", name=MARKUP)).to_be_visible()
        expect(page.get_by_text(f"{MARKUP} {{{{ 7 * 7 }}}}", exact=True)).to_be_visible()
        context.grant_permissions(["clipboard-write"])
        page.goto(f"{service.url}/console/sources/{sink_id}")
        page.get_by_role("button", name="Copy the endpoint").click()
        expect(page.get_by_text("Copied the endpoint")).to_be_visible()
        assert faint(page) == []


def _paths(deployment_id: str, sink_id: str) -> dict[str, str]:
    """All pages, and what stands there once they are loaded."""
    return {
        "": "Your tables are fed",
        "/tour": "of 8 steps done",
        "/deployments": "RUNNING",
        "/deployments/new": "GiB here",
        f"/deployments/{deployment_id}": "iris",
        "/sources": "RUNNING",
        "/sources/new": "flowers",
        f"/sources/{sink_id}": "Send records",
        "/tables": "flowers",
        "/tables/new": "flowers",
        "/query": "iris",
        "/help": "Deployment",
        f"/tables/{deployment_id}/iris": MARKUP,
    }


def check(page: Page, path: str) -> None:
    """What each page has to have, as it stands: dark, then light, then narrow."""
    expect(page.get_by_role("navigation")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator("main")).to_have_count(1)
    page.wait_for_function(f"({_UNNAMED}).length === 0")  # an editor is named a moment after it is drawn
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"document.body.classList.contains('body--{scheme}')")
        assert faint(page) == [], (path, scheme)
        assert page.evaluate(_RINGS) >= 3, (path, scheme)
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 860})
        page.wait_for_function(f"document.documentElement.scrollWidth <= {width}")
    text = page.inner_text("body")
    assert not re.search(r"undefined|\bNone\b|\bnull\b|NaN|Traceback|\b49\b", text), (path, text)
    assert page.locator("main img, header img").count() == 0
    page.set_viewport_size({"width": 1280, "height": 860})
    page.emulate_media(color_scheme="dark")


def faint(page: Page) -> list[str]:
    """Texts of too little contrast, once the page has settled in its colors."""
    for _ in range(15):
        found: list[str] = page.evaluate(CONTRAST)
        if not found:
            break
        page.wait_for_timeout(200)
    return found


_RINGS = """() => {
  const luminance = (name) => {
    const hex = getComputedStyle(document.body).getPropertyValue(name).trim().slice(1);
    const parts = [0, 2, 4].map(at => parseInt(hex.slice(at, at + 2), 16) / 255);
    const [r, g, b] = parts.map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, light] = [luminance('--q-primary'), luminance('--card')].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}"""
"""The contrast of what marks the focus and what is chosen."""

_UNNAMED = """[...document.querySelectorAll('input, textarea, select, button, [role=textbox], [role=combobox]')]
  .filter(one => one.type !== 'hidden' && one.offsetParent !== null)
  .filter(one => !one.labels?.length && !one.getAttribute('aria-label') && !one.getAttribute('aria-labelledby')
                 && !one.innerText?.trim())
  .map(one => one.outerHTML.slice(0, 200))"""


def test_two_users_side_by_side(page: Page, browser: Browser, service: ServiceProcess) -> None:
    """Each window shows what its own user's organization has, while both work."""
    with open_context(browser) as context:
        other = signed_in(context, service.url, OTHER)
        other.goto(f"{service.url}/console/deployments")
        page.goto(f"{service.url}/console/deployments")
        expect(other.get_by_role("link", name="flowers")).to_be_visible()
        expect(page.get_by_text("There are none yet")).to_be_visible()
        stranger = other.get_by_role("link", name="flowers").get_attribute("href")
        page.goto(f"{service.url}{stranger}")
        expect(page.get_by_role("heading", name="Deployments", level=1)).to_be_visible()
        expect(page.get_by_text("flowers")).to_have_count(0)
