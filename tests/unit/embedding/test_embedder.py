"""From texts to vectors: what is encoded, what is looked up, and in which order answers come back."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest

from nlp_service.embedding.cache.memory import MemoryCache
from nlp_service.embedding.embedder import Embedder
from nlp_service.embedding.encoder.fake import FakeEncoder
from nlp_service.errors import EncodingError, OverloadedError, TextTooLongError
from nlp_service.text import prepare


class ForgetfulCache:
    """Remembers nothing, but knows what it was asked and told."""

    def __init__(self):
        self.asked = []
        self.told = {}

    async def get_many(self, keys):
        self.asked += keys
        return [None] * len(keys)

    async def set_many(self, vectors):
        self.told |= vectors

    async def close(self):
        pass


@pytest.fixture
def embedding(encoder, make_batcher, telemetry):
    """Opens an embedder over a memory cache, or over the one given."""

    @asynccontextmanager
    async def open_(cache=None, encoder=encoder):
        batcher = make_batcher()
        yield Embedder(encoder, batcher, cache or MemoryCache(100, telemetry), telemetry)
        await batcher.close()

    return open_


@pytest.fixture
def expected(encoder):
    """The vector that a text must get."""
    return lambda text: encoder.expected(encoder.tokenize([prepare(text)])[0])


def test_vectors_come_in_the_order_of_the_texts_duplicates_too(run, encoder, embedding, expected, same):
    texts = ["退款", "a longer text than the others", "退款", "发票", "x"]

    async def scenario():
        async with embedding() as embedder:
            return await embedder.embed(texts)

    vectors = run(scenario())
    assert vectors.shape == (5, encoder.info.dimension)
    assert vectors.dtype == np.float32
    assert all(same(vector, expected(text)) for text, vector in zip(texts, vectors, strict=True))
    assert len(encoder.encoded) == 4


def test_texts_that_would_find_no_place_are_refused_before_they_are_tokenised(run, encoder, embedding):
    async def scenario():
        async with embedding() as embedder:
            encoder.gate.clear()
            running = asyncio.create_task(embedder.embed(["x"]))
            await asyncio.to_thread(encoder.entered.wait, 30)
            waiting = asyncio.create_task(embedder.embed([f"{number} of many" for number in range(40)]))
            await asyncio.sleep(0.1)
            embedder.expect(["退款", "\ud800"])
            with pytest.raises(OverloadedError) as refusal:
                embedder.expect(["退款" * 400])
            encoder.gate.set()
            await asyncio.gather(running, waiting)
        return refusal.value

    assert run(scenario()).retry_after_s > 0


def test_what_is_cached_is_not_encoded(run, encoder, embedding, same, metric):
    async def scenario():
        async with embedding() as embedder:
            first = await embedder.embed(["退款", "发票"])
            again = await embedder.embed(["发票", "new", "退款"])
            return first, again

    first, again = run(scenario())
    assert len(encoder.encoded) == 3
    assert same(again[[2, 0]], first)
    assert metric("cache_lookups_total", backend="memory", result="hit") == 2
    assert metric("cache_lookups_total", backend="memory", result="miss") == 3


def test_an_empty_text_is_zeros_and_costs_nothing(run, encoder, embedding):
    async def scenario():
        async with embedding() as embedder:
            nothing = await embedder.embed([])
            blank = await embedder.embed(["", " \n\t", "\u200b\ufeff"])
            assert encoder.batches == []
            mixed = await embedder.embed(["", "退款", ""])
            return nothing, blank, mixed

    nothing, blank, mixed = run(scenario())
    assert nothing.shape == (0, encoder.info.dimension)
    assert not blank.any()
    assert mixed.any(axis=1).tolist() == [False, True, False]


def test_texts_that_are_equal_once_prepared_share_one_encoding(run, encoder, embedding, same):
    async def scenario():
        async with embedding() as embedder:
            return await embedder.embed(
                ["我要退货。", "我要退貨。", "  我要退货。\u200b", "太好了啊啊啊啊啊", "太好了啊啊啊啊啊啊啊啊"]
            )

    vectors = run(scenario())
    assert len(encoder.encoded) == 2
    assert same(vectors[0], vectors[1])
    assert same(vectors[0], vectors[2])
    assert same(vectors[3], vectors[4])
    assert not same(vectors[0], vectors[3])


def test_simultaneous_requests_encode_a_text_once(run, encoder, embedding, same):
    async def scenario():
        async with embedding() as embedder:
            return await asyncio.gather(*(embedder.embed(["退款", str(number % 3)]) for number in range(20)))

    answers = run(scenario())
    assert len(encoder.encoded) == 4
    assert all(same(answer[0], answers[0][0]) for answer in answers)


def test_keys_depend_on_the_text_and_on_the_encoder_and_hide_the_text(run, encoder, embedding):
    async def keys(of):
        cache = ForgetfulCache()
        async with embedding(cache, of) as embedder:
            await embedder.embed(["退款 13800138000", "发票"])
        assert set(cache.told) == set(cache.asked)
        return set(cache.asked)

    mine, again, others = run(keys(encoder)), run(keys(encoder)), run(keys(FakeEncoder(8, 100)))
    assert len(mine) == 2
    assert mine == again
    assert not mine & others
    assert all(key.isascii() and "13800138000" not in key for key in mine)


def test_vectors_of_another_precision_have_keys_of_their_own(run, embedding):
    def keys(precision):
        cache, encoder = ForgetfulCache(), FakeEncoder(8)
        encoder._info = replace(encoder.info, precision=precision)

        async def scenario():
            async with embedding(cache, encoder) as embedder:
                await embedder.embed(["退款", "发票"])

        run(scenario())
        return set(cache.asked)

    assert not keys("float32") & keys("bfloat16")


def test_a_failure_is_not_remembered(run, encoder, embedding, same, expected):
    async def scenario():
        async with embedding() as embedder:
            encoder.poison = encoder.tokenize(["退款"])
            with pytest.raises(EncodingError):
                await embedder.embed(["退款"])
            encoder.poison = []
            return await embedder.embed(["退款"])

    assert same(run(scenario())[0], expected("退款"))


@pytest.mark.parametrize("how", ["no time left", "the encoder fails"])
def test_what_has_landed_is_cached_even_if_the_request_ends_without_the_rest(
    run, encoder, embedding, expected, same, how
):
    cache = ForgetfulCache()
    texts = ["退款" * 20, "发票" * 20]  # a batch each
    if how == "the encoder fails":
        encoder.poison = encoder.tokenize(texts[1:])
    whole = encoder.encode

    def the_next_must_wait(sequences):
        vectors = whole(sequences)
        encoder.gate.clear()
        return vectors

    async def scenario():
        encoder.encode = the_next_must_wait
        async with embedding(cache) as embedder:
            first = asyncio.create_task(embedder.embed(texts[:1]))
            request = asyncio.create_task(embedder.embed(texts))
            while len(encoder.batches) < 2:  # noqa: ASYNC110 (what happens in the encoder's thread sets no asyncio event)
                await asyncio.sleep(0.001)
            await first
            cache.told.clear()
            if how == "no time left":
                request.cancel()
            encoder.gate.set()
            with pytest.raises((asyncio.CancelledError, EncodingError)):
                await request

    run(scenario())
    (vector,) = cache.told.values()
    assert same(vector, expected(texts[0]))


def test_whole_texts_come_with_the_tokens_of_the_prepared_text(run, encoder, embedding, same):
    async def scenario():
        async with embedding() as embedder:
            vectors, counts = await embedder.embed_whole(["", "  退款  ", "退款", "发票。"])
            return vectors, counts, await embedder.embed(["", "退款", "退款", "发票。"])

    vectors, counts, embedded = run(scenario())
    assert counts == [2, 4, 4, 5]
    assert same(vectors, embedded)
    assert len(encoder.encoded) == 2


def test_a_text_that_is_not_read_to_its_end_is_not_embedded_whole(run, encoder, embedding):
    async def scenario():
        async with embedding() as embedder:
            with pytest.raises(TextTooLongError) as error:
                await embedder.embed_whole(["退款", "字词" * 300])
            return error.value

    error = run(scenario())
    assert (error.position, error.max_tokens) == (1, encoder.info.max_tokens)
    assert encoder.batches == []


def test_long_requests_get_the_vectors_that_short_ones_get(run, embedding, same):
    """They are prepared and tokenised in another thread."""
    texts = [f"第{number}个包裹还没有到，请问什么时候能送来？" for number in range(100)]

    async def scenario():
        async with embedding() as embedder:
            together = await embedder.embed(texts)
        async with embedding() as embedder:
            return together, [await embedder.embed([text]) for text in texts]

    together, alone = run(scenario())
    assert all(same(row, one[0]) for row, one in zip(together, alone, strict=True))
