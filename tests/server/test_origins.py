"""Where users are told that the planes stand."""

import pytest

from roarbase.model.settings import Settings
from roarbase.server.origins import plane_origin, public_origin


@pytest.mark.parametrize(
    ("values", "public", "data"),
    [
        ({"port": 9000}, "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ({"port": 80, "host": "box"}, "http://box", "http://box"),
        ({"port": 9000, "host": "0.0.0.0"}, "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ({"port": 9000, "host": ""}, "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ({"port": 9000, "host": "::"}, "http://[::1]:9000", "http://[::1]:9000"),
        ({"port": 443, "domain": "a.example", "tls_self_signed": "on"}, "https://a.example", "https://data.a.example"),
        ({"port": 9000, "domain": "a.example"}, "http://a.example:9000", "http://data.a.example:9000"),
        ({"port": 9000, "public_url": "https://b.example/"}, "https://b.example", "https://b.example"),
        (
            {"port": 9000, "public_url": "https://a.example", "domain": "a.example"},
            "https://a.example",
            "https://data.a.example",
        ),
        (
            {"port": 9000, "public_url": "https://a.example:8443", "domain": "a.example"},
            "https://a.example:8443",
            "https://data.a.example:8443",
        ),
    ],
)
def test_what_users_are_told_can_be_reached(values: dict[str, object], public: str, data: str) -> None:
    """An address that means all of them is told as one; behind a proxy its scheme and port count."""
    settings = Settings(values)
    assert public_origin(settings) == public
    assert plane_origin(settings, "data") == data
