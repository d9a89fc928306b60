"""The map of the code, kept true: who may import whom.

The table below is read from the bottom up. A package imports from the lines below its own;
neighbours on one line do not import each other; the planes see services and the model only.
"""

import ast
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "roarbase"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("server",),
    ("planes", "console"),
    ("services", "embedded"),
    ("query", "ingest", "backup"),
    ("engine", "metastore", "client"),
    ("model",),
    ("errors",),
)

NARROWER: dict[str, set[str]] = {
    "planes": {"services", "model", "errors"},
    "console": {"client", "model", "errors"},
    "": {"embedded"},
}
"""Packages that see less than everything below them."""

THIRD_PARTY: dict[str, set[str]] = {
    "alembic": {"metastore"},
    "duckdb": {"query"},
    "fastapi": {"planes", "server", "console"},
    "httpx": {"client", "console"},
    "joserfc": {"services"},
    "limits": {"services"},
    "llvmlite": {"engine"},
    "nicegui": {"console"},
    "numba": {"engine"},
    "obstore": {"backup"},
    "psycopg": {"metastore"},
    "pyarrow": {"embedded", "query"},
    "pwdlib": {"services"},
    "rich": {"cli"},
    "sqlalchemy": {"metastore"},
    "sqlglot": {"query"},
    "typer": {"cli"},
    "uvicorn": {"server"},
    "zstandard": {"engine"},
}
"""Libraries that shape the code around them, and the packages that may know them."""

LATE_IMPORTS_ALLOWED = {
    "backup/opening.py": "obstore is there for object stores only: folders do without",
    "server": "the composition root loads heavy modules only when the service that needs them starts",
    "__init__.py": "roarbase.open loads the engine when it is called, not when the client or the command line is used",
    "query/arrow_loading.py": "pyarrow is there for answers that somebody wants as Arrow",
    "query/sql/later/bulk/loading.py": "pyarrow is there for files of Parquet",
    "embedded/heavy.py": "pyarrow is there for Arrow data only, and numba where there is data enough",
    "query/sql/later/residue/loading.py": "DuckDB and pyarrow are there for what bitmaps do not answer",
    "cli/__init__.py": "its table of commands loads a command's module when that command is called",
}

SLOW_TO_LOAD = {
    "alembic",
    "duckdb",
    "fastapi",
    "httpx",
    "nicegui",
    "numba",
    "numpy",
    "obstore",
    "pyarrow",
    "sqlalchemy",
    "sqlglot",
}


@dataclass(frozen=True)
class Import:
    """One import statement: the module asked for, and where it stands."""

    name: str
    place: str
    is_late: bool

    @property
    def parts(self) -> list[str]:
        return self.name.split(".")


def package_of(path: Path) -> str:
    """The line of the table a file belongs to; '' for the root package itself."""
    first = path.relative_to(SOURCE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


@cache
def imports_of(path: Path) -> tuple[Import, ...]:
    """Every import of a file, `importlib.import_module` and relative ones included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    late = {
        id(inner)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(function)
    }
    return tuple(
        Import(name=name, place=f"{path.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}", is_late=id(node) in late)
        for node in ast.walk(tree)
        for name in _names(node)
    )


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "write imports in full: from roarbase.model import ..."
        if node.module == "roarbase":
            return [f"roarbase.{alias.name}" for alias in node.names]
        return [node.module or ""]
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("import_module", "__import__"):
            return ["importlib.import_module"]
    return []


def may_import(package: str, target: str) -> bool:
    """Whether the table lets `package` import `target`."""
    if package == target or package == "testing":
        return True
    if package in NARROWER:
        return target in NARROWER[package]
    level = {name: depth for depth, line in enumerate(LAYERS) for name in line}
    return package in level and target in level and level[target] > level[package]


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize(
    ("package", "target", "allowed"),
    [
        ("cli", "server", True),
        ("services", "engine", True),
        ("client", "model", True),
        ("client", "engine", False),
        ("engine", "metastore", False),
        ("query", "ingest", False),
        ("services", "embedded", False),
        ("planes", "query", False),
        ("planes", "services", True),
        ("model", "engine", False),
        ("errors", "model", False),
        ("engine", "testing", False),
        ("", "engine", False),
        ("typo", "errors", False),
    ],
)
def test_the_table_is_read_downwards(package: str, target: str, allowed: bool) -> None:
    """Imports go down, never sideways or up, and an unknown package may import nothing."""
    assert may_import(package, target) is allowed


def test_every_package_has_its_line() -> None:
    """A new package is entered in the table before it is used."""
    known = {name for line in LAYERS for name in line} | {"testing", ""}
    assert {package_of(path) for path in FILES} <= known


def test_imports_point_down() -> None:
    """A package imports only from the lines below its own."""
    wrong = [
        f"{i.place}: {package_of(path)} may not import {i.name}"
        for path in FILES
        for i in imports_of(path)
        if i.parts[0] == "roarbase" and len(i.parts) > 1 and i.parts[1] != "__version__"
        if not may_import(package_of(path), i.parts[1])
    ]
    assert wrong == []


def test_imports_stand_at_the_top() -> None:
    """No function imports, outside the places that say why."""
    late = [
        i.place
        for path in FILES
        if package_of(path) != "server" and str(path.relative_to(SOURCE)) not in LATE_IMPORTS_ALLOWED
        for i in imports_of(path)
        if i.is_late or i.name == "importlib.import_module"
    ]
    assert late == []


def test_libraries_stay_in_their_package() -> None:
    """A library that shapes the code around it is known to one or two packages only."""
    wrong = [
        f"{i.place}: {i.parts[0]} belongs to {sorted(THIRD_PARTY[i.parts[0]])}"
        for path in FILES
        for i in imports_of(path)
        if i.parts[0] in THIRD_PARTY and package_of(path) not in THIRD_PARTY[i.parts[0]] | {"testing"}
    ]
    assert wrong == []


def test_help_loads_nothing_slow() -> None:
    """`roarbase --help` answers without loading the engine, the service or a database."""
    script = (
        "import sys; sys.argv = ['roarbase', '--help']\n"
        "from roarbase.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('loaded:', *sorted({SLOW_TO_LOAD!r} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.splitlines()[-1].split()[1:] == []
