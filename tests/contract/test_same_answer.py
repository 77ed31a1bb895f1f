"""The promise: an answer doesn't depend on neighbours in a batch, on padding, or on whether it came from a cache."""

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nlp_service.assembly import running
from nlp_service.settings import load
from nlp_service.telemetry import Telemetry

TRANSCRIPTS = Path(__file__).parent.parent / "fixtures" / "transcripts.jsonl"
TEXTS = 64
TOLERANCE = 1e-4
EVERY = 10_000
"""More than there are codes or entries: with all alternatives shown, no difference can hide behind the last place."""
ROUNDING = 1e-9
MAX_SECONDS = 240


def _texts():
    """Texts of one character to a few hundred, interleaved so that neighbours differ in length."""
    rows = [json.loads(line) for line in TRANSCRIPTS.read_text(encoding="utf-8").splitlines()]
    turns = list(dict.fromkeys(turn["text"] for row in rows for turn in row["turns"] if turn["text"].strip()))
    extra = [
        "嗯",
        "？",
        "ok",
        "👍👍",
        "荷物がまだ届きません。",
        "訂單編號 HK20260412，包裹顯示已送達，可是我根本沒收到，請幫我查一下是誰簽收的。",
        "I was charged twice for order 88-1203, please refund one of the payments to my card as soon as you can.",
        "，".join(["这个冰箱制冷不行", "门也关不严", "声音大得晚上睡不着", "师傅来了两次都没修好"] * 2) + "。",
    ]
    joined = ["。".join(turns[start : start + 3]) for start in range(0, 12, 3)]
    by_length = sorted([*extra, *joined, *turns], key=len)
    step = len(by_length) / TEXTS
    chosen = [by_length[int(row * step)] for row in range(TEXTS - 1)] + by_length[-1:]
    half = TEXTS // 2
    return [text for pair in zip(chosen[:half], reversed(chosen[half:]), strict=True) for text in pair]


@asynccontextmanager
async def _service(**settings):
    telemetry = Telemetry()
    async with running(load(settings), telemetry) as service:
        yield service.analysis, telemetry


async def _answers(analysis, texts):
    """All probabilities of each text, by what they are of; a label that has none counts as certain."""
    reasons = await analysis.reasons(texts, EVERY)
    sentiments = await analysis.sentiment(texts)
    suggestions = await analysis.suggest(texts, EVERY)
    return [_probabilities(*parts) for parts in zip(reasons, sentiments, suggestions, strict=True)]


def _probabilities(reason, sentiment, faq):
    answer = {f"reason {node.code}": node.probability for node in [*reason.path, *reason.alternatives]}
    for number, part in enumerate([sentiment.overall, *sentiment.sentences]):
        answer |= {f"sentiment {number} {name}": value for name, value in part.probabilities.items()}
        answer[f"emotion {number} {part.emotion}"] = 1.0
    for number, part in enumerate(sentiment.sentences):
        answer[f"kind {number} {part.kind}"] = 1.0
        answer |= {f"aspect {number} {one.start} {one.end}": one.score for one in part.aspects}
    return answer | {f"faq {item.id}": item.probability for item in faq.suggestions}


@pytest.fixture(scope="module")
def texts():
    texts = _texts()
    assert len(texts) == len(set(texts)) == TEXTS
    return texts


@pytest.fixture(scope="module")
def answers(texts, run, shared_redis, metrics):
    """The same texts answered in every way, each way with a proof that it was that way."""
    shared_redis.client.flushall()

    async def scenario():
        ways = {}
        async with _service() as (analysis, _):
            ways["alone"] = [(await _answers(analysis, [text]))[0] for text in texts]
        async with _service(redis_url=shared_redis.url, redis_timeout_ms=10_000, judgements=0) as (
            analysis,
            telemetry,
        ):
            before = _encoded(telemetry)
            ways["in a batch"] = await _answers(analysis, texts)
            assert _encoded(telemetry) > before
            before = _encoded(telemetry)
            ways["from memory"] = await _answers(analysis, texts)
            assert _encoded(telemetry) == before
        async with _service(redis_url=shared_redis.url, redis_timeout_ms=10_000, cache_entries=0) as (
            analysis,
            telemetry,
        ):
            before = _encoded(telemetry)
            ways["from Redis"] = await _answers(analysis, texts)
            assert _encoded(telemetry) == before
        async with _service() as (analysis, _):
            await _answers(analysis, texts)
            ways["from remembered judgements"] = await _answers(analysis, texts)
        async with _service() as (analysis, _):
            parts = await asyncio.gather(*(_answers(analysis, texts[start::8]) for start in range(8)))
            ways["in simultaneous requests"] = [parts[row % 8][row // 8] for row in range(TEXTS)]
        return ways

    def _encoded(telemetry):
        return metrics(telemetry.render().decode())("batch_tokens_total")

    return run(scenario(), MAX_SECONDS)


@pytest.mark.parametrize(
    "way", ["in a batch", "from memory", "from Redis", "from remembered judgements", "in simultaneous requests"]
)
def test_every_probability_is_the_one_of_the_text_alone(answers, texts, way):
    largest = 0.0
    for text, alone, other in zip(texts, answers["alone"], answers[way], strict=True):
        assert alone.keys() == other.keys(), text
        largest = max([largest, *(abs(alone[key] - other[key]) for key in alone)])
    assert largest <= TOLERANCE + ROUNDING


def test_the_comparison_has_something_to_compare(answers):
    spread = {round(value, 2) for answer in answers["alone"] for value in answer.values()}
    assert len(spread) > 50
    kinds = {key.partition(" ")[0] for answer in answers["alone"] for key in answer}
    assert kinds == {"reason", "sentiment", "emotion", "kind", "aspect", "faq"}
