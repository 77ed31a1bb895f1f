"""Where Redis is, and how to get a connection to it."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio.connection import SSLConnection, parse_url

from nlp_service.embedding.cache.redis_link import RedisLink, RefusedError, pack_command
from nlp_service.errors import ConfigurationError

CONNECT_S = 2.0
"""Time to find the host, connect and log in. Requests wait less; a probe may take this long."""

_KNOWN = {"host", "port", "path", "db", "username", "password", "connection_class"}
_KNOWN_TLS = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname"}


class _Names:
    """Finds the addresses of a host, in a daemon thread, one at a time.

    A resolver that hangs for its half minute would otherwise take a thread of the loop's default executor with each
    attempt, and the end of the process would wait for it.
    """

    def __init__(self) -> None:
        self._search: asyncio.Future[list[str] | OSError] | None = None

    async def find(self, host: str, port: int) -> list[str]:
        """
        Raises:
            OSError: if there are none.
        """
        loop = asyncio.get_running_loop()
        if self._search is None or self._search.done() or self._search.get_loop() is not loop:
            self._search = loop.create_future()
            arguments = (host, port, loop, self._search)
            threading.Thread(target=_look_up, args=arguments, name="redis-names", daemon=True).start()
        found = await asyncio.shield(self._search)
        if isinstance(found, OSError):
            raise found
        return found


@dataclass(frozen=True)
class RedisAddress:
    """What a URL says: `redis://`, `rediss://` (TLS) or `unix://`, with user, password and database.

    Attributes:
        path: of a Unix socket; wins over host and port.
        tls: None for a plain connection.
        login: commands that a connection begins with.
    """

    host: str
    port: int
    path: str | None
    tls: ssl.SSLContext | None
    login: tuple[tuple[str, ...], ...] = field(repr=False)
    _names: _Names = field(default_factory=_Names, init=False, repr=False)

    @classmethod
    def parse(cls, url: str) -> "RedisAddress":
        """
        Raises:
            ConfigurationError: if it can't be understood, or asks for what isn't known here.
        """
        try:
            given: dict[str, Any] = dict(parse_url(url))
            unknown = set(given) - _KNOWN - (_KNOWN_TLS if _is_tls(given) else set())
            if unknown:
                raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
            tls = _tls(given) if _is_tls(given) else None
        except (ValueError, OSError) as error:
            raise ConfigurationError(f"Redis URL: {error}") from None
        login: list[tuple[str, ...]] = []
        if "password" in given:
            login.append(("AUTH", *([given["username"]] if "username" in given else []), given["password"]))
        if given.get("db"):
            login.append(("SELECT", str(given["db"])))
        return cls(given.get("host", "localhost"), given.get("port", 6379), given.get("path"), tls, tuple(login))

    async def connect(self, timeout_s: float, broken: Callable[[OSError], None]) -> RedisLink:
        """A link that is logged in, in at most `CONNECT_S`.

        Args:
            timeout_s: see `RedisLink`, `broken` as well.

        Raises:
            OSError: if nothing answers (a TimeoutError is one).
            RefusedError: if Redis answers, but doesn't let us in.
        """
        link = RedisLink(timeout_s, broken)
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._open(link)
                for command in self.login:
                    (reply,) = await link.ask(pack_command(command), commands=1, values=1)
                    if isinstance(reply, Exception):
                        raise RefusedError(reply)
        except BaseException:
            link.close()
            raise
        return link

    async def _open(self, link: RedisLink) -> None:
        loop = asyncio.get_running_loop()
        if self.path is not None:
            await loop.create_unix_connection(lambda: link, self.path)
            return
        failure = OSError("the host has no address")
        for address in await self._names.find(self.host, self.port):
            try:
                await loop.create_connection(
                    lambda: link, address, self.port, ssl=self.tls, server_hostname=self.host if self.tls else None
                )
            except OSError as error:
                failure = error
            else:
                return
        raise failure


def _look_up(
    host: str, port: int, loop: asyncio.AbstractEventLoop, search: "asyncio.Future[list[str] | OSError]"
) -> None:
    found: list[str] | OSError
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(str(address[0]) for *_, address in entries))
    except OSError as error:
        found = error
    except UnicodeError:
        found = OSError("the host's name can't be one")
    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(search.set_result, found)


def _is_tls(given: dict[str, Any]) -> bool:
    return given.get("connection_class") is SSLConnection


def _tls(given: dict[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=given.get("ssl_ca_certs"))
    verify = given.get("ssl_cert_reqs", "required")
    if verify not in ("required", "none"):
        raise ValueError("ssl_cert_reqs is required or none")
    if verify == "none" or given.get("ssl_check_hostname") is False:
        context.check_hostname = False
    if verify == "none":
        context.verify_mode = ssl.CERT_NONE
    if "ssl_certfile" in given:
        context.load_cert_chain(given["ssl_certfile"], given.get("ssl_keyfile"))
    return context
