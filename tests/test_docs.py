"""The documentation tells what the code does: settings, errors, endpoints, examples and links."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import roarbase
from docs.generate import PAGES
from roarbase.model.settings import SETTINGS, Settings
from roarbase.planes.http import STATUS
from roarbase.planes.openapi import document
from roarbase.server.wiring import build

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(roarbase.__path__, "roarbase.")
    if module.name != "roarbase.__main__"
)
MARKDOWN = sorted(path for folder in (ROOT, DOCS, DOCS / "decisions", ROOT / "changes") for path in folder.glob("*.md"))


def without_names(path: str) -> str:
    """A path whose parameters have lost their names: what they are called is no part of the API."""
    return re.sub(r"\{[^}]*\}", "{}", path)


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    """The page says what its table says; `make docs` writes it again."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
def test_every_setting_is_documented(row: object) -> None:
    """Flag and variable stand on the page of settings."""
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert f"`{row.flag}`" in text  # type: ignore[attr-defined]
    assert f"`{row.variable}`" in text  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", sorted(STATUS))
def test_every_error_code_is_documented(code: str) -> None:
    """Each code that can be answered stands on the page of errors with its status, once."""
    lines = (DOCS / "errors.md").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.startswith(f"| `{code}` | {STATUS[code]} |")]) == 1


def test_every_endpoint_is_documented(tmp_path: Path) -> None:
    """docs/api.md lists the endpoints of the OpenAPI document, and no others."""
    service = build(Settings({"data_dir": str(tmp_path)}))
    described = {
        f"{method.upper()} {without_names(path)}"
        for path, methods in document(service.app)["paths"].items()
        for method in methods
    }
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z]+) (/[^` ]*)` \|", text, re.MULTILINE)
    documented = {f"{method} {without_names(path)}" for method, path in rows}
    assert (described - documented, documented - described) == (set(), set())


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str) -> None:
    """Every example of a docstring gives what it says."""
    runner = doctest.DocTestRunner()
    for found in doctest.DocTestFinder().find(importlib.import_module(name), name):
        if found.examples:  # a run without any takes as long as one with: it looks at all sources
            runner.run(found)
    assert runner.failures == 0


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to a file of the project leads to one."""
    targets = re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8"))
    lost = [t for t in targets if not t.startswith("http") and not (path.parent / t).exists()]
    assert lost == []


def test_there_are_pages_to_check() -> None:
    """The list of pages is not empty by accident."""
    assert {"README.md", "CONTRIBUTING.md", "api.md"} <= {path.name for path in MARKDOWN}
