"""The queue in front of the encoder: who is answered with what, and what is never encoded."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from nlp_service.errors import EncodingError, NotReadyError, OverloadedError


def _sequence(number, length=4):
    return [number] * length


@asynccontextmanager
async def _held(encoder, batcher):
    """With one sequence of four tokens inside the closed encoder; inside the block everything else has to wait."""
    encoder.gate.clear()
    (inside,) = batcher.submit([_sequence(-1)])
    assert await asyncio.to_thread(encoder.entered.wait, 10)
    try:
        yield inside
    finally:
        encoder.gate.set()
    await inside


def test_everyone_gets_their_own_vector_in_order(run, encoder, make_batcher, same):
    async def scenario():
        batcher = make_batcher(batch_tokens=16)
        requests = [
            [_sequence(10 * request + row, 1 + (request * row) % 7) for row in range(9)] for request in range(6)
        ]
        futures = [batcher.submit(request) for request in requests]
        answers = [await asyncio.gather(*part) for part in futures]
        await batcher.close()
        return requests, answers

    requests, answers = run(scenario())
    for request, vectors in zip(requests, answers, strict=True):
        for sequence, vector in zip(request, vectors, strict=True):
            assert same(vector, encoder.expected(sequence))
    assert len(encoder.encoded) == 54


def test_sequences_of_several_requests_share_batches_within_the_budget(run, encoder, make_batcher, metric):
    async def scenario():
        batcher = make_batcher(batch_tokens=16)
        async with _held(encoder, batcher):
            futures = [future for number in range(8) for future in batcher.submit([_sequence(number)])]
        await asyncio.gather(*futures)
        await batcher.close()

    run(scenario())
    assert [len(batch) for batch in encoder.batches] == [1, 4, 4]
    assert metric("batch_tokens_total") == metric("batch_padded_tokens_total") == 9 * 4
    assert metric("queue_tokens") == 0


def test_a_failing_batch_reaches_its_own_callers_only_and_the_worker_lives_on(run, encoder, make_batcher, same):
    async def scenario():
        encoder.poison = [_sequence(1, 20)]
        batcher = make_batcher(batch_tokens=40)
        async with _held(encoder, batcher):
            short = batcher.submit([_sequence(2, 3), _sequence(3, 3)])
            long = batcher.submit([_sequence(1, 20), _sequence(4, 20)])
        outcomes = await asyncio.gather(*long, return_exceptions=True)
        good = await asyncio.gather(*short)
        later = await batcher.submit([_sequence(5, 20)])[0]
        await batcher.close()
        return outcomes, good, later

    outcomes, good, later = run(scenario())
    assert [type(outcome) for outcome in outcomes] == [EncodingError, EncodingError]
    assert isinstance(outcomes[0].__cause__, RuntimeError)
    assert same(good[0], encoder.expected(_sequence(2, 3)))
    assert same(later, encoder.expected(_sequence(5, 20)))


def test_an_encoder_that_returns_too_few_vectors_leaves_nobody_waiting(run, encoder, make_batcher):
    async def scenario():
        whole = encoder.encode
        encoder.encode = lambda sequences: whole(sequences)[:-1]
        batcher = make_batcher()
        outcomes = await asyncio.gather(*batcher.submit([_sequence(1), _sequence(2)]), return_exceptions=True)
        encoder.encode = whole
        await batcher.submit([_sequence(3)])[0]
        await batcher.close()
        return outcomes

    assert EncodingError in {type(outcome) for outcome in run(scenario())}


def test_cancelled_sequences_never_reach_the_encoder(run, encoder, make_batcher, metric):
    async def scenario():
        batcher = make_batcher()
        async with _held(encoder, batcher):
            gone, stays = batcher.submit([_sequence(1), _sequence(2)])
            gone.cancel()
        await stays
        await batcher.close()

    run(scenario())
    assert _sequence(2) in encoder.encoded
    assert _sequence(1) not in encoder.encoded
    assert metric("queue_tokens") == 0


def test_a_caller_that_leaves_while_its_batch_is_encoded_harms_nobody(run, encoder, make_batcher, same):
    async def scenario():
        encoder.gate.clear()
        batcher = make_batcher()
        early, late = batcher.submit([_sequence(1), _sequence(2)])
        assert await asyncio.to_thread(encoder.entered.wait, 10)
        early.cancel()
        encoder.gate.set()
        vector = await late
        await batcher.close()
        return vector

    assert same(run(scenario()), encoder.expected(_sequence(2)))
    assert encoder.encoded == [_sequence(1), _sequence(2)]


def test_a_full_queue_refuses_the_whole_request(run, encoder, make_batcher, metric):
    async def scenario():
        batcher = make_batcher(queue_tokens=20)
        async with _held(encoder, batcher):
            admitted = batcher.submit([_sequence(1), _sequence(2)])
            queued = metric("queue_tokens")
            with pytest.raises(OverloadedError) as refusal:
                batcher.submit([_sequence(3), _sequence(4), _sequence(5)])
            assert metric("queue_tokens") == queued == 12
            fits = batcher.submit([_sequence(6), _sequence(7)])
        await asyncio.gather(*admitted, *fits)
        await batcher.close()
        return refusal.value

    refusal = run(scenario())
    assert 0 < refusal.retry_after_s < 60
    assert {sequence[0] for sequence in encoder.encoded} == {-1, 1, 2, 6, 7}


def test_a_request_larger_than_the_queue_is_admitted_when_nothing_waits(run, encoder, make_batcher):
    async def scenario():
        batcher = make_batcher(queue_tokens=8)
        large = [_sequence(number) for number in range(10)]
        await asyncio.gather(*batcher.submit(large))
        async with _held(encoder, batcher):
            with pytest.raises(OverloadedError):
                batcher.submit(large)
        await asyncio.gather(*batcher.submit(large))
        await batcher.close()

    run(scenario())
    assert len(encoder.encoded) == 21


def test_close_answers_what_was_admitted_and_refuses_what_comes(run, encoder, make_batcher, same):
    async def scenario():
        batcher = make_batcher(batch_tokens=8)
        async with _held(encoder, batcher):
            admitted = batcher.submit([_sequence(number) for number in range(6)])
            closing = asyncio.create_task(batcher.close())
            await asyncio.sleep(0)
            with pytest.raises(NotReadyError):
                batcher.submit([_sequence(9)])
            assert not closing.done()
        await closing
        return [future.result() for future in admitted]

    vectors = run(scenario())
    assert all(same(vector, encoder.expected(_sequence(number))) for number, vector in enumerate(vectors))
    assert _sequence(9) not in encoder.encoded


def test_a_batcher_that_was_never_used_closes(run, make_batcher):
    async def scenario():
        batcher = make_batcher()
        assert batcher.submit([]) == []
        await batcher.close()
        await make_batcher().close()

    run(scenario())
