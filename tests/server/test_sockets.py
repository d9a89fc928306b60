"""Binding: one port for all addresses of a host, and a sentence where it does not work."""

import socket

import pytest

from roarbase.errors import AddressInUse, OperatorError
from roarbase.server.sockets import bind, local_host


def test_a_free_port_is_found() -> None:
    """Port 0 asks for any; who connects is heard from then on."""
    (bound,) = bind("127.0.0.1", 0)
    with bound, socket.create_connection(bound.getsockname(), timeout=5):
        assert bound.getsockname()[1] > 0


def test_every_address_of_a_host_has_the_same_port() -> None:
    """localhost may be two addresses."""
    sockets = bind("localhost", 0)
    assert len({each.getsockname()[1] for each in sockets}) == 1
    for each in sockets:
        each.close()


def test_a_taken_port_is_named() -> None:
    """And nothing stays bound."""
    (bound,) = bind("127.0.0.1", 0)
    port = bound.getsockname()[1]
    with bound, pytest.raises(AddressInUse, match=f"port {port} of 127.0.0.1 is taken") as caught:
        bind("127.0.0.1", port)
    assert caught.value.values == {"port": port}
    bind("127.0.0.1", port)[0].close()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "1.2.3.4.5", "a" * 300, "203.0.113.7"])
def test_a_host_that_is_not_here_is_named(host: str) -> None:
    """One sentence, no traceback."""
    with pytest.raises(OperatorError) as caught:
        bind(host, 0)
    assert not isinstance(caught.value, AddressInUse)
    assert host in caught.value.message


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"),
     ("example.com", "example.com")],
)  # fmt: skip
def test_the_machine_reaches_itself(host: str, shown: str) -> None:
    """Listening everywhere is not an address to go to."""
    assert local_host(host) == shown
