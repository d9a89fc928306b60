"""The console in a browser, by clicking: one service and one browser for all of it."""

import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.conftest import user_command
from tests.support.browser import open_context, signed_in
from tests.support.process import EMAIL, IRIS_SCHEMA, PASSWORD, ServiceProcess, iris_records, wait_for


@pytest.fixture
def page(browser: Browser, service: ServiceProcess) -> Iterator[Page]:
    """Home, signed in."""
    with open_context(browser) as context:
        yield signed_in(context, service.url)


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


def test_deployments_and_tables(page: Page, service: ServiceProcess) -> None:
    """Made, found, shown and dropped by clicking; names are checked while they are typed, refusals say what blocks."""
    page.get_by_role("button", name="New deployment").click()
    page.get_by_label("Name").fill("Iris Demo")
    expect(page.get_by_text("use lower-case letters")).to_be_visible()
    page.get_by_label("Name").fill("clicked")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("RUNNING", exact=True)).to_be_visible()  # by itself
    page.get_by_label("Search deployments").fill("no such")
    expect(page.get_by_text("No deployments match")).to_be_visible()
    page.get_by_label("Search deployments").fill("CLICK")
    page.get_by_role("link", name="clicked").click()
    page.get_by_role("button", name="New table").click()
    page.get_by_label("Name").fill("flowers")
    page.get_by_label("Description").fill(MARKUP)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="flowers", level=1)).to_be_visible()
    expect(page.get_by_text(MARKUP, exact=True)).to_be_visible()
    expect(page.get_by_text("There are no records yet")).to_be_visible()
    page.get_by_role("link", name="clicked").click()
    page.get_by_role("button", name="Delete deployment").click()
    agree(page, "Delete")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("table 'flowers'")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("link", name="flowers").click()
    page.get_by_role("button", name="Drop table").click()
    expect(page.get_by_role("button", name="Drop", exact=True)).to_be_disabled()
    agree(page, "Drop")
    expect(page.get_by_role("heading", name="Tables", level=1)).to_be_visible()
    expect(page.get_by_text("There are none yet")).to_be_visible()
    page.get_by_role("link", name="Deployments").click()
    page.get_by_role("button", name="Delete clicked").click()
    agree(page, "Delete")
    expect(page.get_by_text("There are none yet")).to_be_visible()
    page.get_by_text("The same with curl").click()
    expect(page.get_by_text("curl --request DELETE")).to_be_visible()
    with service.api() as client:
        assert client.get("/v1/deployments").json() == {"resources": []}


MARKUP = "<img src=x onerror=alert(1)> <b>bold</b> {{ 7 * 7 }}"


def agree(page: Page, verb: str) -> None:
    """Type the word, and go on."""
    page.get_by_label("Type DELETE to confirm").fill("DELETE")
    page.get_by_role("button", name=verb, exact=True).click()


SECOND = "second@example.com"


def test_the_end_of_a_sign_in_loses_nothing(browser: Browser, service: ServiceProcess) -> None:
    """The password is asked for over the page; with it, the very call that was refused goes on."""
    user_command(service, "add", SECOND, "--password", PASSWORD)
    with open_context(browser) as context:
        page = signed_in(context, service.url, SECOND)
        page.goto(f"{service.url}/console/deployments/new")
        page.get_by_label("Name").fill("kept")
        expect(page.get_by_text("GiB here")).to_be_visible()
        user_command(service, "deactivate", SECOND)
        time.sleep(1.1)  # within a second his living tokens are refused
        # Not a click: the page before may have asked for something in between, and the dialog stand over it already.
        page.get_by_role("button", name="Create").dispatch_event("click")
        expect(page.get_by_role("heading", name="Your sign-in has ended")).to_be_visible()
        user_command(service, "reactivate", SECOND)
        password = page.get_by_role("dialog").get_by_label("Password")
        password.fill("Wrong-horse-1")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("rong")
        password.fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("link", name="kept")).to_be_visible()


def test_a_data_source(page: Page, service: ServiceProcess) -> None:
    """Made in two steps, its schema checked while it is typed; records sent from its page get their verdicts."""
    with service.api() as client:
        body = {"name": "iris_demo_deployment", "deployment_options": {"shape": "8GB"}}
        made = client.post("/v1/deployments", json=body).json()
        wait_for(client, f"/v1/deployments/{made['id']}", "status", "RUNNING")
    page.goto(f"{service.url}/console/sources/new")
    choose(page, "Deployment", "iris_demo_deployment")
    page.get_by_label("Source name").fill("iris_streaming_source")
    page.get_by_label("Name of the new table").fill("iris_table")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("The schema is in order")).to_be_visible()
    write(
        page,
        "JSON schema",
        '[\n {"name": "id", "path": ["id"], "type": "id"},\n {"name": "x", "path": ["x"], "type": "wrong"}\n]',
    )
    expect(page.get_by_text("Line 3: ")).to_contain_text("'wrong'")
    write(page, "JSON schema", '[{"name": "id",]')
    expect(page.get_by_text("Line 1: This is not JSON")).to_be_visible()
    page.locator(".cm-content").evaluate(_DROP, json.dumps(IRIS_SCHEMA))  # replaces what stood there
    expect(page.get_by_text("The schema is in order")).to_be_visible()
    assert page.get_by_role("heading", level=1).evaluate(_DROP, "") is False  # the browser does not go to the file
    page.get_by_role("button", name="Create source").click()
    expect(page.get_by_role("heading", name="iris_streaming_source")).to_be_visible()
    expect(page.get_by_text("RUNNING", exact=True)).to_be_visible()
    write(page, "Records", "[nothing")
    page.get_by_role("button", name="Send records").click()
    expect(page.get_by_role("alert").filter(has_text="must be an object")).to_be_visible()
    records = iris_records(range(1, 151))
    records[1] = {"value": {"id": "two", "species": MARKUP}}
    write(page, "Records", json.dumps({"records": records}))
    page.get_by_role("button", name="Send records").click()
    expect(page.get_by_text("149 taken, 1 refused")).to_be_visible()
    # What is too long for the page to say is not sent, and nor is what stood there before.
    page.get_by_role("textbox", name="Records").evaluate(PASTE, json.dumps({"records": iris_records(range(151, 9000))}))
    page.get_by_role("button", name="Send records").click()
    expect(page.get_by_role("alert").filter(has_text="more in the editor than the 900,000 characters")).to_be_visible()
    page.get_by_role("link", name="iris_table").click()
    expect(page.get_by_text("149", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="versicolor").first).to_be_visible()
    page.get_by_role("button", name="Drop table").click()
    agree(page, "Drop")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("iris_streaming_source")


def write(page: Page, name: str, text: str) -> None:
    """Replace what stands in an editor, once it is there and keeps it."""
    box = page.get_by_role("textbox", name=name)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        box.fill(text)
        page.wait_for_timeout(100)
        if box.evaluate(_TEXT_OF) == text:
            return
    raise AssertionError(f"the editor {name} did not take the text")


_DROP = """(place, text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], 'schema.json', {type: 'application/json'}));
    return place.dispatchEvent(new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true}));
}"""
"""Drops a file there; gives whether the browser does with it what it likes."""

_TEXT_OF = "box => getElement(Number(box.closest('.nicegui-codemirror').id.slice(1))).editor.state.doc.toString()"


PASTE = """(box, text) => {
    const view = getElement(Number(box.closest('.nicegui-codemirror').id.slice(1))).editor;
    view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: text}});
}"""
"""Replaces what stands in an editor, at once and however long."""


def choose(page: Page, name: str, option: str) -> None:
    """Choose from a list that opens."""
    box = page.get_by_role("combobox", name=name)
    if box.input_value() != option:
        box.click()
        page.get_by_role("option", name=option).click()


def test_a_fault_of_the_console_is_told(page: Page, service: ServiceProcess) -> None:
    """In words on the page, and whole in the log: whoever waits for an answer hears that none will come."""
    page.goto(f"{service.url}/console/deployments/new")
    expect(page.get_by_text("GiB here")).to_be_visible()
    page.evaluate(_NONSENSE)
    page.get_by_label("Name").fill("x")
    expect(page.get_by_role("alert").filter(has_text="Something went wrong in the console itself")).to_be_visible()
    assert "Traceback" in service.log_text()


_NONSENSE = """() => {
    const emit = socket.emit.bind(socket), wrong = {args: ['7']};
    socket.emit = (name, said, ...rest) => emit(name, name === 'event' ? {...said, ...wrong} : said, ...rest);
}"""
"""Has the page say of each event what nothing in the service expects."""


def test_a_long_outage_loses_nothing(page: Page, service: ServiceProcess) -> None:
    """A page that the service has forgotten, because its connection was away for long, is drawn anew with what was
    typed, also while it was away."""
    page.goto(f"{service.url}/console/tables/new")
    page.get_by_label("Name").fill("not-lost")
    page.wait_for_function("window.socket?.listeners('connect_error').length > 1")  # the console's own script watches
    page.evaluate("window.socket.disconnect()")
    expect(page.get_by_text("Connection lost")).to_be_visible()
    page.get_by_label("Description").fill("nor this")
    page.evaluate("window.isOld = true; window.socket.io.opts.query.client_id = 'forgotten'; window.socket.connect()")
    page.wait_for_function("!window.isOld && window.did_handshake")
    expect(page.get_by_label("Name")).to_have_value("not-lost")
    expect(page.get_by_label("Description")).to_have_value("nor this")


def test_the_service_goes_and_comes_back(browser: Browser, service: ServiceProcess) -> None:
    """An open page does not keep it from stopping; after the sign-in, what was typed is put back; what was asked is
    known. Stands last."""
    with open_context(browser) as context:
        page = signed_in(context, service.url)
        page.goto(f"{service.url}/console/tables/new")
        page.get_by_label("Name").fill("not-lost")
        page.get_by_label("Description").fill("nor this")
        with service.api() as client:
            client.post("/v2/databases/nowhere/query/sql", content="select 'asked before'")
            assert service.stop() == 0
            service.start()
            (kept,) = client.get("/v2/queries?search=asked").json()["resources"]
            assert kept["status"] == "FAILED"
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="New table", level=1)).to_be_visible()
        expect(page.get_by_label("Name")).to_have_value("not-lost")
        expect(page.get_by_label("Description")).to_have_value("nor this")
