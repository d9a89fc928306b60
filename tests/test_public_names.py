"""What a module offers is what its `__all__` says: complete and nothing else.

The order (constants, classes, functions, each by the alphabet) is kept by ruff's rule RUF022.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "roarbase"
FILES = sorted(SOURCE.rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    """A module as its syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def declared_names(tree: ast.Module) -> list[str] | None:
    """The value of `__all__`, None where there is none."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            assert node.value is not None
            return [str(name) for name in ast.literal_eval(node.value)]
    return None


def defined_names(tree: ast.Module) -> set[str]:
    """The public names a module defines."""
    names = {name for node in tree.body for name in _names(node)}
    return {name for name in names if not name.startswith("_") or name == "__version__"}


def offered_names(tree: ast.Module, package: str) -> set[str]:
    """What a package's front page may offer besides: names it imports from the package's own modules."""
    imports = [n for n in tree.body if isinstance(n, ast.ImportFrom) and (n.module or "").startswith(package + ".")]
    return {alias.asname or alias.name for node in imports for alias in node.names}


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not _is_route(node):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    for target in targets:
        yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))


def _is_route(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """A handler is reached through its router, never by its name."""
    return any(ast.unparse(decorator).startswith("router.") for decorator in node.decorator_list)


def dotted(path: Path) -> str:
    """The dotted name of the package a file stands in."""
    return ".".join(path.parent.relative_to(SOURCE.parent).parts)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", set()),
        (
            "def count(): ...\nclass Row: ...\nLIMIT, STEP = 1, 2\nkept: int = 3",
            {"count", "Row", "LIMIT", "STEP", "kept"},
        ),
        ("def _hidden(): ...\n_x = 1\n__version__ = '1'", {"__version__"}),
        ("import json\nfrom a.b import c", set()),
        ("def count():\n    inner = 1", {"count"}),
        ("@router.get('/')\ndef page(): ...\n@cache\ndef other(): ...", {"other"}),
    ],
)
def test_public_names_are_the_definitions(text: str, names: set[str]) -> None:
    """Functions, classes and values count; imports, private names and local names do not."""
    assert defined_names(ast.parse(text)) == names


def test_a_front_page_offers_its_own_modules() -> None:
    """What comes from the package's modules may be offered again, what comes from elsewhere may not."""
    text = "from a.pkg.b import c, d as e\nfrom a.pkgs.b import f\nimport a.pkg.g"
    assert offered_names(ast.parse(text), "a.pkg") == {"c", "e"}


def faults(path: Path) -> list[str]:
    """What is wrong with the names that a module offers."""
    place, tree = path.relative_to(SOURCE), parsed(path)
    declared = declared_names(tree)
    if declared is None:
        return [f"{place} has no __all__"]
    defined = defined_names(tree)
    offered = offered_names(tree, dotted(path)) if path.name == "__init__.py" else set()
    return [
        *(f"{place} names {name} twice" for name in set(declared) if declared.count(name) > 1),
        *(f"{place} does not name {name}" for name in defined - set(declared)),
        *(f"{place} names {name}, which is not there" for name in set(declared) - defined - offered),
    ]


def test_all_lists_every_public_name() -> None:
    """`__all__` names each public definition of the module once, and nothing that is not there."""
    assert [fault for path in FILES for fault in faults(path)] == []


def test_modules_open_with_a_docstring() -> None:
    """The first thing a reader meets says what the module is for."""
    assert [str(path.relative_to(SOURCE)) for path in FILES if not ast.get_docstring(parsed(path))] == []
