"""What is installed is what is pinned, and everything that is needed is pinned."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PINS = [
    line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
]


def plain(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_or_none(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@pytest.mark.parametrize("line", PINS)
def test_a_pin_is_a_name_and_a_version(line: str) -> None:
    """Plain lines: no address, no hash, no range; and the environment has that version, or none."""
    found = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.]*)", line)
    assert found
    # What the benchmarks compare with is pinned as well and seldom installed.
    assert installed_or_none(found[1]) in (found[2], None)


def test_every_dependency_is_pinned() -> None:
    """What the project names, and what those need in turn, has a line."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    waiting, seen = {plain(re.split(r"[\[;<>=! ]", name)[0]) for name in direct}, set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        # Requirements behind a marker (an extra, another system) are needed only if somebody installed them.
        needed = [r for r in metadata.requires(name) or [] if ";" not in r]
        waiting |= {plain(re.split(r"[\[;<>=!~( ]", r)[0]) for r in needed} - seen
    assert seen - {plain(line.split("==")[0]) for line in PINS} == set()


def test_names_are_pinned_once() -> None:
    """No package has two versions."""
    names = [plain(line.split("==")[0]) for line in PINS]
    assert len(names) == len(set(names))
    assert len(names) > 30
