"""Listening sockets: opened before anything is loaded, closed without losing who is already through the door."""

import ctypes
import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress

from nlp_service.errors import ConfigurationError

BACKLOG = 2048
SETTLE_S = 0.05
"""From the last SYN let in to its connection being in the backlog: the client's ACK, a round trip later."""
SO_ATTACH_FILTER = 26
SYN_IS_DROPPED = (
    # Classic BPF over the TCP header (linux/filter.h): operation, jump if true, jump if false, operand.
    (0x30, 0, 0, 13),  # load the byte of the flags
    (0x54, 0, 0, 0x12),  # of which SYN and ACK
    (0x15, 0, 1, 0x02),  # is it SYN alone?
    (0x06, 0, 0, 0),  # drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # keep all of it
)


def bind(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address of this host, not listening yet: until they are, clients are refused at once.

    Raises:
        ConfigurationError: if the address can't be had.
    """
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            here = sockets[0].getsockname()[1] if sockets else address[1]  # a free port is the same one everywhere
            sockets += _bound(family, (address[0], here, *address[2:]), optional=len(found) > 1)
    except OSError as error:
        for opened in sockets:
            opened.close()
        raise ConfigurationError(f"can't listen on {host}:{port}: {error.strerror or error}") from None
    if not sockets:
        raise ConfigurationError(f"can't listen on {host}:{port}: no such address here")
    return sockets


def allow_many() -> None:
    """Let this process have as many connections as the system allows it: by default, 1 024 files may be open."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(OSError, ValueError):  # macOS names a limit that it doesn't take
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def url(listener: socket.socket) -> str:
    """Where it listens, as people write it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def refuse_newcomers(listener: socket.socket) -> None:
    """Let no new handshake begin; those under way complete, and the backlog stays to be accepted.

    Closing a listening socket resets what is in its backlog, requests already sent included. A dropped SYN is sent
    again a second later, to a closed port: refused, with nothing lost. Only Linux can do it; elsewhere, what comes in
    the microseconds between the last `accept` and `close` is reset. The way of Yelp's HAProxy reloads (J. Lynch, 2015).
    """
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in SYN_IS_DROPPED)
    memory = ctypes.create_string_buffer(program)
    with suppress(OSError):
        listener.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(SYN_IS_DROPPED), ctypes.addressof(memory))
        )


def waiting(listener: socket.socket) -> Iterator[socket.socket]:
    """Accept what waits in the backlog of a non-blocking socket, until nothing does."""
    while True:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        connection.setblocking(False)
        yield connection


def _bound(family: int, address: tuple[object, ...], *, optional: bool) -> list[socket.socket]:
    """As asyncio's servers do it: a host with several addresses may lack some of them here, IPv6 above all."""
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        if optional:
            return []
        raise
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        if optional and error.errno == errno.EADDRNOTAVAIL:
            return []
        raise
    listener.setblocking(False)
    return [listener]
