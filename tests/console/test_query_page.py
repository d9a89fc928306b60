"""The Query page in a browser: statements, completion, results, what was asked before. One service and one browser."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import chromium, open_context, signed_in
from tests.support.process import ServiceProcess, wait_for

LARGE = 2**63 - 1
ROWS = 10_000
MARKUP = "<img src=x onerror=alert(1)> {{ 7 * 7 }}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with ServiceProcess(tmp_path_factory.mktemp("query") / "data") as running:
        with running.api() as client:
            body = {"name": "numbers", "deployment_options": {"shape": "8GB"}}
            here = client.post("/v1/deployments", json=body).json()["id"]
            wait_for(client, f"/v1/deployments/{here}", "status", "RUNNING")
            silent = {"Roarbase-History": "off"}
            rows = "\n".join(f"{n},{LARGE - n},{n % 7}.{n % 100:02},kind {n % 3}" for n in range(ROWS))
            columns = "(_id, n, d, kind) map (0 id, 1 int, 2 decimal(2), 3 string)"
            for statement in (
                "create table large (_id id, n int, d decimal(2), kind string)",
                "create table `order` (_id id, `group` string)",
                f"bulk insert into large {columns} from x'{rows}' with format 'CSV' input 'INLINE'",
            ):
                answer = client.post(f"/v2/databases/{here}/query/sql", content=statement, headers=silent)
                assert "error" not in answer.json(), answer.text
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, service: ServiceProcess) -> Iterator[Page]:
    """The page, open for all tests of this module: each leaves it ready for the next."""
    with open_context(browser) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        made = signed_in(context, service.url)
        made.goto(f"{service.url}/console/query")
        expect(made.get_by_role("button", name="large").first).to_be_visible()
        yield made


def editor(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Statements")


def write(page: Page, text: str) -> None:
    """Replace what stands in the editor; the cursor stands behind it."""
    editor(page).fill(text)
    page.wait_for_function(f"document.querySelector('#c' + {_ID}) && {_VIEW}.state.doc.toString() === {text!r}")
    page.keyboard.press("Control+End")


_ID = "document.querySelector('.query .nicegui-codemirror').id.slice(1)"
_VIEW = f"getElement(Number({_ID})).editor"


def run(page: Page, text: str) -> Locator:
    """Run the last statement of a text; the card with what came."""
    write(page, text)
    page.keyboard.press("Control+Enter")
    shown = text.split("\n\n")[-1].partition("}")[2].strip() if text.startswith("{") else text.split("\n\n")[-1]
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=" ".join(shown.split())[:60]))


def choose(page: Page, name: str, option: str) -> None:
    page.get_by_role("combobox", name=name).click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page, page.get_by_role("combobox", name=name))


def settle(page: Page, chooser: Locator) -> None:
    """Wait until its list has closed and given the focus back: what is typed before goes nowhere."""
    expect(page.get_by_role("option")).to_have_count(0)
    expect(chooser).to_be_focused()


def cells(card: Locator, column: int, count: int) -> list[str]:
    """The first cells of a column, from the top as they stand there."""
    return [card.locator(f".ag-row[row-index='{row}'] [col-id='{column}']").inner_text() for row in range(count)]


def test_tables_are_made_and_asked(page: Page) -> None:
    """SQL and PQL, one by one and all together; numbers and decimals are exact, markup is text."""
    statements = (
        "create table small (_id id, n int, d decimal(3), s string)",
        f"insert into small values (18446744073709551613, {LARGE}, 0.125, '{MARKUP}'), (1, -5, null, 'b')",
        "select _id, n, d, s, row_number() over (order by n desc) as place from small order by place",
        "[small]Count(All()) Row(n < 0)",
    )
    write(page, ";\n\n".join(statements))
    page.get_by_role("button", name="Run all").click()
    cards = page.get_by_role("article")
    expect(cards).to_have_count(5)
    expect(cards.nth(0)).to_contain_text("no rows to show")
    third = cards.nth(2)
    expect(third.get_by_text("2 rows")).to_be_visible()
    expect(third.get_by_role("gridcell", name=str(LARGE))).to_be_visible()
    assert cells(third, 0, 2) == ["18446744073709551613", "1"]
    assert cells(third, 2, 2) == ["0.125", "null"]
    assert cells(third, 3, 2) == [MARKUP, "b"]
    assert cells(cards.nth(3), 0, 1) == ["2"]
    expect(page.get_by_text("Answered in")).to_be_visible()
    expect(page.get_by_role("button", name="small", exact=False).first).to_be_visible()  # the schema follows
    page.get_by_text("The same with curl").click()
    expect(page.get_by_text("Limit(Row(n < 0), limit=100)")).to_be_visible()


def test_the_one_under_the_cursor(page: Page) -> None:
    """The selection, or the statement around the cursor; a deployment by its name; errors say where in the editor."""
    write(page, "select 1 as a\n\nselect 2 as b")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("columnheader", name="a")).to_be_visible()
    card = run(page, "{numbers} select count(*) as c from small")
    expect(card.get_by_role("gridcell", name="2").first).to_be_visible()
    run(page, "{nowhere} select 1")
    expect(page.get_by_role("alert").filter(has_text="no running deployment is called 'nowhere'")).to_be_visible()
    run(page, "select 1\n\n{numbers} select nothing\nfrom small")
    expect(page.get_by_role("alert").filter(has_text="Line 3, column 18: ")).to_be_visible()
    expect(page.locator(".fault")).to_have_text("nothing")
    run(page, "[small]Union(Row(n=1),\n Row(nowhere=1))")
    expect(page.get_by_role("alert").filter(has_text="Line 2, column 6: ")).to_be_visible()
    write(page, "  \n")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="no statement under the cursor")).to_be_visible()


@pytest.mark.parametrize(
    ("typed", "option", "completed"),
    [
        ("select * from lar", "large", "select * from large"),
        ("select n from large where kin", "kind", "select n from large where kind"),
        ("select l.ki", None, None),
        ("select x.k from large x where x.ki", "kind", "select x.k from large x where x.kind"),
        ("select coale", "coalesce", "select coalesce()"),
        ("[larg", "large", "[large"),
        ("[large]GroupBy(Rows(kin", "kind", "[large]GroupBy(Rows(kind"),
        ("[large]GroupBy(Rows(kind), lim", "limit=", "[large]GroupBy(Rows(kind), limit="),
        ("[large]Interse", "Intersect", "[large]Intersect()"),
        ("{num", "numbers", "{numbers"),
        ("select * from orde", "order", "select * from `order`"),
        ("[order]Rows(grou", "group", "[order]Rows(group"),
        ("select 'lar", None, None),
    ],
)
def test_completion(page: Page, typed: str, option: str | None, completed: str | None) -> None:
    """Tables, fields, functions and calls, by what stands around; nothing in quotes, and of tables that are not."""
    write(page, typed[:-1])
    page.keyboard.press("Escape")
    page.keyboard.type(typed[-1])
    if option is None or completed is None:
        page.wait_for_timeout(300)
        expect(page.locator(".cm-tooltip-autocomplete")).to_have_count(0)
        return
    first = page.locator(".cm-tooltip-autocomplete li[aria-selected=true] .cm-completionLabel")
    expect(first).to_have_text(option)
    page.wait_for_timeout(100)  # just opened, a list takes no key yet: who types on is not surprised
    page.keyboard.press("Enter")
    expect(editor(page)).to_have_text(re.compile(re.escape(completed)))


def test_names_from_the_schema(page: Page) -> None:
    """A click inserts what the statement under the cursor can be asked with: words of SQL are quoted there."""
    schema = page.get_by_role("region", name="Schema")
    write(page, "")
    schema.get_by_title("Insert select * from order").click()
    expect(editor(page)).to_have_text("select * from `order`")
    for start, whole in (("select ", "select `group`"), ("[order]Rows(", "[order]Rows(group")):
        write(page, start)
        schema.get_by_title("Insert group").click()
        expect(editor(page)).to_have_text(whole)


def test_two_tabs(page: Page, service: ServiceProcess) -> None:
    """Each has its own statements after a reload; a new one begins with what was typed last."""
    write(page, "select 'here'")
    tab = page.context.new_page()
    tab.goto(f"{service.url}/console/query")
    expect(editor(tab)).to_have_text("select 'here'")
    editor(tab).fill("select 'there'")
    page.reload()
    expect(page.get_by_role("button", name="large").first).to_be_visible()
    expect(editor(page)).to_have_text("select 'here'")
    tab.reload()
    expect(editor(tab)).to_have_text("select 'there'")
    tab.close()


def test_words_are_coloured(page: Page) -> None:
    """Each statement in its own language."""
    write(page, "[large]Count(Row(kind='x'))\n\nselect 'y' from large")
    colour = "node => getComputedStyle(node).color"
    words = {
        w: page.locator(".cm-line span").get_by_text(w, exact=True).first for w in ("Count", "select", "'x'", "'y'")
    }
    colours = {word: node.evaluate(colour) for word, node in words.items()}
    assert colours["Count"] == colours["select"] != colours["'x'"] == colours["'y'"]


def test_ten_thousand_rows(page: Page) -> None:
    """They scroll, sort and are filtered as the numbers that they are, and are taken away whole."""
    choose(page, "Limit", "10,000")
    card = run(page, "select n, d, kind from large")
    expect(card.get_by_text("10,000 rows")).to_be_visible()
    expect(card.get_by_role("gridcell", name=str(LARGE), exact=True)).to_be_visible()
    assert page.locator(".ag-row").count() < 200
    card.locator(".ag-body-viewport").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(card.get_by_role("gridcell", name=str(LARGE - ROWS + 1), exact=True)).to_be_visible()
    assert page.locator(".ag-row").count() < 200
    card.locator(".ag-body-viewport").evaluate("box => box.scrollTo(0, 0)")
    card.get_by_role("columnheader", name="n").first.click()
    expect(card.locator(".ag-row[row-index='0'] [col-id='0']")).to_have_text(str(LARGE - ROWS + 1))
    assert cells(card, 0, 3) == [str(LARGE - ROWS + n) for n in (1, 2, 3)]
    card.locator(".ag-header-cell[col-id='0'] .ag-header-cell-filter-button").click()
    popup = page.locator(".ag-filter")
    popup.get_by_role("combobox").first.click()
    page.get_by_role("option", name="≥").click()
    popup.get_by_role("textbox").first.fill(str(LARGE - 2))
    expect(card.locator(".ag-row[row-index='0'] [col-id='0']")).to_have_text(str(LARGE - 2))
    page.keyboard.press("Escape")
    expect(card.locator(".ag-center-cols-container .ag-row")).to_have_count(3)
    card.get_by_role("combobox", name="Hide columns").click()
    page.get_by_role("option", name="d", exact=True).click()
    page.keyboard.press("Escape")
    settle(page, card.get_by_role("combobox", name="Hide columns"))
    expect(card.locator(".ag-header-cell[col-id='1']")).to_have_count(0)
    card.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied 3 rows")).to_be_visible()
    rows = [f"{LARGE - n}\tkind {n}" for n in (2, 1, 0)]
    assert clipboard(page) == "\n".join(["n\tkind", *rows, ""])
    card.locator(".ag-row[row-index='1'] [col-id='2']").click()
    expect(card.locator(".ag-row[row-index='1'] .ag-cell-focus")).to_be_visible()
    page.keyboard.press("Control+c")
    assert until(lambda: clipboard(page), "kind 1") == "kind 1"
    with page.expect_download() as download:
        card.get_by_role("button", name="CSV").click()
    csv = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert csv == ['"n","kind"', *(f'"{LARGE - n}","kind {n}"' for n in (2, 1, 0))]
    choose(page, "Limit", "10")
    expect(run(page, "select n from large").get_by_text("10 rows, as many as the limit allows")).to_be_visible()
    choose(page, "Limit", "100")


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def until(look: Any, wanted: object, timeout_s: float = 5) -> object:
    """What `look` gives, once it is what is wanted or the time is over."""
    deadline = time.monotonic() + timeout_s
    while (found := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_a_grid_that_is_made_anew(page: Page) -> None:
    """NiceGUI may do so at any time: the rows, which the service does not keep, come back."""
    card = run(page, "select kind from large where n = 9223372036854775807")
    cell = card.get_by_role("gridcell", name="kind 0")
    expect(cell).to_be_visible()
    page.evaluate("getElement(Number(document.querySelector('.result .grid').id.slice(1))).update_grid()")
    expect(cell).to_be_visible()


def test_narrow(page: Page) -> None:
    """Numbers keep all of their digits, and what is said of the answer has a line of its own."""
    page.set_viewport_size({"width": 400, "height": 860})
    card = run(page, "select _id, n, d, kind, -n as less, d * 1000000000000.0 as much from large where _id < 20")
    numbers = card.locator(".ag-row .ag-right-aligned-cell .ag-cell-value")
    expect(numbers.first).to_be_visible()
    assert numbers.count() > 1
    assert numbers.evaluate_all("some => some.filter(one => one.scrollWidth > one.clientWidth).length") == 0
    expect(page.get_by_text("Answered in")).to_be_visible()
    assert page.get_by_text("Answered in").evaluate("one => one.offsetHeight") < 50
    page.set_viewport_size({"width": 1280, "height": 860})


def test_rows_on_their_way(page: Page) -> None:
    """It is not said that there are none until they have come, and are none."""
    page.evaluate("() => { window.fill = roarbase.fill; roarbase.fill = () => {} }")
    card = run(page, "select kind, count(*) from large group by kind")
    expect(card.get_by_text("Loading")).to_be_visible()
    expect(card.get_by_role("columnheader", name="column 2")).to_be_visible()
    expect(card.get_by_text("No rows")).to_have_count(0)
    page.evaluate("() => { roarbase.fill = window.fill }")
    expect(run(page, "select n from large where n = 3").get_by_text("No rows")).to_be_visible()


def test_a_chart(page: Page) -> None:
    """Groups are bars or lines; the library comes with the first of them, and the policy of the page lets it."""
    card = run(page, "[large]GroupBy(Rows(kind))")
    expect(card.get_by_text("3 rows")).to_be_visible()
    assert page.evaluate(_LOADED) == 0
    card.get_by_role("button", name="Chart").click()
    chart = card.get_by_role("img", name="Chart of [large]GroupBy(Rows(kind))")
    expect(chart.locator("svg")).to_be_visible()
    expect(chart.get_by_text("kind 0")).to_be_visible()
    assert page.evaluate(_LOADED) > 0
    card.get_by_role("button", name="Lines").click()
    expect(chart.locator("svg")).to_be_visible()
    card.get_by_role("button", name="Table").click()
    expect(card.get_by_role("gridcell", name="kind 0")).to_be_visible()
    expect(run(page, "select kind from large limit 1").get_by_text("1 row")).to_be_visible()
    expect(page.get_by_role("button", name="Chart")).to_have_count(0)


_LOADED = "performance.getEntriesByType('resource').filter(one => one.name.includes('echart')).length"


def test_a_long_one_is_cancelled(page: Page, service: ServiceProcess) -> None:
    """Its time is told while it runs, marked as running; Cancel ends it in the service, too."""
    page.get_by_role("tab", name="History").click()
    write(page, "select count(*) from large a, large b, large c where a.d + b.d - c.d = 77.5")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("Running for")).to_be_visible()
    entry = page.get_by_role("listitem").filter(has_text="a.d + b.d - c.d")
    expect(entry.get_by_text("running")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    expect(entry.get_by_text("cancelled")).to_be_visible()
    with service.api() as client:
        (found,) = client.get("/v2/queries?search=a.d %2B b.d").json()["resources"]
    assert (found["status"], found["duration_us"] < 20 * 10**6) == ("CANCELLED", True)


def test_what_was_asked(page: Page) -> None:
    """It is searched, run again, copied, put into the editor and forgotten."""
    panel = page.get_by_role("region", name="History")
    page.get_by_role("tab", name="History").click()
    expect(
        run(page, "select n, row_number() over () as place from large limit 2").get_by_text("2 rows")
    ).to_be_visible()
    expect(run(page, "select nothing from large").get_by_role("alert")).to_be_visible()
    panel.get_by_label("Search what was asked").fill("NOTHING from")
    entry = panel.get_by_role("listitem")
    expect(entry).to_have_count(1)
    expect(entry).to_have_class(re.compile("past__entry--bad"))
    expect(entry).to_contain_text("select nothing")
    entry.get_by_role("button", name="Copy the statement").click()
    assert (
        until(lambda: clipboard(page), "select nothing from large\nlimit 100") == "select nothing from large\nlimit 100"
    )
    panel.get_by_label("Search what was asked").fill("row_number() over ()")
    expect(entry).to_contain_text("row_number()")
    entry.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("article").get_by_text("2 rows")).to_be_visible()
    expect(entry).to_have_count(2)
    write(page, "")
    entry.first.get_by_role("button", name="Put into the editor").click()
    expect(editor(page)).to_contain_text("row_number()")
    panel.get_by_role("button", name="Forget all").click()
    page.get_by_label("Type DELETE to confirm").fill("DELETE")
    page.get_by_role("button", name="Forget", exact=True).click()
    expect(panel.get_by_text("Nothing matches.")).to_be_visible()
    panel.get_by_label("Search what was asked").fill("")
    expect(panel.get_by_text("Nothing was asked yet.")).to_be_visible()
    page.get_by_text("The same with curl").click()
    expect(page.get_by_text("curl --request DELETE")).to_be_visible()
