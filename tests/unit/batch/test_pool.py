"""Actors come and go; parts don't."""

import asyncio

import pytest

from nlp_service.batch import Pool
from nlp_service.errors import ConfigurationError, EncodingError, ProcessLostError

ANSWERING = {"encoder": "e1", "reasons": "r1"}


class Fake:
    """An actor that is lost on these lines, or before it answers, or that never starts."""

    def __init__(self, number, *, lost_on=(), starts=True, stuck=False, answering=ANSWERING, raises=None):
        self.number = number
        self._lost_on, self._starts, self._stuck = lost_on, starts, stuck
        self._answering, self._raises = answering, raises
        self.ended, self.at_work, self.done = False, False, []

    async def answering(self):
        if self._stuck:
            await asyncio.Event().wait()
        if not self._starts:
            raise ProcessLostError("no room")
        if self._raises:
            raise self._raises
        return self._answering

    async def tag(self, lines):
        assert not self.at_work, "one part at a time"
        assert not self.ended
        self.at_work = True
        await asyncio.sleep(0)
        self.at_work = False
        if lines[0][0] in self._lost_on:
            raise ProcessLostError("killed")
        if lines[0][0] < 0:
            raise EncodingError("the encoder failed")
        self.done.append(lines[0][0])
        return b"%d" % lines[0][0]

    def end(self):
        self.ended = True


@pytest.fixture
def actors():
    """All that were hired."""
    return []


@pytest.fixture
def work(run, actors):
    """Does parts of these lines with a pool whose n-th actor is as `kinds` says, later ones sound; the contents."""

    def work(parts, *kinds, size=2):
        def hire():
            number = len(actors)
            actors.append(Fake(number, **(kinds[number] if number < len(kinds) else {})))
            return actors[-1]

        async def scenario():
            async with Pool(hire, size, ANSWERING).open() as pool:
                return await asyncio.gather(*(pool.tag([(part, b"x")]) for part in parts))

        return run(scenario())

    return work


def test_several_do_the_work_one_part_each_at_a_time(work, actors):
    assert work(range(8)) == [b"%d" % part for part in range(8)]
    assert sorted(actors[0].done + actors[1].done) == list(range(8))
    assert all(actor.done for actor in actors)
    assert [actor.ended for actor in actors] == [True, True]


def test_one_that_is_lost_is_replaced_and_its_part_done_again(work, actors):
    assert work(range(6), {"lost_on": range(6)}, size=1) == [b"%d" % part for part in range(6)]
    assert [actor.done for actor in actors] == [[], [*range(1, 6), 0]]
    assert actors[0].ended


def test_a_part_that_ends_every_process_isnt_tried_for_ever(work, actors):
    with pytest.raises(ProcessLostError, match="lines 5 to 5: given up, 3 actors lost: killed"):
        work([5], *[{"lost_on": [5]}] * 9, size=1)
    assert sum(5 in actor._lost_on and actor.ended for actor in actors) >= 3
    assert len(actors) <= 4


def test_one_that_never_starts_keeps_nothing_waiting(work, actors):
    assert work(range(4), {"stuck": True}) == [b"0", b"1", b"2", b"3"]
    assert actors[0].ended
    assert actors[1].done == [0, 1, 2, 3]


def test_one_that_starts_at_the_third_attempt_does(work, actors):
    assert work([1], {"starts": False}, {"starts": False}, size=1) == [b"1"]
    assert [actor.ended for actor in actors] == [True, True, True]


def test_if_none_starts_all_who_wait_are_told(work, actors):
    with pytest.raises(ProcessLostError, match="no actor starts: no room"):
        work([1, 2, 3], *[{"starts": False}] * 9, size=1)
    assert len(actors) == 3


@pytest.mark.parametrize(
    ("there", "named"),
    [
        ({"encoder": "e2", "reasons": "r1"}, "encoder"),
        ({"encoder": "e1"}, "reasons"),
        ({"encoder": "e1", "reasons": "r1", "taxonomy": "t"}, "taxonomy"),
    ],
)
def test_other_models_there_than_here_are_refused(work, actors, there, named):
    with pytest.raises(ConfigurationError, match=f"an actor has another {named} than this process"):
        work([1, 2], {"answering": there}, size=1)
    assert actors[0].done == []


@pytest.mark.parametrize("error", [ConfigurationError("no such folder"), RuntimeError("unforeseen")])
def test_one_that_cant_start_says_why_and_nobody_waits(work, error):
    with pytest.raises(type(error), match=str(error)):
        work([1, 2, 3], {"raises": error}, size=1)


def test_an_error_on_a_part_is_no_loss(work, actors):
    with pytest.raises(EncodingError):
        work([-1], size=1)
    assert len(actors) == 1
