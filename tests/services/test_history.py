"""What users asked is remembered: bounded, searched, in pages, without secrets, off the way of the queries."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from roarbase.errors import InvalidParameter, RequestTimeout, StatementError, Unavailable
from roarbase.metastore.store import Metastore
from roarbase.model.queries import QueryRecord, QueryStatus
from roarbase.model.users import Principal, Role
from roarbase.services.history import History
from tests.metastore.nouns import a_user, an_organization


@pytest.fixture
def ann(metastore: Metastore) -> Principal:
    user = metastore.users.add(a_user("acme"))
    return Principal(user_id=user.id, organization_id="acme", email=user.email, role=Role.USER)


@pytest.fixture
def history(metastore: Metastore) -> History:
    return History(metastore.queries, most_per_user=5)


@contextmanager
def running(history: History, who: Principal, text: str, **options: object) -> Iterator[None]:
    with history.statements.running("d", who, text, language="pql", **options) as noted:  # type: ignore[arg-type]
        noted.rows = 7
        yield


def ran(history: History, who: Principal, *texts: str) -> None:
    for text in texts:
        with running(history, who, text):
            pass


def found(history: History, who: Principal, **options: object) -> list[QueryRecord]:
    return history.find(who, **options).records  # type: ignore[arg-type]


def texts(history: History, who: Principal, **options: object) -> list[str]:
    return [record.statement for record in found(history, who, **options)]


def test_a_statement_runs_and_ends(history: History, ann: Principal) -> None:
    """It is there while it runs and after it; how it ended is told, with the words of its error."""
    with running(history, ann, "now"):
        (only,) = found(history, ann)
        assert (only.status, only.statement) == (QueryStatus.RUNNING, "now")
    (only,) = found(history, ann)
    assert (only.status, only.rows, only.language, only.is_whole) == (QueryStatus.COMPLETED, 7, "pql", True)
    with pytest.raises(StatementError), running(history, ann, "wrong"):
        raise StatementError("unexpected )", line=1, column=2)
    with pytest.raises(ZeroDivisionError), running(history, ann, "bug"):
        raise ZeroDivisionError("the password is hunter2")
    with pytest.raises(RequestTimeout), running(history, ann, "late"):
        raise RequestTimeout("too late")
    with pytest.raises(RequestTimeout), running(history, ann, "gone", is_abandoned=lambda: True):
        raise RequestTimeout("nobody waits")
    assert [(record.status, record.error) for record in found(history, ann)[:4]] == [
        (QueryStatus.CANCELLED, "nobody waits"),
        (QueryStatus.TIMED_OUT, "too late"),
        (QueryStatus.FAILED, "internal error"),
        (QueryStatus.FAILED, "unexpected )"),
    ]
    assert texts(history, ann, status="FAILED") == ["bug", "wrong"]


def test_bounds_pages_and_search(history: History, ann: Principal, metastore: Metastore) -> None:
    """The last five stay, also of one write; pages join without a gap; a search heeds no case."""
    umbrella = metastore.users.add(a_user(an_organization(metastore, "others"), "bob@example.com"))
    bob = Principal(user_id=umbrella.id, organization_id="others", email=umbrella.email, role=Role.USER)
    ran(history, bob, "bob's")
    ran(history, ann, *(f"Größe {number}" for number in range(8)))
    assert texts(history, ann) == [f"Größe {number}" for number in (7, 6, 5, 4, 3)]
    ran(history, ann, "last")
    pages, before = list[str](), ""
    for _ in range(3):
        page = history.find(ann, limit=2, before=before)
        pages += [record.statement for record in page.records]
        before = page.next or ""
    assert pages == ["last", "Größe 7", "Größe 6", "Größe 5", "Größe 4"]
    assert before == ""
    assert texts(history, ann, search="GRÖSSE 6") == ["Größe 6"]
    assert texts(history, ann, search="bob") == []
    assert texts(history, bob) == ["bob's"]
    history.clear(ann)
    assert texts(history, ann) == []
    assert texts(history, bob) == ["bob's"]


@pytest.mark.parametrize(
    "options", [{"limit": 0}, {"limit": 1001}, {"status": "completed"}, {"before": "x"}, {"before": "٣"}]
)
def test_wrong_questions(history: History, ann: Principal, options: dict[str, object]) -> None:
    """They are refused in words."""
    with pytest.raises(InvalidParameter):
        found(history, ann, **options)


def test_what_is_not_kept(history: History, ann: Principal, metastore: Metastore) -> None:
    """Statements that want no trace, the end of long ones, passwords and tokens, and anything where none are kept."""
    with running(history, ann, "silent", is_remembered=False):
        assert texts(history, ann) == []
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
    ran(
        history,
        ann,
        "x" * 10_001,
        "bulk insert t from 'https://ann:hunter2@x.org/a.csv?sig=s3cret' with ...",
        f"[t]Row(f='{token}')",
        "[t]Row(url='https://x.org/?q=1')",
        "half \ud800 nul \0",
    )
    kept = found(history, ann)
    assert [record.is_whole for record in kept] == [True, True, False, False, False]
    assert len(kept[4].statement) == 10_000
    assert "hunter2" not in kept[3].statement
    assert "s3cret" not in kept[3].statement
    assert token not in kept[2].statement
    assert kept[1].statement == "[t]Row(url='https://x.org/?q=1')"
    none = History(metastore.queries, most_per_user=0)
    ran(none, ann, "x")
    assert "x" not in texts(none, ann)


def test_it_is_written_by_itself(metastore: Metastore, ann: Principal) -> None:
    """Within moments, and at the stop; another service that starts finds it."""
    history = History(metastore.queries, most_per_user=5)
    history.start()
    ran(history, ann, "first")
    other = History(metastore.queries, most_per_user=5)
    deadline = time.monotonic() + 10
    while not texts(other, ann):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    ran(history, ann, "second")
    history.stop()
    assert texts(other, ann) == ["second", "first"]


def test_the_metastore_is_away(history: History, ann: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements run on and wait in their order to be written; who asks for them is told."""
    with monkeypatch.context() as away:

        def refuse(*_: object, **__: object) -> None:
            raise Unavailable("the metastore does not answer")

        away.setattr(type(history._repository), "add", refuse)
        ran(history, ann, "one", "two")
        with pytest.raises(Unavailable):
            found(history, ann)
        history.stop()  # says so in the log
        ran(history, ann, "three")
    assert texts(history, ann) == ["three", "two", "one"]


def test_many_threads(metastore: Metastore, ann: Principal) -> None:
    """Nothing is lost or told twice while others read."""
    history = History(metastore.queries, most_per_user=1000)
    threads = [
        threading.Thread(target=ran, args=(history, ann, *(f"{name}{number}" for number in range(50))))
        for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found(history, ann)
    assert sorted(texts(history, ann, limit=1000)) == sorted(f"{n}{i}" for n in "abcd" for i in range(50))
