"""What was said of a sentence is remembered, and nothing else changes."""

import asyncio
import dataclasses
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from nlp_service import artifact, taxonomy
from nlp_service.analysis import SPLITTING, Analysis
from nlp_service.contracts import FEATURES, Document, ModelInfo, Turn
from nlp_service.judging import Judgement, Said, Tasks
from nlp_service.memory import Memory
from nlp_service.settings import MODELS
from nlp_service.tasks.emotions import EmotionClassifier
from nlp_service.tasks.faq import WORDINGS_FILE, Calibration, FaqSuggester, read_entries
from nlp_service.tasks.kinds import KindClassifier
from nlp_service.tasks.questions import QuestionClusterer
from nlp_service.tasks.reasons import ReasonClassifier
from nlp_service.tasks.sentiment import SentimentClassifier
from nlp_service.text_head import READ_WHOLE

DIMENSION = 384
CHAT = Document(
    (
        Turn("customer", "你好，我的快递三天没动了！什么时候能到？物流太慢，客服态度也差。"),
        Turn("agent", "非常抱歉，我帮您查一下。请稍等。"),
        Turn("customer", "谢谢！"),
        Turn("agent", "谢谢！"),
        Turn("customer", "訂單還沒發貨，我要退款。The parcel is broken, but the driver was friendly."),
    ),
    id="chat",
)


class CountingEmbedder:
    """Vectors that depend on the text alone; counts what it is asked for."""

    info = SimpleNamespace(dimension=DIMENSION)

    def __init__(self):
        self.asked = []

    async def embed(self, texts):
        self.asked += texts
        rows = [np.random.default_rng(list(text.encode())).normal(size=DIMENSION) for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(-1, DIMENSION)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def tasks():
    """The bundled heads."""
    digest = artifact.load(MODELS / "encoder", "encoder").digest
    heads = {kind: artifact.load(MODELS / kind, kind) for kind in ("reasons", "sentiment", "emotions", "kinds")}
    faq = artifact.load(MODELS / "faq", "faq")
    tree = taxonomy.load(MODELS / "reasons" / heads["reasons"].config["taxonomy"])
    return Tasks(
        reasons=ReasonClassifier(heads["reasons"], tree, encoder_digest=digest, precision=0.85),
        sentiment=SentimentClassifier(heads["sentiment"], encoder_digest=digest),
        emotions=EmotionClassifier(heads["emotions"], encoder_digest=digest),
        kinds=KindClassifier(heads["kinds"], encoder_digest=digest),
        questions=QuestionClusterer(),
        faq=FaqSuggester(
            read_entries(MODELS / "faq" / "retail.jsonl"),
            faq.tensors(WORDINGS_FILE)["vectors"],
            Calibration.from_artifact(faq),
        ),
    )


@pytest.fixture
def make(tasks, telemetry):
    """An analysis that remembers so many judgements, and its embedder."""

    def made(judgements):
        embedder = CountingEmbedder()
        models = [ModelInfo("reasons", "n", "1", "d")]
        return Analysis(
            embedder, tasks, knowledge_base="retail", models=models, telemetry=telemetry, judgements=judgements
        ), embedder

    return made


def answers(analysis):
    async def all_of_them():
        return (
            await analysis.analyze([CHAT]),
            await analysis.reasons([turn.text for turn in CHAT.turns]),
            await analysis.sentiment([turn.text for turn in CHAT.turns]),
        )

    return asyncio.run(all_of_them())


def test_a_remembered_sentence_or_text_needs_no_vector_and_gets_the_same_answers(make):
    analysis, embedder = make(1_000)
    first = answers(analysis)
    assert embedder.asked
    embedder.asked.clear()
    assert answers(analysis) == first
    assert embedder.asked == []


def test_answers_without_a_memory_are_the_same(make):
    def rounded(value):
        if isinstance(value, float):
            return pytest.approx(value, abs=1e-4)
        if isinstance(value, dict):
            return {name: rounded(part) for name, part in value.items()}
        return [rounded(part) for part in value] if isinstance(value, list | tuple) else value

    remembering, _ = make(100)
    answers(remembering)
    forgetful, embedder = make(0)
    without = answers(forgetful)
    assert [dataclasses.asdict(one) for part in answers(remembering) for one in part] == [
        rounded(dataclasses.asdict(one)) for part in without for one in part
    ]
    embedder.asked.clear()
    answers(forgetful)
    assert embedder.asked


def test_agents_and_customers_are_judged_apart(make):
    analysis, embedder = make(100)
    (result,) = asyncio.run(analysis.analyze([CHAT]))
    assert embedder.asked.count("谢谢！") == 2
    assert all(
        said.emotion is None and not said.aspects and said.reason is None
        for said in result.sentences
        if said.speaker == "agent"
    )
    assert any(said.aspects for said in result.sentences if said.speaker == "customer")


def test_a_text_of_several_sentences_is_read_as_a_whole_too(make):
    analysis, embedder = make(0)
    several, one = "房间很大。就是太吵了，一夜没睡！", "就是太吵了，一夜没睡！"
    first, second = asyncio.run(analysis.sentiment([several, one]))
    assert sorted(embedder.asked) == sorted([several, "房间很大。", one])
    assert [said.probabilities for said in second.sentences] == [second.overall.probabilities]
    assert first.sentences[1].probabilities == second.overall.probabilities
    (alone,) = asyncio.run(analysis.sentiment([several]))
    assert alone == first


def test_only_the_beginning_of_a_long_text_is_read_as_a_whole(make):
    analysis, embedder = make(0)
    long = "房间很大。" * 300
    (result,) = asyncio.run(analysis.sentiment([long]))
    assert max(embedder.asked, key=len) == long[:READ_WHOLE]
    assert len(result.sentences) == 300


def test_texts_sent_twice_are_answered_alike_and_kept_unless_long(make):
    analysis, embedder = make(1_000)
    texts = ["快递太慢了。客服不错。", "快递太慢了。客服不错。", "快递太慢了。" * 400]
    first = asyncio.run(analysis.sentiment(texts))
    assert first[0] == first[1]
    embedder.asked.clear()
    assert asyncio.run(analysis.sentiment(texts)) == first
    assert embedder.asked == [texts[2][:READ_WHOLE]]


def test_an_analysis_with_other_reasons_remembers_nothing(make, tasks):
    analysis, embedder = make(100)
    answers(analysis)
    embedder.asked.clear()
    answers(analysis.with_reasons(tasks.reasons, ModelInfo("reasons", "n", "2", "e")))
    assert embedder.asked


def test_the_same_conversation_gets_the_same_result_under_its_own_id(make, monkeypatch):
    analysis, _ = make(100)
    (first,) = asyncio.run(analysis.analyze([CHAT]))
    monkeypatch.setattr(analysis, "_analyze", None)  # what is remembered needs no analysis
    (again,) = asyncio.run(analysis.analyze([dataclasses.replace(CHAT, id="other")]))
    assert again == dataclasses.replace(first, id="other")


def test_a_conversation_is_known_by_everything_that_its_result_depends_on(make):
    analysis, _ = make(10_000)
    turns = CHAT.turns
    others = [
        dataclasses.replace(CHAT, turns=(*turns[:2], dataclasses.replace(turns[2], stage="delivery"), *turns[3:])),
        dataclasses.replace(CHAT, turns=(dataclasses.replace(turns[0], speaker="agent"), *turns[1:])),
        dataclasses.replace(CHAT, language="en"),
    ]
    asyncio.run(analysis.analyze([CHAT]))
    fresh, _ = make(0)
    for other in others:
        assert asyncio.run(analysis.analyze([other])) == asyncio.run(fresh.analyze([other]))
    assert asyncio.run(analysis.analyze([CHAT], ["reasons"]))[0].sentences is None


def test_a_long_document_is_not_remembered(make):
    analysis, _ = make(10_000)
    long = Document((Turn("customer", "快递太慢了。" * 400),))
    asyncio.run(analysis.analyze([long]))
    assert not analysis._answered.recall([(long, tuple(FEATURES))])[0]


def test_a_faq_answer_in_one_language_is_not_given_in_another(make):
    analysis, _ = make(100)
    question = "How long does the parcel take? 快递几天能到？"
    one, other = (
        asyncio.run(analysis.analyze([Document((Turn("customer", question),), language=language)]))
        for language in ("en", "zh-Hans")
    )
    fresh, _ = make(0)
    assert other == asyncio.run(fresh.analyze([Document((Turn("customer", question),), language="zh-Hans")]))
    assert one[0].language != other[0].language


@pytest.mark.parametrize("copies", [1, 40])
def test_a_large_request_is_answered_as_its_parts_are(make, copies):
    """Whether on the spot or in threads, at once or part by part."""
    documents = [
        Document((Turn("customer", f"第{number}单的快递太慢了。什么时候到？" * 3),)) for number in range(copies)
    ]
    assert (sum(len(one.turns[0].text) for one in documents) > SPLITTING.few) == (copies > 1)
    analysis, _ = make(0)
    together = asyncio.run(analysis.analyze(documents))
    alone = [asyncio.run(analysis.analyze([document]))[0] for document in documents]
    assert [[said.kind for said in one.sentences] for one in together] == [
        [said.kind for said in one.sentences] for one in alone
    ]
    assert [one.journey.mean for one in together] == pytest.approx([one.journey.mean for one in alone], abs=1e-4)


def judgement(score):
    return Judgement("neutral", score, (0.0, 1.0, 0.0), "statement")


def test_what_was_met_last_is_kept():
    memory = Memory(2)
    first, second, third = (Said(text, True) for text in "甲乙丙")
    memory.keep({first: judgement(1), second: judgement(2)})
    memory.recall([first])
    memory.keep({third: judgement(3)})
    assert [found and found.score for found in memory.recall([first, second, third])] == [1, None, 3]


def test_a_memory_of_no_size_keeps_nothing():
    memory = Memory(0)
    memory.keep({Said("甲", True): judgement(1)})
    assert memory.recall([Said("甲", True)]) == [None]


def test_threads_may_share_a_memory():
    memory = Memory(50)

    def work(seed):
        for number in np.random.default_rng(seed).integers(0, 100, 2_000).tolist():
            said = Said(str(number), True)
            (found,) = memory.recall([said])
            assert found is None or found.score == number
            memory.keep({said: judgement(number)})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sum(found is not None for found in memory.recall([Said(str(number), True) for number in range(100)])) == 50
