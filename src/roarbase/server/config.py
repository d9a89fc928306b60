"""Where the settings come from: flag, then ROARBASE_<NAME>, then the --config file, then the default.

Whatever is wrong is told with its source: the flag, the variable, or the file and line.
"""

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from roarbase.errors import InvalidSetting
from roarbase.model.settings import SETTINGS, SettingRow, Settings

__all__ = ["load_settings"]

_ROWS: Mapping[str, SettingRow] = {row.name: row for row in SETTINGS}
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def load_settings(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """The values in force, `data_dir` as an absolute path.

    Args:
        flags: Values from the command line by the setting's name; None where a flag was not given.
        environment: The process's variables; None reads them.
        file: The TOML file of --config.

    Raises:
        InvalidSetting: A value cannot be used; the sentence names where it came from.
    """
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    lines = _read_file(file) if file is not None else {}
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    for row in SETTINGS:
        if row.name in given:
            sources[row.name], text = f"flag {row.flag}", given[row.name]
        elif environment.get(row.variable):  # empty is as good as unset
            sources[row.name], text = f"variable {row.variable}", environment[row.variable]
        elif row.name in lines:
            sources[row.name], text = lines[row.name]
        else:
            continue
        values[row.name] = _parsed(row, text, sources[row.name])
    settings = Settings(values)
    for check in _CHECKS:
        check(settings, sources)
    return settings.replaced(data_dir=str(_data_dir(settings, environment)))


def _data_dir(settings: Settings, environment: Mapping[str, str]) -> Path:
    given = settings.text("data_dir")
    if not given:
        home = environment.get("HOME") or os.path.expanduser("~")
        return Path(home, ".local", "share", "roarbase").absolute()
    return Path(given).expanduser().absolute()


def _parsed(row: SettingRow, value: object, source: str) -> object:
    try:
        if isinstance(value, dict):
            raise InvalidSetting(f"setting {row.name} is a value, not a table", setting=row.name)
        return row.parse(value)
    except InvalidSetting as error:
        raise InvalidSetting(f"{source}: {error.message}", setting=row.name) from None


def _read_file(file: Path) -> dict[str, tuple[str, object]]:
    """Each setting of the file with its place."""
    try:
        text = file.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise InvalidSetting(f"the configuration file {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidSetting(f"the configuration file {file} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidSetting(f"the configuration file {file} is not TOML: {error}") from None
    found: dict[str, tuple[str, object]] = {}
    for name, value in values.items():
        place = f"{file} line {_line_of(name, text)}"
        if name not in _ROWS:
            near = difflib.get_close_matches(name, _ROWS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InvalidSetting(f"{place}: there is no setting named {name!r}{hint}", setting=name)
        found[name] = (place, value)
    return found


def _line_of(name: str, text: str) -> int:
    """The line that sets a name: TOML readers do not say."""
    pattern = re.compile(rf"""^\s*\[*\s*["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((i for i, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def _refuse(name: str, sources: Mapping[str, str], sentence: str) -> None:
    source = sources.get(name)
    raise InvalidSetting(f"{source}: {sentence}" if source else sentence, setting=name)


def _check_log_format(settings: Settings, sources: Mapping[str, str]) -> None:
    if settings.text("log_format") not in ("text", "json"):
        given = settings.text("log_format")
        _refuse("log_format", sources, f"setting log_format: {given!r} is neither text nor json")


def _check_tls(settings: Settings, sources: Mapping[str, str]) -> None:
    cert, key = settings.text("tls_cert"), settings.text("tls_key")
    if bool(cert) != bool(key):
        here, there = ("tls_cert", "tls_key") if cert else ("tls_key", "tls_cert")
        _refuse(here, sources, f"setting {here} needs {there} beside it")
    if cert and settings.flag("tls_self_signed"):
        _refuse("tls_self_signed", sources, "settings tls_self_signed and tls_cert exclude each other: leave one out")


def _check_domain(settings: Settings, sources: Mapping[str, str]) -> None:
    domain = settings.text("domain")
    if domain and (len(domain) > 240 or not _HOST_NAME.fullmatch(domain)):
        _refuse("domain", sources, f"setting domain: {domain!r} is not a host name such as example.com")


def _check_public_url(settings: Settings, sources: Mapping[str, str]) -> None:
    url = settings.text("public_url")
    if url and not _is_origin(url):
        _refuse("public_url", sources, f"setting public_url: {url!r} is not an origin such as https://example.com")


def _check_cors(settings: Settings, sources: Mapping[str, str]) -> None:
    for text in settings.texts("cors_origins"):
        if text != "*" and not _is_origin(text):
            sentence = f"setting cors_origins: {text!r} is neither an origin such as https://example.com nor *"
            _refuse("cors_origins", sources, sentence)


def _is_origin(text: str) -> bool:
    """Whether this is a scheme, a host and perhaps a port, and nothing else."""
    try:
        parts = urlsplit(text)
        is_host = bool(parts.hostname) and parts.port != 0  # raises where the port is none
    except ValueError:
        return False
    beyond = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    return parts.scheme in ("http", "https") and is_host and not beyond and not re.search(r"\s", text)


def _check_proxies(settings: Settings, sources: Mapping[str, str]) -> None:
    for text in settings.texts("trusted_proxies"):
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            _refuse("trusted_proxies", sources, f"setting trusted_proxies: {text!r} is no address and no range of them")


_CHECKS: tuple[Callable[[Settings, Mapping[str, str]], None], ...] = (
    _check_log_format,
    _check_tls,
    _check_domain,
    _check_public_url,
    _check_proxies,
    _check_cors,
)
