"""The cache of machine code: named by everything that went into it, whole or not used at all."""

import ast
import importlib
import pkgutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

from roarbase.engine import kernels
from roarbase.engine.kernels import compiled, sources
from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.compiled.entries import processor
from roarbase.engine.kernels.load import fill_cache, load_entries

HERE = Path(kernels.__file__).parent
DIGESTED = sources.digested(HERE)


def test_the_digest_covers_what_is_compiled() -> None:
    """No module of machine code imports from one that the digest leaves out."""
    for path in (HERE / "compiled").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("roarbase"):
                assert HERE.parents[2] / (str(node.module).replace(".", "/") + ".py") in DIGESTED, path


def test_the_digest_follows_sources_and_processor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another processor, another source, or these elsewhere, where numba does not look: another directory."""
    assert sources.digest("a") == sources.digest("a") != sources.digest("b")
    before = sources.digest("a")
    for folder in ("compiled", "cells", "writes"):
        (tmp_path / folder).mkdir()
    for path in DIGESTED:
        (tmp_path / path.relative_to(HERE)).write_bytes(path.read_bytes())
    monkeypatch.setattr(sources, "__file__", str(tmp_path / "sources.py"))
    elsewhere = sources.digest("a")
    assert sources.digest("a") == elsewhere != before
    with (tmp_path / "compiled" / "memory.py").open("a") as file:
        file.write("# changed\n")
    assert sources.digest("a") not in (before, elsewhere)


def test_a_torn_cache_is_noticed(tmp_path: Path) -> None:
    """Only what is as it was when it was finished counts as complete."""
    own = sources.claim_directory(tmp_path, "a")
    assert own is not None
    assert own.stat().st_mode & 0o077 == 0
    code = own / "deep" / "count.nbc"
    code.parent.mkdir()
    code.write_bytes(b"machine code")
    assert not sources.is_complete(own)
    sources.mark_complete(own)
    assert sources.is_complete(own)
    code.write_bytes(b"machine")
    assert not sources.is_complete(own)


def test_old_versions_are_forgotten(tmp_path: Path) -> None:
    """A few other versions stay, the oldest go; what is not a cache is left alone."""
    (tmp_path / "something else").mkdir()
    for name in "abcdefgh":
        own = sources.claim_directory(tmp_path, name)
        assert own is not None
        sources.mark_complete(own)
    left = list(tmp_path.iterdir())
    assert len(left) == 6
    assert own in left
    assert tmp_path / "something else" in left


def test_nowhere_to_write(tmp_path: Path) -> None:
    """No directory, or one that cannot be: no cache, no error."""
    (tmp_path / "file").write_text("in the way")
    assert sources.claim_directory(None, "a") is None
    assert sources.claim_directory(tmp_path / "file", "a") is None


def test_a_full_cache_that_cannot_be_written(
    kernel_cache: Path, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that comes with an image, written by root, is used as it is."""
    monkeypatch.setattr("os.access", lambda *_: False)
    found = load_entries(kernel_cache, compile_here=False)
    assert found is not None
    assert found.keys() == entries.keys()


def test_what_others_can_write_is_not_run(tmp_path: Path) -> None:
    """A cache in which other users could put machine code is none."""
    own = sources.claim_directory(tmp_path, "a")
    assert own is not None
    sources.mark_complete(own)
    assert sources.find_complete(tmp_path, "a") == own
    assert sources.find_complete(tmp_path, "b") is None
    own.chmod(0o770)
    assert sources.find_complete(tmp_path, "a") is None
    assert sources.claim_directory(tmp_path, "a") is None


def test_one_process_fills_a_cache_and_the_others_wait(tmp_path: Path) -> None:
    """Whoever wants a cache filled that somebody else is filling finds it full, and fills it only if it is not."""
    filled: list[Path] = []

    def fill(own: Path) -> None:
        filled.append(own)
        time.sleep(0.1)
        (own / "code").write_bytes(b"machine code")

    threads = [threading.Thread(target=fill_cache, args=(tmp_path, fill)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(filled) == 1
    (filled[0] / "code").write_bytes(b"torn")
    (filled[0] / "left behind").mkdir()
    assert fill_cache(tmp_path, fill)
    assert len(filled) == 2
    assert not (filled[0] / "left behind").exists()


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    """Without a directory, or with one that cannot be written, the command ends with a sentence."""
    (tmp_path / "file").write_text("in the way")
    for arguments, complaint in (([], "usage"), ([str(tmp_path / "file")], "cannot be written")):
        command = [sys.executable, "-m", "roarbase.engine.kernels.compile", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 1
        assert complaint in ran.stderr


def test_a_full_cache_is_left_alone(entries: object, kernel_cache: Path) -> None:
    """Compiling what is compiled changes nothing."""
    assert entries
    own = sources.find_complete(kernel_cache, processor())
    assert own is not None
    before = {path: path.stat().st_mtime_ns for path in own.rglob("*.nb?")}
    assert before
    command = [sys.executable, "-m", "roarbase.engine.kernels.compile", str(kernel_cache)]
    subprocess.run(command, timeout=60, check=True)
    assert {path: path.stat().st_mtime_ns for path in own.rglob("*.nb?")} == before


def test_every_function_has_a_name_of_its_own() -> None:
    """Machine code from two processes is told apart by names: no two functions share one."""
    names = []
    for module in pkgutil.iter_modules(compiled.__path__, compiled.__name__ + "."):
        found = vars(importlib.import_module(module.name)).values()
        own = [f.py_func for f in found if isinstance(f, Dispatcher) and f.py_func.__module__ == module.name]
        names += [f"{module.name}.{function.__qualname__}" for function in own]
    assert len(names) == len(set(names)) > 50
    assert [name for name in names if "<locals>" in name] == []
