"""What a log line looks like, and what never stands in one."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from roarbase.server.logs import drop_secrets, set_up_logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leaves logging as it was found."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**config)


def lines(log_format: str) -> tuple[io.StringIO, structlog.stdlib.BoundLogger]:
    stream = io.StringIO()
    set_up_logs(log_format, stream)
    return stream, structlog.get_logger("roarbase.test")


def test_a_json_line_is_an_object() -> None:
    """Event, level, logger, time, and the values that were given."""
    stream, log = lines("json")
    log.info("made", deployment="d-1", count=3)
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "made", "deployment": "d-1", "count": 3, "level": "info", "logger": "roarbase.test"}


def test_libraries_speak_the_same_way() -> None:
    """Python's own loggers and warnings go through it; chatter below a warning does not."""
    stream, _ = lines("json")
    logging.getLogger("some.library").error("lost %s", "it")
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", stacklevel=1)
    events = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert events[:2] == ["lost it", "Invalid HTTP request received."]
    assert "old" in events[2]


def test_text_is_one_line_per_event() -> None:
    """A value with line breaks cannot look like another event."""
    stream, log = lines("text")
    log.info("made", name="a\nb")
    assert len(stream.getvalue().splitlines()) == 1
    assert "made" in stream.getvalue()


def test_the_context_of_a_request_is_on_each_line() -> None:
    """Its id, above all, also on lines of libraries."""
    stream, log = lines("json")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        log.info("one")
        logging.getLogger("library").warning("two")
    assert [json.loads(line)["request_id"] for line in stream.getvalue().splitlines()] == ["r-1", "r-1"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_is_whole_and_without_values(log_format: str) -> None:
    """It has the lines of code, not what the variables held."""
    stream, log = lines(log_format)
    try:
        held = "hunter" + "2"
        raise ZeroDivisionError(f"{len(held)}")
    except ZeroDivisionError:
        log.exception("failed")
    assert "ZeroDivisionError: 7" in stream.getvalue()
    assert "Traceback" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


@pytest.mark.parametrize(
    "name",
    ["password", "PASSWORD", "new_password", "token", "IdToken", "Authorization", "client_secret", "api_key", "cookie"],
)
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_secrets_are_hidden_by_their_name(log_format: str, name: str) -> None:
    """At the top, in dicts, in lists of dicts."""
    stream, log = lines(log_format)
    log.info("made", **{name: "hunter2"}, body={name: "hunter2", "deep": [{name: "hunter2"}]}, kept="this")
    assert "hunter2" not in stream.getvalue()
    assert "this" in stream.getvalue()


def test_other_names_stay() -> None:
    """Nothing else is touched."""
    event = {"event": "x", "user_id": "u", "values": [1, {"a": None}]}
    assert drop_secrets(None, "", event) == event
