"""Where settings come from, which source wins, and what is said of a wrong one."""

from pathlib import Path

import pytest

from roarbase.errors import InvalidSetting
from roarbase.model.settings import SETTINGS
from roarbase.server.config import load_settings

HOME = {"HOME": "/home/somebody"}


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "roarbase.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("flag", "variable", "line", "value"),
    [
        ("1", "2", "3", 1),
        (None, "2", "3", 2),
        (None, "", "3", 3),
        (None, None, "3", 3),
        (None, None, None, 8080),
        ("1", None, None, 1),
    ],
)
def test_flag_before_variable_before_file_before_default(
    tmp_path: Path, flag: str | None, variable: str | None, line: str | None, value: int
) -> None:
    """The first source that has a value wins; an empty variable is none."""
    file = write(tmp_path, f"port = {line}\n") if line else None
    environment = HOME | ({} if variable is None else {"ROARBASE_PORT": variable})
    assert load_settings({"port": flag}, environment, file).integer("port") == value


EXAMPLES = {"int": ("7", 7), "float": ("1.5", 1.5), "bool": ("true", True), "tuple": ("a, b", ("a", "b"))}
CHOSEN = {
    "log_format": ("json", "json"),
    "domain": ("example.com", "example.com"),
    "public_url": ("https://example.com", "https://example.com"),
    "trusted_proxies": ("10.0.0.0/8", ("10.0.0.0/8",)),
    "cors_origins": ("https://a.example, *", ("https://a.example", "*")),
    "data_dir": ("/some/where", "/some/where"),
}


@pytest.mark.parametrize("row", SETTINGS, ids=[row.name for row in SETTINGS])
def test_every_setting_can_be_given_in_every_way(tmp_path: Path, row: object) -> None:
    """The same text means the same as a flag, as a variable and in the file."""
    text, value = CHOSEN.get(row.name) or EXAMPLES.get(type(row.default).__name__, ("text", "text"))  # type: ignore[attr-defined]
    name = row.name  # type: ignore[attr-defined]
    both = {"tls_cert": {"tls_key": "x"}, "tls_key": {"tls_cert": "x"}}.get(name, {})
    file = write(tmp_path, f"{name} = '{text}'")
    for settings in (
        load_settings({name: text, **both}, HOME),
        load_settings(both, HOME | {f"ROARBASE_{name.upper()}": text}),
        load_settings(both, HOME, file),
    ):
        assert settings.replaced()._values[name] == value


def test_a_file_has_toml_values(tmp_path: Path) -> None:
    """Numbers, switches and lists are written as such."""
    text = 'port = 9000\nquery_seconds = 2.5\ntls_self_signed = true\ncors_origins = ["https://a", "https://b"]\n'
    settings = load_settings({}, HOME, write(tmp_path, text))
    assert (settings.integer("port"), settings.seconds("query_seconds")) == (9000, 2.5)
    assert settings.flag("tls_self_signed")
    assert settings.texts("cors_origins") == ("https://a", "https://b")


WRONG_FILES = [
    ("host = 'x'\nprot = 9000\n", r"roarbase\.toml line 2: there is no setting named 'prot'; did you mean 'port'\?"),
    ("# a\n\nport = 'many'\n", r"roarbase\.toml line 3: setting port: 'many' is not a whole number from 0 to 65535"),
    ("port = true\n", r"line 1: setting port"),
    ("port = 1.5\n", r"line 1: setting port"),
    ("port = -1\n", r"line 1: setting port"),
    ("port = 2020-01-01\n", r"line 1: setting port"),
    ("host = 7\n", r"line 1: setting host"),
    ("cors_origins = 7\n", r"line 1: setting cors_origins"),
    ("query_seconds = nan\n", r"line 1: setting query_seconds"),
    ("query_seconds = inf\n", r"line 1: setting query_seconds"),
    ("[limits]\nport = 1\n", r"line 1: there is no setting named 'limits'"),
    ("x = 1\n[port]\na = 1\n", r"line 1: there is no setting named 'x'"),
    ("host = 'x'\n[port]\na = 1\n", r"line 2: setting port is a value, not a table"),
    ("host = 'x'\nport = \n", r"is not TOML: .*line 2"),
    ("port = 70000\n", r"line 1: setting port: 70000 is not a whole number from 0 to 65535"),
    ("log_format = 'xml'\n", r"line 1: setting log_format: 'xml' is neither text nor json"),
    ("tls_cert = 'x'\n", r"line 1: setting tls_cert needs tls_key"),
    ("tls_key = 'x'\n", r"line 1: setting tls_key needs tls_cert"),
    ("tls_cert = 'x'\ntls_key = 'y'\ntls_self_signed = true\n", r"line 3: .*exclude each other"),
    ("domain = 'https://example.com'\n", r"line 1: setting domain"),
    ("domain = '-a.com'\n", r"line 1: setting domain"),
    ("public_url = 'example.com'\n", r"line 1: setting public_url"),
    ("public_url = 'https://example.com/path'\n", r"line 1: setting public_url"),
    ("public_url = 'http://[::1'\n", r"line 1: setting public_url"),
    ("public_url = 'http://x:99999'\n", r"line 1: setting public_url"),
    ("public_url = 'http://me:secret@x'\n", r"line 1: setting public_url"),
    ("trusted_proxies = ['example.com']\n", r"line 1: setting trusted_proxies: 'example\.com'"),
    ("cors_origins = ['https://a.example', 'b.example']\n", r"line 1: setting cors_origins: 'b\.example' is neither"),
    ("cors_origins = ['https://a.example/page']\n", r"line 1: setting cors_origins"),
    ("access_token_seconds = 0\n", r"line 1: setting access_token_seconds: 0 is not a whole number from 1 to"),
    ("refresh_token_seconds = 100000000000000000\n", r"line 1: setting refresh_token_seconds"),
    ("statement_nesting = 100000\n", r"line 1: setting statement_nesting: 100000 is not a whole number from 1 to 200"),
    ("query_seconds = 1e300\n", r"line 1: setting query_seconds: 1e\+300 is not a number from 0 to"),
    ("tls_self_signed = 'maybe'\n", r"line 1: setting tls_self_signed: 'maybe' is not true or false"),
]


@pytest.mark.parametrize(("text", "said"), WRONG_FILES, ids=[text.replace("\n", "|") for text, _ in WRONG_FILES])
def test_a_wrong_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    """File, line, setting, and what is wrong with it."""
    with pytest.raises(InvalidSetting, match=said):
        load_settings({}, HOME, write(tmp_path, text))


def test_a_wrong_flag_and_a_wrong_variable_are_named() -> None:
    """As the operator wrote them."""
    with pytest.raises(InvalidSetting, match=r"^flag --query-seconds: setting query_seconds: 'x'"):
        load_settings({"query_seconds": "x"}, HOME)
    with pytest.raises(InvalidSetting, match=r"^variable ROARBASE_LOG_FORMAT: setting log_format: 'xml'"):
        load_settings({}, HOME | {"ROARBASE_LOG_FORMAT": "xml"})


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), (b"\xff", "not UTF-8")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    """No traceback for a mistyped path."""
    file = tmp_path / "x.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidSetting, match=rf"x\.toml.*{said}"):
        load_settings({}, HOME, file)


def test_other_variables_are_none_of_ours() -> None:
    """The first administrator's variables are no settings, and no mistakes."""
    assert load_settings({}, HOME | {"ROARBASE_ADMIN_EMAIL": "a@example.com"}).integer("port") == 8080


def test_the_data_directory_has_a_place_by_default(tmp_path: Path) -> None:
    """Below the home directory, unless it is said; always absolute."""
    assert load_settings({}, HOME).text("data_dir") == "/home/somebody/.local/share/roarbase"
    assert load_settings({"data_dir": "here"}, HOME).text("data_dir") == f"{Path.cwd()}/here"
    assert load_settings({}, HOME | {"ROARBASE_DATA_DIR": str(tmp_path)}).text("data_dir") == str(tmp_path)
