"""Sentences of several requests before the heads together."""

import asyncio

import numpy as np
import pytest

from nlp_service import joint_judging
from nlp_service.calls import Call, calling
from nlp_service.joint_judging import AT_ONCE, FEW, PATIENCE, JointJudging
from nlp_service.judging import EVERYTHING, Feelings, Judgement, Reasons, Said, Wanted


@pytest.fixture
def rounds(monkeypatch):
    """What came before the heads together, round by round; a sentence is judged by its vector, "bad" not at all."""
    seen = []

    def judge(said, vectors, for_reasons, wanted, tasks):
        seen.append([one.text for one in said])
        customers = [one.by_customer for one in said]
        assert customers == sorted(customers, reverse=True)
        assert len(for_reasons) == sum(customers)
        assert np.array_equal(vectors[: len(for_reasons)], for_reasons)
        if "bad" in seen[-1]:
            raise RuntimeError("a head's own error")
        return {
            one: Judgement(
                "statement",
                feelings=Feelings("neutral", float(row[0]), ()) if wanted.feelings else None,
                reasons=Reasons(row, None) if wanted.reasons else None,
            )
            for one, row in zip(said, vectors, strict=True)
        }

    monkeypatch.setattr(joint_judging, "judge", judge)
    return seen


def _case(*texts, agents=0, wanted=EVERYTHING):
    """Sentences of which the last are an agent's, with vectors that know them, and what is wanted."""
    said = [Said(text, row < len(texts) - agents) for row, text in enumerate(texts)]
    vectors = np.array([[float(sum(map(ord, text)))] for text in texts], dtype=np.float32)
    return said, vectors, vectors[: len(texts) - agents], wanted


def _right(case, judgements):
    said, vectors, _, _ = case
    return [judgements[one].feelings.score for one in said] == vectors[:, 0].tolist()


def test_simultaneous_requests_are_judged_together_and_each_gets_its_own(run, rounds):
    cases = [_case(f"customer {number}", f"agent {number}", agents=1) for number in range(20)]

    async def scenario():
        heads = JointJudging(None)
        return await asyncio.gather(*(heads.judge(*case) for case in cases))

    answers = run(scenario())
    assert [len(seen) for seen in rounds] == [40]
    assert all(_right(case, answer) for case, answer in zip(cases, answers, strict=True))


def test_those_who_want_the_same_are_judged_together_and_nobody_gets_what_another_wanted(run, rounds):
    wanted = [EVERYTHING, Wanted(reasons=True, feelings=False), Wanted(reasons=False, feelings=True)] * 2

    async def scenario():
        heads = JointJudging(None)
        return await asyncio.gather(*(heads.judge(*_case("the same", wanted=one)) for one in wanted))

    answers = [answer[Said("the same", True)] for answer in run(scenario())]
    assert rounds == [["the same", "the same"]] * 3
    assert [Wanted(bool(answer.reasons), bool(answer.feelings)) for answer in answers] == wanted


@pytest.mark.parametrize("sentences", [1, FEW, FEW + 1])
def test_a_request_alone_waits_for_nobody(run, rounds, sentences):
    case = _case(*map(str, range(sentences)))

    async def scenario():
        return await JointJudging(None).judge(*case)

    assert _right(case, run(scenario()))
    assert [len(seen) for seen in rounds] == [sentences]


def test_a_large_request_comes_in_parts_and_others_get_in_between(run, rounds):
    large, small = _case(*(f"large {number}" for number in range(AT_ONCE["interactive"] + 7))), _case("small")

    async def scenario():
        heads = JointJudging(None)
        return await asyncio.gather(heads.judge(*large), heads.judge(*small))

    answers = run(scenario())
    assert _right(large, answers[0])
    assert _right(small, answers[1])
    assert [len(seen) for seen in rounds] == [1, *[AT_ONCE["bulk"]] * 8, 7]


def test_bulk_work_waits_for_interactive_work_but_gets_its_turn(run, rounds):
    async def bulk(heads):
        with calling(Call("bulk")):
            await heads.judge(*_case("bulk"))

    async def interactive(heads, number):
        await heads.judge(*_case(*(f"{number} {row}" for row in range(AT_ONCE["interactive"]))))

    async def scenario():
        heads = JointJudging(None)
        await asyncio.gather(bulk(heads), *(interactive(heads, number) for number in range(PATIENCE + 2)))

    run(scenario())
    assert [seen == ["bulk"] for seen in rounds].index(True) == PATIENCE


def test_a_sentence_that_makes_the_heads_fail_fails_its_own_request_only(run, rounds):
    cases = [_case("good 1"), _case("bad", "good 2"), _case("good 3")]

    async def scenario():
        heads = JointJudging(None)
        outcomes = await asyncio.gather(*(heads.judge(*case) for case in cases), return_exceptions=True)
        return outcomes, await heads.judge(*_case("later"))

    (first, failed, third), later = run(scenario())
    assert isinstance(failed, RuntimeError)
    assert _right(cases[0], first)
    assert _right(cases[2], third)
    assert _right(_case("later"), later)


def test_who_leaves_is_not_judged(run, rounds):
    async def scenario():
        heads = JointJudging(None)
        leaver, stayer = (asyncio.create_task(heads.judge(*_case(text))) for text in ("leaves", "stays"))
        await asyncio.sleep(0)
        leaver.cancel()
        await asyncio.wait([leaver])
        return await stayer

    assert _right(_case("stays"), run(scenario()))
    assert rounds == [["stays"]]
