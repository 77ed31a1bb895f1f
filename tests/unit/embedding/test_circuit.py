"""The circuit breaker: opens once, probes ever more seldom, closes by itself."""

import asyncio
import logging

import pytest

from nlp_service.embedding.cache.circuit import LONGEST, Circuit

PAUSE_S = 0.001


class Remote:
    """What a circuit is in front of. Sleeping takes no time; the pauses that were asked for are kept.

    Attributes:
        broken: probes that are still to fail.
    """

    def __init__(self, broken=0, error=OSError, chance=0.0):
        self.broken = broken
        self.pauses = []
        self.told = []
        self._error = error
        self.circuit = Circuit(
            "it", self._probe, pause_s=PAUSE_S, resting=self.told.append, chance=lambda: chance, sleep=self._sleep
        )

    async def closed(self):
        while not self.circuit.closed:  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0)

    async def _sleep(self, seconds):
        self.pauses.append(seconds / PAUSE_S)
        await asyncio.sleep(0)

    async def _probe(self):
        if self.broken:
            self.broken -= 1
            raise self._error


def test_what_was_slow_for_a_moment_is_probed_at_once_and_nobody_is_told(run, caplog):
    async def scenario():
        remote = Remote()
        remote.circuit.fail("TimeoutError", quietly=True)
        assert not remote.circuit.closed
        await remote.closed()
        return remote

    with caplog.at_level(logging.INFO):
        remote = run(scenario())
    assert (remote.told, remote.pauses, caplog.messages) == ([False], [], [])


def test_what_was_slow_and_fails_the_probe_too_has_failed(run, caplog):
    async def scenario():
        remote = Remote(broken=2)
        remote.circuit.fail("TimeoutError", quietly=True)
        await remote.closed()
        return remote

    with caplog.at_level(logging.WARNING):
        remote = run(scenario())
    assert (remote.told, remote.pauses) == ([False, True, False], [1, 2])
    assert caplog.messages == ["cache it: TimeoutError; leaving it alone until a probe succeeds"]


def test_many_failures_at_once_are_one_opening_and_one_line_in_the_log(run, caplog):
    async def scenario():
        remote = Remote()
        for _ in range(50):
            remote.circuit.fail("TimeoutError")
        assert not remote.circuit.closed
        await remote.closed()
        return remote

    with caplog.at_level(logging.WARNING):
        remote = run(scenario())
    assert remote.told == [False, True, False]
    assert len(remote.pauses) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "cache it: TimeoutError; leaving it alone until a probe succeeds"
    ]


def test_pauses_grow_up_to_a_limit(run):
    async def scenario():
        remote = Remote(broken=8)
        remote.circuit.fail("x")
        await remote.closed()
        return remote.pauses

    assert run(scenario()) == pytest.approx([1, 2, 4, 8, 16, 32, LONGEST, LONGEST, LONGEST])


def test_chance_cuts_a_pause_by_up_to_half(run):
    async def scenario():
        remote = Remote(broken=1, chance=0.5)
        remote.circuit.fail("x")
        await remote.closed()
        return remote.pauses

    assert run(scenario()) == pytest.approx([0.75, 1.5])


def test_whatever_a_probe_raises_it_goes_on(run):
    async def scenario():
        remote = Remote(broken=3, error=ZeroDivisionError)
        remote.circuit.fail("x")
        await remote.closed()
        return remote

    assert len(run(scenario()).pauses) == 4


def test_what_fails_again_at_once_is_left_alone_for_longer(run):
    async def scenario():
        remote = Remote()
        for _ in range(3):
            remote.circuit.fail("x")
            await remote.closed()
        return remote.pauses

    assert run(scenario()) == pytest.approx([1, 2, 4])


def test_after_a_good_while_it_begins_anew(run):
    async def scenario():
        remote = Remote()
        for _ in range(2):
            remote.circuit.fail("x")
            await remote.closed()
            await asyncio.sleep(2 * LONGEST * PAUSE_S)
        return remote.pauses

    assert run(scenario()) == pytest.approx([1, 1])


def test_once_stopped_it_probes_no_more(run):
    async def scenario():
        remote = Remote(broken=1_000_000)
        remote.circuit.fail("x")
        await asyncio.sleep(0.01)
        await remote.circuit.stop()
        probes = len(remote.pauses)
        await asyncio.sleep(0.01)
        assert probes
        return len(remote.pauses) - probes

    assert run(scenario()) == 0
