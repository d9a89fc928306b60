"""Log lines: one shape for ours and the libraries', to standard error, as text or as JSON.

Nothing secret is meant to be logged. Should somebody pass a password along all the same, the
last step before printing takes out every value whose name sounds like one.
"""

import logging
import re
import sys
from functools import lru_cache
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

__all__ = ["drop_secrets", "set_up_logs"]

_SECRET = re.compile(r"passw|token|authorization|secret|cookie|api_?key", re.IGNORECASE)
_HIDDEN = "[hidden]"
_NAMES = 256
"""Of so many names of members it is remembered how they sound."""
_QUIET = ("uvicorn", "httpx", "httpcore", "alembic", "asyncio", "sqlalchemy")  # only what an operator should know

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def set_up_logs(log_format: str = "text", stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send all logging of this process to one place, in one shape.

    Args:
        log_format: `text` for people, `json` for programs.
        stream: Where to; standard error if not given.
        level: The least that is shown.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=_last_steps(log_format, stream))
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # Modules make their loggers before this runs, and tests run it again.
        cache_logger_on_first_use=False,
    )


def _last_steps(log_format: str, stream: TextIO) -> list[Processor]:
    steps: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, drop_secrets]
    if log_format == "json":
        # Tracebacks as text: the structured ones hold local variables, and these may hold secrets.
        return [*steps, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    renderer = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(),
        repr_native_str=True,  # quotes line breaks: one event stays one line
        exception_formatter=structlog.dev.plain_traceback,
        pad_event_to=0,
    )
    return [*steps, renderer]


def drop_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Hide the values of members that are called like secrets, also in dicts and lists.

    >>> drop_secrets(None, "", {"event": "x", "id_token": "eyJ"})
    {'event': 'x', 'id_token': '[hidden]'}
    """
    return {name: _clean(name, value) for name, value in event.items()}


@lru_cache(_NAMES)
def _sounds_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def _clean(name: object, value: object) -> object:
    if isinstance(name, str) and _sounds_secret(name):
        return _HIDDEN
    if isinstance(value, dict):
        return {inner: _clean(inner, item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(None, item) for item in value]
    return value
