"""The data directory: who may read it, and that one service at a time has it."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from roarbase.errors import OperatorError
from roarbase.model.settings import Settings
from roarbase.server.data_dir import held, make_data_dir

HOLD = """
import sys, time
from pathlib import Path
from roarbase.server.data_dir import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_data_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    """It holds keys and password hashes. One that is there keeps its mode."""
    folder = tmp_path / "a" / "b"
    settings = Settings({"data_dir": str(folder)})
    assert make_data_dir(settings) == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o750)
    make_data_dir(settings)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file in its place, or no right to write."""
    (tmp_path / "file").touch()
    with pytest.raises(OperatorError, match="cannot be made"):
        make_data_dir(Settings({"data_dir": str(tmp_path / "file")}))
    if os.geteuid() != 0:  # root may write everywhere
        (tmp_path / "closed").mkdir(mode=0o500)
        with pytest.raises(OperatorError, match="cannot be written"):
            make_data_dir(Settings({"data_dir": str(tmp_path / "closed")}))


def test_one_service_at_a_time_holds_a_directory(tmp_path: Path) -> None:
    """The second is told the directory and who has it; it may come once the first is through."""
    refused = pytest.raises(OperatorError, match=rf"{tmp_path} is in use .*process {os.getpid()}\)")
    with held(tmp_path), refused, held(tmp_path):
        pass
    with held(tmp_path):
        assert stat.S_IMODE((tmp_path / "service.lock").stat().st_mode) == 0o600


def test_a_killed_service_holds_nothing(tmp_path: Path) -> None:
    """The file it left behind does not keep the next one from starting."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(OperatorError, match=rf"process {holder.pid}\)"), held(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
        with held(tmp_path):
            pass


def test_a_directory_that_cannot_be_held_is_one_sentence(tmp_path: Path) -> None:
    """The file is named."""
    (tmp_path / "service.lock").mkdir()
    with pytest.raises(OperatorError, match=r"service\.lock cannot be opened"), held(tmp_path):
        pass
