"""A text that several callers want at the same time is encoded once, whoever of them stays."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from nlp_service.calls import Call, calling
from nlp_service.embedding import single_flight
from nlp_service.embedding.batching import admission
from nlp_service.embedding.single_flight import SingleFlight
from nlp_service.errors import EncodingError, NotReadyError, OverloadedError

CALLERS = 50


class _Texts:
    """A single flight that is given texts."""

    def __init__(self, encoder, flights):
        self._encoder = encoder
        self._flights = flights

    async def encode(self, texts):
        landed = {}
        await self._flights.encode(dict(zip(texts, self._encoder.tokenize(list(texts.values())), strict=True)), landed)
        return landed


@pytest.fixture
def flying(encoder, make_batcher, telemetry):
    """Opens a single flight over a batcher, and closes the batcher."""

    @asynccontextmanager
    async def open_(**options):
        batcher = make_batcher(**options)
        yield _Texts(encoder, SingleFlight(batcher, telemetry))
        encoder.gate.set()
        await batcher.close()

    return open_


async def _until(condition):
    while not condition():  # noqa: ASYNC110 (what happens in the encoder's thread sets no asyncio event)
        await asyncio.sleep(0.001)


def _tokens(text):
    return [0, *map(ord, text), 2]


def test_simultaneous_callers_share_one_encoding(run, encoder, flying, same):
    async def scenario():
        async with flying() as flights:
            return await asyncio.gather(*(flights.encode({"k": "催一下"}) for _ in range(CALLERS)))

    answers = run(scenario())
    assert encoder.encoded == [_tokens("催一下")]
    assert all(same(answer["k"], encoder.expected(_tokens("催一下"))) for answer in answers)


def test_callers_with_some_texts_in_common_encode_each_text_once(run, encoder, flying, same):
    texts = {str(number): "字" * (number + 1) for number in range(12)}

    async def scenario():
        async with flying() as flights:
            windows = [dict(list(texts.items())[start : start + 6]) for start in range(7)]
            return await asyncio.gather(*(flights.encode(window) for window in windows))

    answers = run(scenario())
    assert sorted(encoder.encoded) == sorted(_tokens(text) for text in texts.values())
    assert [list(answer) for answer in answers] == [[str(start + row) for row in range(6)] for start in range(7)]
    for answer in answers:
        assert all(same(vector, encoder.expected(_tokens(texts[key]))) for key, vector in answer.items())


def test_no_texts_need_no_encoder(run, encoder, flying):
    async def scenario():
        async with flying() as flights:
            return await flights.encode({})

    assert run(scenario()) == {}
    assert encoder.batches == []


def test_whoever_comes_just_after_the_landing_gets_the_vector_too(run, encoder, flying, same):
    async def scenario():
        async with flying() as flights:
            return await flights.encode({"k": "text"}), await flights.encode({"k": "text", "l": "other"})

    first, second = run(scenario())
    assert encoder.encoded == [_tokens("text"), _tokens("other")]
    assert same(first["k"], second["k"])


def test_after_a_while_a_text_is_encoded_again(run, encoder, flying, monkeypatch):
    monkeypatch.setattr(single_flight, "LINGER_S", 0.0)

    async def scenario():
        async with flying() as flights:
            await flights.encode({"k": "text"})
            await asyncio.sleep(0.001)
            await flights.encode({"k": "text"})

    run(scenario())
    assert len(encoder.encoded) == 2


@pytest.mark.parametrize("inside_the_encoder", [False, True])
def test_when_the_first_caller_leaves_the_others_get_their_vector(run, encoder, flying, same, inside_the_encoder):
    async def scenario():
        encoder.gate.clear()
        async with flying() as flights:
            first, *others = [asyncio.create_task(flights.encode({"k": "催一下"})) for _ in range(4)]
            await _until(encoder.entered.is_set) if inside_the_encoder else await asyncio.sleep(0)
            first.cancel()
            await asyncio.wait([first])
            encoder.gate.set()
            return first.cancelled(), await asyncio.gather(*others)

    cancelled, answers = run(scenario())
    assert cancelled
    assert len(encoder.encoded) == 1
    assert all(same(answer["k"], encoder.expected(_tokens("催一下"))) for answer in answers)


def test_when_all_callers_leave_the_work_is_dropped(run, encoder, flying, metric):
    async def scenario():
        encoder.gate.clear()
        async with flying() as flights:
            blocker = asyncio.create_task(flights.encode({"b": "blocker"}))
            await _until(encoder.entered.is_set)
            callers = [asyncio.create_task(flights.encode({"k": "dropped"})) for _ in range(3)]
            await _until(lambda: metric("queue_tokens", lane="interactive") == len(_tokens("dropped")))
            for caller in callers:
                caller.cancel()
            await asyncio.wait(callers)
            encoder.gate.set()
            await blocker
            # Whoever comes afterwards starts a flight of their own.
            return await flights.encode({"k": "dropped too"})

    assert set(run(scenario())) == {"k"}
    assert encoder.encoded == [_tokens("blocker"), _tokens("dropped too")]
    assert metric("dropped_sequences_total") == 1


def test_a_failing_encoder_reaches_all_who_wait(run, encoder, flying):
    async def scenario():
        encoder.poison = [_tokens("bad")]
        async with flying() as flights:
            callers = [flights.encode({"k": "bad", "l": "good"}) for _ in range(5)]
            outcomes = await asyncio.gather(*callers, return_exceptions=True)
            return outcomes, await flights.encode({"l": "good"})

    outcomes, later = run(scenario())
    assert [type(outcome) for outcome in outcomes] == [EncodingError] * 5
    assert set(later) == {"l"}


def test_callers_who_leave_before_a_failure_leave_no_noise(run, encoder, flying):
    """`run` fails if an exception was never retrieved."""

    async def scenario():
        encoder.poison = [_tokens("bad")]
        async with flying() as flights:
            for steps in range(30):
                encoder.entered.clear()
                caller = asyncio.create_task(flights.encode({"k": "bad"}))
                await _until(encoder.entered.is_set)
                for _ in range(steps % 6):
                    await asyncio.sleep(0)
                caller.cancel()
                await asyncio.wait([caller])

    run(scenario())


def test_a_refused_request_is_told_at_once_even_if_it_shares_a_text_under_way(run, encoder, flying):
    async def scenario():
        encoder.gate.clear()
        async with flying(queue_tokens=20) as flights:
            first = asyncio.create_task(flights.encode({"s": "shared text"}))
            await _until(encoder.entered.is_set)
            filling = asyncio.create_task(flights.encode({"f": "fills it up"}))
            await asyncio.sleep(0)
            with pytest.raises(OverloadedError):
                await asyncio.wait_for(flights.encode({"s": "shared text", "n": "new text"}), 10)
            encoder.gate.set()
            await filling
            return await first

    assert set(run(scenario())) == {"s"}
    assert encoder.encoded == [_tokens("shared text"), _tokens("fills it up")]


def test_somebody_who_waits_takes_a_shared_text_out_of_the_bulk_lane(run, encoder, flying):
    async def bulk(flights, texts):
        with calling(Call("bulk")):
            return await flights.encode(texts)

    async def scenario():
        encoder.gate.clear()
        async with flying(batch_tokens=16) as flights:
            blocker = asyncio.create_task(flights.encode({"b": "blocker"}))
            await _until(encoder.entered.is_set)
            job = asyncio.create_task(bulk(flights, {"1": "job text 1", "2": "job text 2", "3": "job text 3"}))
            await asyncio.sleep(0)
            caller = asyncio.create_task(flights.encode({"3": "job text 3"}))
            await asyncio.sleep(0)
            encoder.gate.set()
            await asyncio.gather(blocker, job, caller)

    run(scenario())
    assert encoder.encoded == [_tokens(text) for text in ("blocker", "job text 3", "job text 1", "job text 2")]


@pytest.mark.parametrize(
    ("texts", "lane", "queue_tokens", "hurried"),
    [
        (7, None, 10_000, True),
        (8, None, 10_000, False),  # bulk work by its size
        (8, "interactive", 10_000, True),
        (8, "interactive", 320, True),
        (8, "interactive", 319, False),  # no room
        (7, "bulk", 10_000, False),
    ],
)
def test_what_is_shared_is_hurried_only_if_it_might_wait_there_by_itself(
    run, encoder, flying, metric, monkeypatch, texts, lane, queue_tokens, hurried
):
    monkeypatch.setattr(admission, "BULK_BATCHES", 7)
    wanted = {str(number): str(number) * 30 for number in range(texts)}  # 32 tokens each

    async def call(flights, texts, lane):
        with calling(Call(lane)):
            return await flights.encode(texts)

    async def scenario():
        encoder.gate.clear()
        async with flying(batch_tokens=32, queue_tokens=queue_tokens) as flights:
            blocker = asyncio.create_task(flights.encode({"b": "blocker"}))
            await _until(encoder.entered.is_set)
            callers = [asyncio.create_task(call(flights, wanted, lane)) for lane in ("bulk", lane)]
            await asyncio.sleep(0)
            waiting = [metric("queue_sequences", lane=lane) for lane in ("bulk", "interactive")]
            encoder.gate.set()
            await asyncio.gather(blocker, *callers)
            return waiting

    assert run(scenario()) == ([0, texts] if hurried else [texts, 0])
    assert len(encoder.encoded) == 1 + texts


def test_what_is_shared_is_hurried_in_one_go(run, encoder, flying, telemetry, monkeypatch):
    shown = []
    monkeypatch.setattr(telemetry, "queue", lambda lane, sequences, tokens, queue: shown.append(lane))
    texts = {str(number): f"job text {number}" for number in range(20)}

    async def bulk(flights):
        with calling(Call("bulk")):
            return await flights.encode(texts)

    async def scenario():
        encoder.gate.clear()
        async with flying() as flights:
            blocker = asyncio.create_task(flights.encode({"b": "blocker"}))
            await _until(encoder.entered.is_set)
            job = asyncio.create_task(bulk(flights))
            await asyncio.sleep(0)
            shown.clear()
            caller = asyncio.create_task(flights.encode(texts))
            await asyncio.sleep(0)
            in_one_go = len(shown)
            encoder.gate.set()
            await asyncio.gather(blocker, job, caller)
            return in_one_go

    assert run(scenario()) <= 4


def test_what_was_waited_for_is_the_queue_and_the_rest_is_encoding(run, encoder, flying, metric):
    async def scenario():
        encoder.gate.clear()
        async with flying() as flights:
            blocker = asyncio.create_task(flights.encode({"b": "blocker"}))
            await _until(encoder.entered.is_set)
            caller = asyncio.create_task(flights.encode({"k": "text"}))
            await asyncio.sleep(0.05)
            encoder.gate.set()
            await asyncio.gather(blocker, caller)

    run(scenario())
    assert metric("stage_seconds_sum", stage="queue") >= 0.05
    assert metric("stage_seconds_sum", stage="encode") >= 0.05
    assert metric("stage_seconds_count", stage="queue") == metric("stage_seconds_count", stage="encode") == 2


def test_after_closing_callers_are_refused(run, encoder, make_batcher, telemetry):
    async def scenario():
        batcher = make_batcher()
        flights = _Texts(encoder, SingleFlight(batcher, telemetry))
        await batcher.close()
        with pytest.raises(NotReadyError):
            await flights.encode({"k": "late"})

    run(scenario())
    assert encoder.batches == []


def test_a_text_that_has_landed_leaves_nothing_to_collect(run, flying, collected):
    async def scenario():
        async with flying() as flights:
            await asyncio.gather(*(flights.encode({"k": "催一下", str(number): "退货"}) for number in range(3)))

    assert collected(lambda: run(scenario())) == set()


@pytest.mark.parametrize("inside_the_encoder", [False, True])
def test_a_text_that_nobody_waits_for_any_more_leaves_nothing_to_collect(
    run, encoder, flying, collected, inside_the_encoder
):
    async def scenario():
        encoder.gate.clear()
        async with flying(batch_tokens=16) as flights:
            blocker = asyncio.create_task(flights.encode({"b": "blocker"}))
            await _until(encoder.entered.is_set)
            gone = blocker if inside_the_encoder else asyncio.create_task(flights.encode({"k": "催一下", "l": "退货"}))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.wait([gone])
            encoder.gate.set()
            await asyncio.wait([blocker])

    assert collected(lambda: run(scenario())) == set()


def test_a_failure_leaves_nothing_to_collect(run, encoder, flying, collected):
    async def scenario():
        encoder.poison = [_tokens("bad")]
        async with flying() as flights:
            for _ in range(3):
                with pytest.raises(EncodingError):
                    await flights.encode({"k": "bad", "l": "good"})

    assert collected(lambda: run(scenario())) == set()


def test_all_of_a_request_is_withdrawn_in_one_go(run, encoder, flying, telemetry, monkeypatch):
    shown = []
    monkeypatch.setattr(telemetry, "queue", lambda lane, sequences, tokens, queue: shown.append(lane))

    async def scenario():
        encoder.gate.clear()
        async with flying() as flights:
            blocker = asyncio.create_task(flights.encode({"b": "blocker"}))
            await _until(encoder.entered.is_set)
            caller = asyncio.create_task(flights.encode({str(number): f"text {number}" for number in range(50)}))
            await asyncio.sleep(0)
            shown.clear()
            caller.cancel()
            await asyncio.wait([caller])
            in_one_go = len(shown)
            encoder.gate.set()
            await blocker
            return in_one_go

    assert run(scenario()) == 2
