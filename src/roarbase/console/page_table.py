"""The pages of the console: address and builder. A new page is a file in `pages/` and a line here."""

from collections.abc import Callable

from roarbase.console.frame import Page
from roarbase.console.pages.help import help_page
from roarbase.console.pages.home import home_page

__all__ = ["PAGES"]

PAGES: tuple[tuple[str, Callable[[Page], None]], ...] = (
    ("/", home_page),
    ("/help", help_page),
)
