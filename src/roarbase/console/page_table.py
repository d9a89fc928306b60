"""The pages of the console: address and builder. A new page is a file in `pages/` and a line here."""

from collections.abc import Callable

from roarbase.console.frame import Page
from roarbase.console.pages.deployment import deployment_page
from roarbase.console.pages.deployments import deployments_page
from roarbase.console.pages.help import help_page
from roarbase.console.pages.home import home_page
from roarbase.console.pages.new_deployment import new_deployment_page
from roarbase.console.pages.new_source import new_source_page
from roarbase.console.pages.new_table import new_table_page
from roarbase.console.pages.query import query_page
from roarbase.console.pages.source import source_page
from roarbase.console.pages.sources import sources_page
from roarbase.console.pages.table import table_page
from roarbase.console.pages.tables import tables_page
from roarbase.console.pages.tour import tour_page

__all__ = ["PAGES"]

PAGES: tuple[tuple[str, Callable[[Page], None]], ...] = (
    ("/", home_page),
    ("/tour", tour_page),
    ("/deployments", deployments_page),
    ("/deployments/new", new_deployment_page),
    ("/deployments/{id}", deployment_page),
    ("/sources", sources_page),
    ("/sources/new", new_source_page),
    ("/sources/{id}", source_page),
    ("/tables", tables_page),
    ("/tables/new", new_table_page),
    ("/tables/{deployment_id}/{name}", table_page),
    ("/query", query_page),
    ("/help", help_page),
)
