"""The socket is bound before anything is built: a taken port is told at once, and nothing is left half made."""

import errno
import ipaddress
import socket

from roarbase.errors import AddressInUse, OperatorError

__all__ = ["bind", "local_host"]

_MISSING_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # a machine without IPv6 still has ::1 in its hosts file


def bind(host: str, port: int) -> list[socket.socket]:
    """One bound socket for each address of `host`, all on one port.

    Args:
        host: An address or a name; empty for every address of the machine.
        port: The port; 0 takes a free one.

    Raises:
        AddressInUse: Another program holds the port.
        OperatorError: There is no such host here, or this user may not open the port.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise OperatorError(f"setting host: {host!r} is not an address or name of this machine") from None
    sockets: list[socket.socket] = []
    failure: OSError | None = None
    for family, address in dict.fromkeys((family, address) for family, _, _, _, address in found):
        try:
            sockets.append(_bound(family, (address[0], port, *address[2:])))
            port = sockets[0].getsockname()[1]
        except OSError as error:
            failure = error
            if error.errno not in _MISSING_HERE:
                break
    if sockets and (failure is None or failure.errno in _MISSING_HERE):
        return sockets
    for each in sockets:
        each.close()
    assert failure is not None
    raise _told(failure, host, port)


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    # asyncio switches Nagle's algorithm off only where a socket names its protocol; with it on, every answer
    # that is written in two pieces waits 40 ms for the client's delayed acknowledgement.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # A service that was just stopped leaves connections in TIME_WAIT; they must not keep it from starting.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a socket of its own
        made.bind(address)
        # Another process that bound without listening is only found out by listening.
        made.listen(2048)
    except OSError:
        made.close()
        raise
    return made


def _told(error: OSError, host: str, port: int) -> OperatorError:
    where = f"port {port} of {host or 'this machine'}"
    if error.errno == errno.EADDRINUSE:
        return AddressInUse(f"{where} is taken by another program; choose another with --port", port=port)
    if error.errno == errno.EACCES:
        return OperatorError(f"{where} may not be opened by this user; choose one from 1024 with --port", port=port)
    return OperatorError(f"{where} cannot be opened: {error.strerror}", port=port)


def local_host(host: str) -> str:
    """How this machine reaches a service that listens on `host`, as it is written in a URL.

    >>> local_host("0.0.0.0"), local_host("::1")
    ('127.0.0.1', '[::1]')
    """
    try:
        address = ipaddress.ip_address(host or "0.0.0.0")
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return str(address) if address.version == 4 else f"[{address}]"
