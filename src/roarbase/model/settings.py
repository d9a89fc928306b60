"""Every setting of the service, in one table.

`--help`, validation, the configuration file and docs/settings.md come from these rows.
A value is taken from the first of: flag, variable ROARBASE_<NAME>, --config FILE, default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from roarbase.errors import InvalidSetting

__all__ = ["SETTINGS", "SettingRow", "SettingValue", "Settings"]

_WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_MOST = 2**53
"""No count or stretch of time in use comes near, and every number format holds it exactly."""
_CENTURY_S = 100 * 365 * 86400

SettingValue = int | float | bool | str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingRow:
    """One setting: its name, default, unit, a sentence, and the value of the 2022 service.

    Attributes:
        least: The smallest number allowed.
        most: The largest, included.
    """

    name: str
    default: SettingValue
    sentence: str
    unit: str = ""
    in_2022: str = ""
    group: Literal["service", "limit", "identity", "network"] = "limit"
    least: int = 0
    most: int = _MOST

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"ROARBASE_{self.name.upper()}"

    @property
    def flag(self) -> str:
        """The command line flag."""
        return "--" + self.name.replace("_", "-")

    def parse(self, text: object) -> SettingValue:
        """The value that a flag, a variable or a configuration line means.

        Raises:
            InvalidSetting: It is not of the setting's kind.
        """
        try:
            return self._converted(text)
        except (TypeError, ValueError):
            raise InvalidSetting(f"setting {self.name}: {text!r} is not {self._wanted()}", setting=self.name) from None

    def _converted(self, text: object) -> SettingValue:
        if isinstance(self.default, bool):
            if str(text).lower() not in _WORDS:
                raise ValueError(text)
            return _WORDS[str(text).lower()]
        if isinstance(self.default, tuple):
            parts = text.split(",") if isinstance(text, str) else [str(t) for t in text]  # type: ignore[attr-defined]
            return tuple(p.strip() for p in parts if p.strip())
        if isinstance(self.default, (int, float)):
            number = type(self.default)(str(text))
            if not self.least <= number <= self.most:  # nan is outside too
                raise ValueError(text)
            return number
        if not isinstance(text, str):
            raise TypeError(text)
        return text

    def _wanted(self) -> str:
        if isinstance(self.default, bool):
            return "true or false"
        if isinstance(self.default, tuple):
            return "a list of texts"
        if isinstance(self.default, str):
            return "text"
        kind = "number" if isinstance(self.default, float) else "whole number"
        return f"a {kind} from {self.least} to {self.most}"


def _limit(
    name: str, default: SettingValue, unit: str, sentence: str, in_2022: str = "", *, least: int = 0, most: int = _MOST
) -> SettingRow:
    return SettingRow(name=name, default=default, unit=unit, sentence=sentence, in_2022=in_2022, least=least, most=most)


def _service(name: str, default: SettingValue, sentence: str, *, most: int = _MOST) -> SettingRow:
    return SettingRow(name=name, default=default, sentence=sentence, group="service", most=most)


SETTINGS: tuple[SettingRow, ...] = (
    _service("host", "127.0.0.1", "The address to listen on."),
    _service("port", 8080, "The port to listen on; 0 takes a free one.", most=65535),
    _service("data_dir", "", "Where everything is kept; empty: $ROARBASE_DATA_DIR or ~/.local/share/roarbase."),
    _service("metastore_url", "", "SQLAlchemy URL of the metastore; empty: SQLite in the data directory."),
    _service("public_url", "", "The origin that users see, and the issuer of tokens; empty: host and port."),
    _service("domain", "", "The domain below which id., api., data. and app. stand."),
    _service("tls_cert", "", "PEM file of the certificate chain to serve HTTPS with."),
    _service("tls_key", "", "PEM file of the certificate's private key."),
    _service("tls_self_signed", False, "Serve HTTPS with a certificate made in the data directory."),
    _service(
        "kernel_cache_dir",
        "",
        "Where compiled kernels are kept; several services may share it. Empty: cache/ in the data directory.",
    ),
    _service("log_format", "text", "How log lines look: text or json."),
    SettingRow(
        name="view_expiry_seconds",
        default=60.0,
        unit="s",
        group="service",
        sentence="How often calendar views older than their field's ttl are dropped; 0 never does.",
    ),
    SettingRow(
        name="snapshot_log_bytes",
        default=256 << 20,
        unit="bytes",
        group="service",
        sentence="How much a deployment's log grows before what changed is written to snapshots; 0: never for that.",
    ),
    SettingRow(
        name="snapshot_seconds",
        default=600.0,
        unit="s",
        group="service",
        sentence="After how long a deployment that was written to is written to snapshots; 0: never for that.",
    ),
    SettingRow(
        name="backup_dir",
        default="",
        group="network",
        sentence="The folder below which the API may keep backups; empty: backups/ in the data directory.",
    ),
    SettingRow(
        name="outbound_hosts",
        default=(),
        group="network",
        sentence="Where else the API may keep or fetch backups: s3://bucket/path, hosts, addresses; * is all.",
    ),
    SettingRow(
        name="cors_origins", default=(), group="network", sentence="Origins whose pages may call the API; * is all."
    ),
    SettingRow(
        name="trusted_proxies", default=(), group="network", sentence="Addresses whose X-Forwarded-For is believed."
    ),
    SettingRow(
        name="access_token_seconds",
        default=3600,
        unit="s",
        in_2022="3600",
        group="identity",
        least=1,
        most=_CENTURY_S,
        sentence="How long id and access tokens are valid.",
    ),
    SettingRow(
        name="refresh_token_seconds",
        default=30 * 86400,
        unit="s",
        in_2022="2592000",
        group="identity",
        least=1,
        most=_CENTURY_S,
        sentence="How long a refresh token is valid.",
    ),
    SettingRow(
        name="refresh_grace_seconds",
        default=60,
        unit="s",
        group="identity",
        most=_CENTURY_S,
        sentence="How long a used refresh token still works, for clients whose answer got lost.",
    ),
    SettingRow(
        name="sign_in_tries",
        default=("5/10 seconds", "10/1 minute", "20/15 minutes", "50/1 hour"),
        group="identity",
        sentence="Failed sign-ins allowed per account and address, for growing stretches of time.",
    ),
    _limit("request_bytes", 64 * 2**20, "bytes", "The largest request body; 0 is no limit.", "1000000"),
    _limit("request_records", 100_000, "records", "The most records in one ingest request; 0 is no limit.", "1000"),
    _limit("sink_records_per_second", 0, "records/s", "Records per second and sink; 0 is no limit.", "1000"),
    _limit("sink_bytes_per_second", 0, "bytes/s", "Body bytes per second and sink; 0 is no limit.", "1000000"),
    _limit("query_seconds", 30.0, "s", "How long a query may run; 0 is no limit.", "29"),
    _limit(
        "sequence_wait_seconds",
        5.0,
        "s",
        "How long a query waits until the sequence number that it asks for is visible; 0 does not wait.",
        most=3600,
    ),
    _limit("query_records", 0, "records", "The most records one call may return; 0 is no limit."),
    _limit("query_groups", 0, "groups", "The most groups, rows or values one call may return; 0 is no limit."),
    _limit("query_bytes", 0, "bytes", "The most bytes of tables one statement may read; 0 is no limit."),
    _limit(
        "query_history",
        1000,
        "statements",
        "How many statements of each user `GET /v2/queries` remembers; 0 remembers none.",
        most=100_000,
    ),
    _limit("answer_bytes", 0, "bytes", "The largest query answer; 0 is no limit.", "6000000"),
    _limit("statement_bytes", 2**20, "bytes", "The longest statement; 0 is no limit."),
    # Deeper, what reads and runs a statement would reach the end of Python's own stack.
    _limit("statement_nesting", 100, "levels", "How deep calls and expressions may nest.", least=1, most=200),
    _limit(
        "deployments_per_organization", 0, "deployments", "Deployments an organization may have; 0 is no limit.", "10"
    ),
    _limit("fields_per_table", 10_000, "fields", "Fields a table may have; 0 is no limit."),
    _limit("body_seconds", 60.0, "s", "How long a client may take to send a request; 0 is no limit."),
    _limit("stalled_answer_seconds", 60.0, "s", "How long a client may leave an answer unread; 0 is no limit."),
    _limit("buffered_bytes", 512 * 2**20, "bytes", "Body bytes held at once over all requests; 0 is no limit."),
    _limit("stop_seconds", 20.0, "s", "How long running requests may take to finish at a stop; 0 cuts them off."),
)


class Settings:
    """The values in force. Each setting is an attribute, and typed access is by kind.

    >>> Settings({"port": 9000}).integer("port")
    9000
    """

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        rows = {row.name: row for row in SETTINGS}
        unknown = sorted(set(values or {}) - set(rows))
        if unknown:
            raise InvalidSetting(f"there is no setting named {unknown[0]!r}", setting=unknown[0])
        given = {name: rows[name].parse(value) for name, value in (values or {}).items()}
        self._values: dict[str, SettingValue] = {row.name: given.get(row.name, row.default) for row in SETTINGS}

    def replaced(self, **values: object) -> "Settings":
        """The same settings with some values changed.

        >>> Settings({"port": 0}).replaced(port=41000).integer("port")
        41000
        """
        return Settings({**self._values, **values})

    def integer(self, name: str) -> int:
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def seconds(self, name: str) -> float:
        value = self._values[name]
        assert isinstance(value, (int, float))
        return float(value)

    def text(self, name: str) -> str:
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def flag(self, name: str) -> bool:
        value = self._values[name]
        assert isinstance(value, bool)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._values[name]
        assert isinstance(value, tuple)
        return value
