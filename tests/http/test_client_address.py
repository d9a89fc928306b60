"""Whose address counts, behind proxies or not."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI

from roarbase.errors import InvalidSetting
from roarbase.planes.app import networks
from tests.http.live import AppClient

CASES = [
    ("", "9.9.9.9", None, "9.9.9.9"),
    ("", "9.9.9.9", "1.1.1.1", "9.9.9.9"),
    ("10.0.0.1", "9.9.9.9", "1.1.1.1", "9.9.9.9"),
    ("9.9.9.9", "9.9.9.9", None, "9.9.9.9"),
    ("9.9.9.9", "9.9.9.9", "1.1.1.1", "1.1.1.1"),
    ("9.9.9.9", "9.9.9.9", "6.6.6.6, 1.1.1.1", "1.1.1.1"),
    ("9.9.9.9,10.0.0.0/8", "9.9.9.9", "6.6.6.6, 1.1.1.1, 10.1.2.3", "1.1.1.1"),
    ("9.9.9.9,10.0.0.0/8", "9.9.9.9", "10.1.1.1, 10.1.2.3", "10.1.1.1"),
    ("9.9.9.9", "9.9.9.9", "1.1.1.1, nonsense", "9.9.9.9"),
    ("9.9.9.9", "9.9.9.9", "", "9.9.9.9"),
    ("9.9.9.9", "9.9.9.9", "1.1.1.1:4711", "1.1.1.1"),
    ("::1", "::1", "[2001:db8::7]:80", "2001:db8::7"),
    ("9.9.9.9", "::ffff:9.9.9.9", "2001:db8::7", "2001:db8::7"),
]


@pytest.mark.parametrize(("trusted", "peer", "forwarded", "address"), CASES)
def test_the_right_most_untrusted_hop_counts(
    make_app: Callable[..., FastAPI], trusted: str, peer: str, forwarded: str | None, address: str
) -> None:
    """X-Forwarded-For is believed as far as trusted proxies wrote it, and not one entry further."""
    client = AppClient(make_app(trusted_proxies=trusted), client=(peer, 4711))
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert client.get("/address", headers=headers).json() == {"address": address}


def test_several_headers_are_one_list(make_app: Callable[..., FastAPI]) -> None:
    """A proxy may add a header of its own below the client's."""
    client = AppClient(make_app(trusted_proxies="9.9.9.9"), client=("9.9.9.9", 1))
    headers = [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "1.1.1.1")]
    assert client.get("/address", headers=headers).json() == {"address": "1.1.1.1"}


def test_a_proxy_that_is_no_address_is_refused() -> None:
    """The setting is read when the app is made."""
    with pytest.raises(InvalidSetting, match="trusted_proxies"):
        networks(("example.com",))
