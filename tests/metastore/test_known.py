"""What is remembered of the metastore: for a second, and never what a write of this process has replaced."""

from roarbase.metastore import known
from roarbase.metastore.known import Known


class Rows:
    """A table of one row, how often it was read, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.row: str | None = "old"
        self.reads = 0
        self.now_s = 100.0
        self.known: Known[str, str] = Known(lambda: self.now_s)

    def read(self) -> str | None:
        self.reads += 1
        return self.row

    def get(self, key: str = "a") -> str | None:
        return self.known.get_or_none(key, self.read)


def test_it_is_read_once_a_second() -> None:
    """However often it is asked for; another key is read for itself."""
    rows = Rows()
    assert [rows.get(), rows.get(), rows.get("b"), rows.reads] == ["old", "old", "old", 2]
    rows.row = "of another process"
    rows.now_s += 0.99
    assert rows.get() == "old"
    rows.now_s += 0.01
    assert rows.get() == "of another process"


def test_what_was_written_is_seen_at_once() -> None:
    """Whoever writes has it forget; what is not there any more is not remembered."""
    rows = Rows()
    rows.get()
    rows.row = None
    rows.known.forget()
    assert [rows.get(), rows.get(), rows.reads] == [None, None, 3]
    rows.row = "made"
    assert rows.get() == "made"


def test_a_read_that_a_write_overtook_is_not_remembered() -> None:
    """It may be what stood there before."""
    rows = Rows()

    def overtaken() -> str | None:
        found = rows.read()
        rows.row = "new"
        rows.known.forget()
        return found

    assert rows.known.get_or_none("a", overtaken) == "old"
    assert rows.get() == "new"


def test_it_takes_bounded_room() -> None:
    """Of many keys, some are forgotten."""
    rows = Rows()
    for number in range(known._MOST + 10):
        rows.get(str(number))
    assert len(rows.known._entries) <= known._MOST
