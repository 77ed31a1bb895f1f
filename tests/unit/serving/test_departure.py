"""The steps of leaving."""

import asyncio

import pytest

from nlp_service.serving.departure import Departure, Step


def departure(notice_s=0.0):
    return Departure(notice_s=notice_s, drain_s=1.0, clock=lambda: 42.0)


def test_each_word_leads_one_step_on_and_none_back():
    leaving = departure()
    assert not leaving.has_begun()
    seen = []
    for _ in range(4):
        leaving.further()
        seen.append(leaving.step)
    assert seen == [Step.LEAVING, Step.HURRYING, Step.CUT_OFF, Step.CUT_OFF]
    leaving.reach(Step.LEAVING)
    assert leaving.step == Step.CUT_OFF
    assert leaving.has_begun()


def test_an_interruption_skips_a_step_and_a_second_one_doesnt_wait_at_it():
    leaving = departure()
    leaving.further(Step.HURRYING)
    assert leaving.step == Step.HURRYING
    leaving.further(Step.HURRYING)
    assert leaving.step == Step.CUT_OFF


def test_it_began_at_the_first_word():
    clock = iter([1.0, 2.0])
    leaving = Departure(notice_s=0.0, drain_s=1.0, clock=lambda: next(clock))
    leaving.further()
    leaving.further()
    assert leaving.began_at == 1.0


@pytest.mark.parametrize("step", [Step.LEAVING, Step.HURRYING])
def test_the_notice_ends_by_itself_or_by_hurry(run, step):
    async def scenario():
        leaving = departure(notice_s=0.05 if step == Step.LEAVING else 60.0)
        over = asyncio.create_task(leaving.notice_is_over())
        await asyncio.sleep(0.1)
        assert not over.done()
        leaving.reach(Step.LEAVING)
        leaving.reach(step)
        await over

    run(scenario(), seconds=5)
