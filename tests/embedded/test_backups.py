"""Backups of a database, and directories made of them."""

from pathlib import Path

import pytest

import roarbase
from roarbase.cli import main
from roarbase.errors import IncorrectState, InvalidParameter


def test_a_database_is_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With all that was written; the second time only what changed is sent; the copy opens."""
    with roarbase.open(tmp_path / "db") as db:
        db.create_table("t", {"n": "int"}, keys=True)
        db.write("t", {"_id": [f"k{i}" for i in range(1000)], "n": range(1000)})
        assert db.backup(tmp_path / "backup") > 0
        assert db.backup(tmp_path / "backup") == 0
        db.write("t", {"_id": ["k1"], "n": [5]})
        assert db.backup(str(tmp_path / "backup")) > 0
        with pytest.raises(InvalidParameter, match="not under ftp://"):
            db.backup("ftp://somewhere")
    with pytest.raises(SystemExit) as ended:
        main(["restore", str(tmp_path / "backup"), "--into", str(tmp_path / "copy")])
    assert ended.value.code in (0, None)
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'copy'}: 1 table of db, ")
    with roarbase.open(tmp_path / "copy") as db:
        assert db.sql("select count(*), sum(n) from t").rows == ((1000, 499_504),)
        assert db.backup(tmp_path / "backup") == 0
    with roarbase.open(tmp_path / "other") as db, pytest.raises(IncorrectState, match="of another deployment, 'copy'"):
        db.backup(tmp_path / "backup")
