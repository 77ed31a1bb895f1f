"""The queue in front of the encoder: who is answered with what, and what is never encoded."""

import asyncio
import os
import sys
import threading
import time
from contextlib import asynccontextmanager

import pytest

from nlp_service.calls import Call, calling
from nlp_service.embedding.batching import batcher as batching
from nlp_service.embedding.batching.admission import BULK_BATCHES
from nlp_service.embedding.batching.policy import PATIENCE
from nlp_service.embedding.batching.throughput import Throughput
from nlp_service.errors import EncodingError, NotReadyError, OverloadedError, TooMuchWorkError


def _sequence(number, length=4):
    return [number] * length


@asynccontextmanager
async def _held(encoder, batcher, queue):
    """With one sequence of four tokens inside the closed encoder; inside the block everything else has to wait."""
    encoder.gate.clear()
    (inside,) = queue(batcher, [_sequence(-1)])
    assert await asyncio.to_thread(encoder.entered.wait, 10)
    try:
        yield inside
    finally:
        encoder.gate.set()
    await inside


def test_everyone_gets_their_own_vector_in_order(run, encoder, make_batcher, same, queue):
    async def scenario():
        batcher = make_batcher(batch_tokens=16)
        requests = [
            [_sequence(10 * request + row, 1 + (request * row) % 7) for row in range(9)] for request in range(6)
        ]
        futures = [queue(batcher, request) for request in requests]
        answers = [await asyncio.gather(*part) for part in futures]
        await batcher.close()
        return requests, answers

    requests, answers = run(scenario())
    for request, vectors in zip(requests, answers, strict=True):
        for sequence, vector in zip(request, vectors, strict=True):
            assert same(vector, encoder.expected(sequence))
    assert len(encoder.encoded) == 54


def test_sequences_of_several_requests_share_batches_within_the_budget(run, encoder, make_batcher, metric, queue):
    async def scenario():
        batcher = make_batcher(batch_tokens=16)
        async with _held(encoder, batcher, queue):
            futures = [future for number in range(8) for future in queue(batcher, [_sequence(number)])]
        await asyncio.gather(*futures)
        await batcher.close()

    run(scenario())
    assert [len(batch) for batch in encoder.batches] == [1, 4, 4]
    assert metric("batch_tokens_total") == metric("batch_padded_tokens_total") == 9 * 4
    assert metric("queue_tokens", lane="interactive") == 0


def test_of_two_encoders_both_queues_show(run, encoder, make_batcher, metric, queue):
    async def scenario():
        busy, idle = make_batcher(), make_batcher()
        async with _held(encoder, busy, queue):
            waiting = queue(busy, [_sequence(1), _sequence(2)])
            gone = queue(idle, [_sequence(3)])  # its batch begins at once
            shown = [metric(name, lane="interactive") for name in ("queue_sequences", "queue_tokens")]
        await asyncio.gather(*waiting, *gone)
        await busy.close()
        await idle.close()
        return shown

    assert run(scenario()) == [2, 8]
    assert metric("queue_sequences", lane="interactive") == metric("queue_tokens", lane="interactive") == 0


def test_a_failing_batch_reaches_its_own_callers_only_and_the_worker_lives_on(run, encoder, make_batcher, same, queue):
    async def scenario():
        encoder.poison = [_sequence(1, 20)]
        batcher = make_batcher(batch_tokens=40)
        async with _held(encoder, batcher, queue):
            short = queue(batcher, [_sequence(2, 3), _sequence(3, 3)])
            long = queue(batcher, [_sequence(1, 20), _sequence(4, 20)])
        outcomes = await asyncio.gather(*long, return_exceptions=True)
        good = await asyncio.gather(*short)
        later = await queue(batcher, [_sequence(5, 20)])[0]
        await batcher.close()
        return outcomes, good, later

    outcomes, good, later = run(scenario())
    assert [type(outcome) for outcome in outcomes] == [EncodingError, EncodingError]
    assert isinstance(outcomes[0].__cause__, RuntimeError)
    assert same(good[0], encoder.expected(_sequence(2, 3)))
    assert same(later, encoder.expected(_sequence(5, 20)))


def test_an_encoder_that_returns_too_few_vectors_leaves_nobody_waiting(run, encoder, make_batcher, queue):
    async def scenario():
        whole = encoder.encode
        encoder.encode = lambda sequences: whole(sequences)[:-1]
        batcher = make_batcher()
        outcomes = await asyncio.gather(*queue(batcher, [_sequence(1), _sequence(2)]), return_exceptions=True)
        encoder.encode = whole
        await queue(batcher, [_sequence(3)])[0]
        await batcher.close()
        return outcomes

    assert EncodingError in {type(outcome) for outcome in run(scenario())}


def test_whatever_ends_an_encoder_the_worker_lives_on(run, encoder, make_batcher, same, queue):
    class Panic(BaseException):
        """What a runtime in another language raises is no Exception."""

    def panics(sequences):
        raise Panic

    async def scenario():
        whole, encoder.encode = encoder.encode, panics
        batcher = make_batcher()
        (outcome,) = await asyncio.gather(*queue(batcher, [_sequence(1)]), return_exceptions=True)
        encoder.encode = whole
        vector = await queue(batcher, [_sequence(2)])[0]
        await asyncio.wait_for(batcher.close(), 10)
        return outcome, vector

    outcome, vector = run(scenario())
    assert isinstance(outcome, EncodingError)
    assert same(vector, encoder.expected(_sequence(2)))


def test_a_batch_that_fails_is_no_measurement(run, encoder, make_batcher, queue, monkeypatch):
    measured = []
    monkeypatch.setattr(Throughput, "batch_done", lambda self, tokens, now, waiting: measured.append(tokens))

    async def scenario():
        encoder.poison = [_sequence(1)]
        batcher = make_batcher()
        await asyncio.gather(*queue(batcher, [_sequence(1)]), return_exceptions=True)
        await asyncio.gather(*queue(batcher, [_sequence(2)]))
        await batcher.close()

    run(scenario())
    assert measured == [4]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
@pytest.mark.parametrize(("own", "wanted"), [(0, 10), (15, 15)])
def test_bulk_threads_give_way_and_never_ask_for_more_than_they_have(
    run, make_batcher, queue, monkeypatch, own, wanted
):
    asked = []
    monkeypatch.setattr(os, "getpriority", lambda which, thread: own)
    monkeypatch.setattr(os, "setpriority", lambda which, thread, niceness: asked.append(niceness))

    async def scenario():
        batcher = make_batcher()
        with calling(Call("bulk")):
            await queue(batcher, [_sequence(1)])[0]
        await batcher.close()

    run(scenario())
    assert asked == [wanted]


def test_where_threads_may_not_give_way_bulk_work_is_done_all_the_same(run, encoder, make_batcher, queue, monkeypatch):
    def forbidden(which, thread, niceness):
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", forbidden)

    async def scenario():
        batcher = make_batcher()
        with calling(Call("bulk")):
            await queue(batcher, [_sequence(1)])[0]
        await batcher.close()

    run(scenario())
    assert encoder.encoded == [_sequence(1)]


def _no_more_threads(patch):
    def start(self):
        raise RuntimeError("can't start new thread")

    patch.setattr(threading.Thread, "start", start)


def test_a_thread_that_cannot_be_started_is_an_error_for_those_who_wait_for_it_only(
    run, encoder, make_batcher, same, queue, monkeypatch
):
    async def scenario():
        batcher = make_batcher()
        with calling(Call("bulk")):
            with monkeypatch.context() as patch:
                _no_more_threads(patch)
                outcomes = await asyncio.gather(*queue(batcher, [_sequence(1), _sequence(2)]), return_exceptions=True)
            later = await queue(batcher, [_sequence(3)])[0]
        interactive = await queue(batcher, [_sequence(4)])[0]
        await asyncio.wait_for(batcher.close(), 10)
        return outcomes, later, interactive

    outcomes, later, interactive = run(scenario())
    assert [type(outcome) for outcome in outcomes] == [EncodingError, EncodingError]
    assert same(later, encoder.expected(_sequence(3)))
    assert same(interactive, encoder.expected(_sequence(4)))


def test_once_warmed_up_it_needs_no_more_threads(run, encoder, make_batcher, queue, monkeypatch):
    async def scenario():
        batcher = make_batcher()
        await batcher.warm_up()
        with monkeypatch.context() as patch, calling(Call("bulk")):
            _no_more_threads(patch)
            await queue(batcher, [_sequence(1)])[0]
        await batcher.close()

    run(scenario())
    assert encoder.encoded[-1] == _sequence(1)


def test_cancelled_sequences_never_reach_the_encoder(run, encoder, make_batcher, metric, queue):
    async def scenario():
        batcher = make_batcher()
        async with _held(encoder, batcher, queue):
            gone, stays = queue(batcher, [_sequence(1), _sequence(2)])
            gone.cancel()
        await stays
        await batcher.close()

    run(scenario())
    assert _sequence(2) in encoder.encoded
    assert _sequence(1) not in encoder.encoded
    assert metric("queue_tokens", lane="interactive") == 0


def test_a_caller_that_leaves_while_its_batch_is_encoded_harms_nobody(run, encoder, make_batcher, same, queue):
    async def scenario():
        encoder.gate.clear()
        batcher = make_batcher()
        early, late = queue(batcher, [_sequence(1), _sequence(2)])
        assert await asyncio.to_thread(encoder.entered.wait, 10)
        early.cancel()
        encoder.gate.set()
        vector = await late
        await batcher.close()
        return vector

    assert same(run(scenario()), encoder.expected(_sequence(2)))
    assert encoder.encoded == [_sequence(1), _sequence(2)]


def test_a_full_queue_refuses_the_whole_request(run, encoder, make_batcher, metric, queue):
    async def scenario():
        batcher = make_batcher(queue_tokens=25)
        async with _held(encoder, batcher, queue):
            admitted = queue(batcher, [_sequence(0), _sequence(1), _sequence(2)])
            with pytest.raises(OverloadedError) as refusal:
                queue(batcher, [_sequence(3), _sequence(4), _sequence(5)])
            assert metric("queue_tokens", lane="interactive") == 12
            fits = queue(batcher, [_sequence(6), _sequence(7)])
        await asyncio.gather(*admitted, *fits)
        await batcher.close()
        return refusal.value

    refusal = run(scenario())
    assert 0 < refusal.retry_after_s < 60
    assert {sequence[0] for sequence in encoder.encoded} == {-1, 0, 1, 2, 6, 7}
    assert metric("refused_total", lane="interactive", reason="full") == 1


def test_a_request_larger_than_the_queue_is_admitted_while_it_is_at_most_half_full(run, encoder, make_batcher, queue):
    async def scenario():
        batcher = make_batcher(queue_tokens=20)
        large = [_sequence(number) for number in range(10)]
        async with _held(encoder, batcher, queue):
            some = queue(batcher, [_sequence(20), _sequence(21)])
            admitted = queue(batcher, large)
            with pytest.raises(OverloadedError):
                queue(batcher, [_sequence(22)])
        await asyncio.gather(*some, *admitted)
        await batcher.close()

    run(scenario())
    assert len(encoder.encoded) == 13


def test_cancelled_sequences_make_room_at_once(run, encoder, make_batcher, metric, queue):
    async def scenario():
        batcher = make_batcher(queue_tokens=50)
        async with _held(encoder, batcher, queue):
            gone = queue(batcher, [_sequence(number) for number in range(10)])
            for future in gone:
                future.cancel()
            await asyncio.sleep(0)
            assert metric("queue_sequences", lane="interactive") == 0
            others = queue(batcher, [_sequence(number) for number in range(20, 30)])
        await asyncio.gather(*others)
        await batcher.close()

    run(scenario())
    assert metric("dropped_sequences_total") == 10
    assert {sequence[0] for sequence in encoder.encoded} == {-1, *range(20, 30)}


def test_a_request_that_would_come_too_late_is_refused_at_once(run, encoder, make_batcher, metric, queue):
    async def scenario():
        batcher = make_batcher(queue_tokens=100_000)
        async with _held(encoder, batcher, queue):
            some = [future for _ in range(10) for future in queue(batcher, [_sequence(1, 500)])]  # 5 s, it is assumed
            with calling(Call(deadline=time.monotonic() + 2)), pytest.raises(OverloadedError) as refusal:
                queue(batcher, [_sequence(2)])
            with calling(Call(deadline=time.monotonic() + 60)):
                patient = queue(batcher, [_sequence(3)])
        await asyncio.gather(*some, *patient)
        await batcher.close()
        return refusal.value

    assert 2 < run(scenario()).retry_after_s < 6
    assert metric("refused_total", lane="interactive", reason="deadline") == 1


def test_a_request_that_can_never_be_done_in_its_time_is_told_so(run, make_batcher, queue):
    async def scenario():
        batcher = make_batcher(queue_tokens=100_000)
        with calling(Call(deadline=time.monotonic() + 2)), pytest.raises(TooMuchWorkError, match="about 10 s"):
            queue(batcher, [_sequence(1, 500)] * 10)
        await batcher.close()

    run(scenario())


def test_whoever_comes_back_when_told_finds_a_place_that_newcomers_do_not(run, encoder, make_batcher, queue):
    async def scenario():
        batcher = make_batcher(queue_tokens=50)
        async with _held(encoder, batcher, queue):
            admitted = queue(batcher, [_sequence(number) for number in range(10)])
            with calling(Call(identity=1)), pytest.raises(OverloadedError) as refusal:
                queue(batcher, [_sequence(20)])
            await asyncio.sleep(refusal.value.retry_after_s)
            with calling(Call(identity=2)), pytest.raises(OverloadedError):
                queue(batcher, [_sequence(21)])
            with calling(Call(identity=1)):
                admitted += queue(batcher, [_sequence(20)])
            with calling(Call(identity=1)), pytest.raises(OverloadedError):
                queue(batcher, [_sequence(20)])  # the promise was kept; this is another request
        await asyncio.gather(*admitted)
        await batcher.close()

    run(scenario())


def test_bulk_work_waits_for_interactive_work_but_gets_its_turn(run, encoder, make_batcher, queue):
    async def scenario():
        batcher = make_batcher(batch_tokens=4)
        async with _held(encoder, batcher, queue):
            with calling(Call("bulk")):
                bulk = queue(batcher, [_sequence(100 + number) for number in range(3)])
            interactive = queue(batcher, [_sequence(number) for number in range(2 * PATIENCE)])
        await asyncio.gather(*bulk, *interactive)
        await batcher.close()

    run(scenario())
    order = [sequence[0] for sequence in encoder.encoded[1:]]
    assert order == [*range(PATIENCE), 100, *range(PATIENCE, 2 * PATIENCE), 101, 102]


@pytest.mark.parametrize(
    ("interactive_before", "reserved_s", "at_once"), [(False, 60.0, 2), (True, 60.0, 1), (True, 0.0, 2)]
)
def test_bulk_work_leaves_a_worker_free_for_a_while_after_interactive_work(
    run, encoder, make_batcher, metric, queue, monkeypatch, interactive_before, reserved_s, at_once
):
    monkeypatch.setattr(batching, "RESERVED_S", reserved_s)

    async def scenario():
        batcher = make_batcher(batch_tokens=4, workers=2)
        if interactive_before:
            await queue(batcher, [_sequence(0)])[0]
        encoder.gate.clear()
        with calling(Call("bulk")):
            bulk = queue(batcher, [_sequence(number) for number in range(1, 7)])
        assert await asyncio.to_thread(encoder.entered.wait, 10)
        waiting = metric("queue_tokens", lane="bulk")
        encoder.gate.set()
        await asyncio.gather(*bulk)
        await batcher.close()
        return waiting

    assert run(scenario()) == (6 - at_once) * 4


def test_a_full_bulk_lane_refuses_nobody_who_is_interactive(run, encoder, make_batcher, queue):
    async def scenario():
        batcher = make_batcher(queue_tokens=25)
        async with _held(encoder, batcher, queue):
            with calling(Call("bulk")):
                bulk = queue(batcher, [_sequence(number) for number in range(5)])
                with pytest.raises(OverloadedError):
                    queue(batcher, [_sequence(6)])
            interactive = queue(batcher, [_sequence(7)])
        await asyncio.gather(*bulk, *interactive)
        await batcher.close()

    run(scenario())
    assert encoder.encoded[1] == _sequence(7)


def test_very_large_requests_are_bulk_work_unless_they_say_otherwise(run, encoder, make_batcher, metric, queue):
    async def scenario():
        batcher = make_batcher(batch_tokens=4)
        large = [_sequence(number) for number in range(BULK_BATCHES + 1)]
        async with _held(encoder, batcher, queue):
            futures = queue(batcher, large)
            assert metric("queue_sequences", lane="bulk") == len(large)
            with calling(Call("interactive")):
                futures += queue(batcher, large)
            assert metric("queue_sequences", lane="interactive") == len(large)
        await asyncio.gather(*futures)
        await batcher.close()

    run(scenario())


def test_a_request_is_divided_among_idle_workers(run, encoder, make_batcher, queue):
    async def scenario():
        batcher = make_batcher(batch_tokens=1000, workers=2)
        await asyncio.gather(*queue(batcher, [_sequence(number, 20) for number in range(8)]))
        await batcher.close()

    run(scenario())
    assert [len(batch) for batch in encoder.batches] == [4, 4]


def test_warming_up_measures_what_advice_rests_on(run, encoder, make_batcher, queue):
    async def scenario():
        batcher = make_batcher(queue_tokens=25)
        await batcher.warm_up()
        async with _held(encoder, batcher, queue):
            admitted = queue(batcher, [_sequence(number) for number in range(5)])
            with pytest.raises(OverloadedError) as refusal:
                queue(batcher, [_sequence(6)])
        await asyncio.gather(*admitted)
        await batcher.close()
        return refusal.value

    # 24 tokens take 24 ms at the rate assumed before any measurement.
    assert run(scenario()).retry_after_s < 0.02


def test_close_answers_what_was_admitted_and_refuses_what_comes(run, encoder, make_batcher, same, queue):
    async def scenario():
        batcher = make_batcher(batch_tokens=8)
        async with _held(encoder, batcher, queue):
            admitted = queue(batcher, [_sequence(number) for number in range(6)])
            closing = asyncio.create_task(batcher.close())
            await asyncio.sleep(0)
            with pytest.raises(NotReadyError):
                queue(batcher, [_sequence(9)])
            assert not closing.done()
        await closing
        return [future.result() for future in admitted]

    vectors = run(scenario())
    assert all(same(vector, encoder.expected(_sequence(number))) for number, vector in enumerate(vectors))
    assert _sequence(9) not in encoder.encoded


def test_a_batcher_that_was_never_used_closes(run, make_batcher, queue):
    async def scenario():
        batcher = make_batcher()
        assert queue(batcher, []) == []
        await batcher.close()
        await make_batcher().close()

    run(scenario())
