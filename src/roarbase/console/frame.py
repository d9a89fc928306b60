"""What every page stands in: header, navigation, the account menu, the one heading of level 1."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from nicegui import ui
from starlette.requests import Request

from roarbase.console.api import Call
from roarbase.console.components.button import icon_button
from roarbase.console.components.curl import CurlView
from roarbase.console.components.moment import renew_moments
from roarbase.console.components.notice import Notice
from roarbase.console.components.password_dialog import ask_for_new_password
from roarbase.console.components.tag import Tag, heading
from roarbase.console.components.unlock import attach_unlock
from roarbase.console.origins import Origins
from roarbase.console.session import ConsoleSession
from roarbase.console.theme import THEMES, theme_script
from roarbase.errors import RoarbaseError

__all__ = ["NAVIGATION", "Page", "Wiring"]

NAVIGATION: tuple[tuple[str, str, str], ...] = (
    ("Home", "/", "home"),
    ("Deployments", "/deployments", "dns"),
    ("Data sources", "/sources", "input"),
    ("Tables", "/tables", "table_chart"),
    ("Query", "/query", "terminal"),
    ("Get help", "/help", "help_outline"),
)
"""Name, address and icon of each entry, in the order of the rail."""


_ITEM = "role=menuitem"


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """What pages are given.

    Args:
        origins: Where users reach the planes.
    """

    origins: Origins


@dataclass(kw_only=True)
class Page:
    """One page on its way to one browser."""

    session: ConsoleSession
    wiring: Wiring
    parameters: dict[str, str]

    @classmethod
    def of(cls, request: Request, wiring: Wiring) -> "Page":
        """The page that a request asks for; `site` has let it in and left the session with it."""
        session = cast("ConsoleSession", request.state.console)
        return cls(session=session, wiring=wiring, parameters={**request.query_params, **request.path_params})

    @contextmanager
    def frame(self, title: str, *, entry: str = "", back: tuple[str, str] | None = None) -> Iterator[Notice]:
        """Draw the frame; the block draws what stands in it.

        Args:
            title: The heading, and the title of the tab.
            entry: The entry of the navigation that this page belongs to; the title's own if not given.
            back: Name and address of the list that the page belongs to.

        Yields:
            Where the page says what went wrong.
        """
        ui.page_title(f"{title} · Roarbase")
        attach_unlock(self.session)
        drawer = _navigation(entry or title)
        _header(self.session, self.wiring.origins, drawer)
        with Tag("div", classes="page"):
            if back is not None:
                with Tag("p", classes="back"):
                    ui.link(f"\N{LEFTWARDS ARROW} {back[0]}", back[1])
            heading(1, title)
            notice = Notice()
            ui.on_exception(lambda error: _tell(notice, error))
            yield notice

    def curl_view(self) -> CurlView:
        """Where the page shows what was just done: at first, what led here."""
        return CurlView(self.wiring.origins, self.session.made.get(self.parameters.get("made", ""), ()))

    def go_after(self, address: str, *calls: Call) -> None:
        """Go to the page that comes after these calls, and have it show them."""
        ui.navigate.to(f"{address}?made={self.session.hand_over(*calls)}")

    def soon(self, load: Callable[[], Awaitable[None]]) -> None:
        """Run something once the page stands in the browser."""
        ui.timer(0, load, once=True, immediate=True)

    def every(self, interval_s: float, load: Callable[[], Awaitable[None]]) -> None:
        """Run something now and again and again, but not while the password is being asked for."""

        client = ui.context.client

        async def unless_locked() -> None:
            if not self.session.is_locked:
                await load()
                renew_moments(client)

        ui.timer(interval_s, unless_locked, immediate=True)


def _tell(notice: Notice, error: Exception) -> None:
    """Say what nobody has said yet. NiceGUI waits for pages that have gone: of that there is nothing to say."""
    if isinstance(error, TimeoutError):
        return
    with notice.watching(clears=False):
        if isinstance(error, RoarbaseError):
            raise error
        notice.error("Something went wrong in the console itself; the service's log says what. Load the page again.")


def _navigation(active: str) -> ui.left_drawer:
    with (
        ui.left_drawer(bordered=True).props("width=216 breakpoint=900") as drawer,
        Tag("nav", classes="rail", aria_label="Main"),
    ):
        for name, address, icon in NAVIGATION:
            with ui.link(target=address).classes("rail__entry") as link:
                ui.icon(icon).props("aria-hidden=true")
                Tag("span", name)
            if name == active:
                link.classes("rail__entry--active").props("aria-current=page")
    return drawer


def _header(session: ConsoleSession, origins: Origins, drawer: ui.left_drawer) -> None:
    with ui.header().classes("top"):
        Tag("a", "Skip to the content", classes="skip", href=f"#c{ui.context.client.content.id}")
        icon_button("menu", "Navigation", drawer.toggle).classes("top__menu")
        ui.link("Roarbase", "/").classes("brand")
        Tag("span", classes="grow", data_user=session.email)
        with icon_button("account_circle", "Account").props("aria-haspopup=menu"), ui.menu():
            _account_menu(session, origins)


def _account_menu(session: ConsoleSession, origins: Origins) -> None:
    Tag("div", session.email, classes="account quiet")
    ui.separator()
    for theme, name in THEMES.items():
        ui.menu_item(name, on_click=lambda theme=theme: ui.run_javascript(theme_script(theme))).props(_ITEM)
    ui.separator()

    ui.menu_item("Change password", on_click=lambda: ask_for_new_password(session, origins)).props(_ITEM)

    def leave() -> None:
        session.end()
        ui.navigate.to("/sign-in")

    ui.menu_item("Sign out", on_click=leave).props(_ITEM)
