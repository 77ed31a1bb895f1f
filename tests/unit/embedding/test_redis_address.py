"""What a Redis URL says, and finding the host."""

import asyncio
import ssl
import threading
import time

import pytest

from nlp_service.embedding.cache import redis_address
from nlp_service.embedding.cache.redis_address import RedisAddress
from nlp_service.errors import ConfigurationError


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "login"),
    [
        ("redis://", "localhost", 6379, None, ()),
        ("redis://cache:7000/0", "cache", 7000, None, ()),
        ("redis://cache/2", "cache", 6379, None, (("SELECT", "2"),)),
        ("redis://:s%40crt@cache", "cache", 6379, None, (("AUTH", "s@crt"),)),
        ("redis://me:secret@cache/1", "cache", 6379, None, (("AUTH", "me", "secret"), ("SELECT", "1"))),
        ("unix:///run/redis.sock?db=4", "localhost", 6379, "/run/redis.sock", (("SELECT", "4"),)),
    ],
)
def test_a_url_says_where_and_as_whom(url, host, port, path, login):
    address = RedisAddress.parse(url)
    assert (address.host, address.port, address.path, address.login, address.tls) == (host, port, path, login, None)
    assert "secret" not in repr(address)


def test_rediss_is_tls_that_checks_the_server_unless_told_otherwise():
    checked = RedisAddress.parse("rediss://cache").tls
    assert (checked.verify_mode, checked.check_hostname) == (ssl.CERT_REQUIRED, True)
    any_name = RedisAddress.parse("rediss://cache?ssl_check_hostname=false").tls
    assert (any_name.verify_mode, any_name.check_hostname) == (ssl.CERT_REQUIRED, False)
    unchecked = RedisAddress.parse("rediss://cache?ssl_cert_reqs=none").tls
    assert (unchecked.verify_mode, unchecked.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("redis://cache?sockettimeout=3", "sockettimeout"),
        ("redis://cache?ssl_ca_certs=ca.pem", "ssl_ca_certs"),
        ("rediss://cache?ssl_cert_reqs=maybe", "ssl_cert_reqs"),
        ("rediss://cache?ssl_ca_certs=/no/such/file.pem", "No such file"),
    ],
)
def test_an_option_that_cant_be_followed_is_refused(url, named):
    with pytest.raises(ConfigurationError, match=f"Redis URL: .*{named}"):
        RedisAddress.parse(url)


def test_a_resolver_that_hangs_takes_one_thread_however_often_it_is_tried(run, monkeypatch):
    answer = threading.Event()

    def hang(*_, **__):
        answer.wait(30)
        raise OSError("no such host")

    monkeypatch.setattr(redis_address.socket, "getaddrinfo", hang)
    monkeypatch.setattr(redis_address, "CONNECT_S", 0.05)

    async def scenario():
        address = RedisAddress.parse("redis://cache.invalid")
        threads = threading.active_count()
        started = time.monotonic()
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await address.connect(0.05, print)
        assert time.monotonic() - started < 10
        grown = threading.active_count() - threads
        answer.set()
        with pytest.raises(OSError, match="no such host"):
            await address.connect(0.05, print)
        return grown

    assert run(scenario()) == 1


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 300])
def test_a_host_that_isnt_there_is_an_os_error(run, host):
    async def scenario():
        with pytest.raises(OSError):
            await RedisAddress(host, 1, None, None, ()).connect(1.0, print)
        await asyncio.sleep(0)

    run(scenario())
