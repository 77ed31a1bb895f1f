"""What was said of a sentence is remembered, and nothing else changes."""

import asyncio
import dataclasses
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service import artifact, document_judging, taxonomy
from nlp_service.analysis import Analysis
from nlp_service.contracts import FEATURES, Document, ModelInfo, Turn
from nlp_service.document_judging import SPLITTING
from nlp_service.errors import OverloadedError
from nlp_service.judging import Feelings, Judgement, Said, Tasks
from nlp_service.memory import Memory
from nlp_service.settings import MODELS
from nlp_service.tasks.emotions import EmotionClassifier
from nlp_service.tasks.faq import WORDINGS_FILE, Calibration, FaqSuggester, read_entries
from nlp_service.tasks.kinds import KindClassifier
from nlp_service.tasks.questions import QuestionClusterer, Standing
from nlp_service.tasks.reasons import ReasonClassifier
from nlp_service.tasks.sentiment import SentimentClassifier
from nlp_service.telemetry import Telemetry
from nlp_service.text_head import READ_WHOLE

DIMENSION = 384
SENTENCES = [
    "快递太慢了，客服态度也差。",
    "什么时候能到？",
    "發票抬頭寫錯了，能重開嗎？",
    "謝謝你們！",
    "The parcel is broken, but the driver was friendly.",
    "Can I return it?",
]
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
    """Vectors that depend on the text alone; counts what it is asked for, and refuses what is expected if full."""

    info = SimpleNamespace(dimension=DIMENSION)

    def __init__(self):
        self.asked = []
        self.full = False

    def expect(self, texts):
        if self.full:
            raise OverloadedError(1.0)

    async def embed(self, texts):
        self.asked += texts
        rows = [np.random.default_rng(list(text.encode())).normal(size=DIMENSION) for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(-1, DIMENSION)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class OneByOne:
    """A head that sees each sentence alone, because a BLAS's last bits depend on their number; notes when it's asked.

    Args:
        asked: where its name goes.
    """

    def __init__(self, name, head, asked):
        self._name, self._head, self._asked = name, head, asked

    def __getattr__(self, name):
        return getattr(self._head, name)

    def classify(self, vectors, words):
        self._asked.add(self._name)
        rows = range(max(len(vectors), 1))  # of no sentences, the shape
        return np.concatenate([self._head.classify(vectors[row : row + 1], words.part(row, row + 1)) for row in rows])

    def aspects_of_each(self, texts, vectors, probabilities):
        self._asked.add("aspects")
        return [self._head.aspects(*one) for one in zip(texts, vectors, probabilities, strict=False)]

    def suggest(self, vectors, languages, top_k):
        pairs = zip(vectors, languages, strict=True)
        return [self._head.suggest(vector[None], [language], top_k)[0] for vector, language in pairs]


@pytest.fixture(scope="module")
def tasks():
    """The bundled heads."""
    digest = artifact.load(MODELS / "encoder", "encoder").digest
    heads = {
        kind: artifact.load(MODELS / kind, kind) for kind in ("reasons", "sentiment", "emotions", "kinds", "questions")
    }
    faq = artifact.load(MODELS / "faq", "faq")
    tree = taxonomy.load(MODELS / "reasons" / heads["reasons"].config["taxonomy"])
    return Tasks(
        reasons=ReasonClassifier(heads["reasons"], tree, encoder_digest=digest, precision=0.85),
        sentiment=SentimentClassifier(heads["sentiment"], encoder_digest=digest),
        emotions=EmotionClassifier(heads["emotions"], encoder_digest=digest),
        kinds=KindClassifier(heads["kinds"], encoder_digest=digest),
        questions=QuestionClusterer(),
        standing=Standing(heads["questions"], encoder_digest=digest),
        faq=FaqSuggester(
            read_entries(MODELS / "faq" / "retail.jsonl"),
            faq.tensors(WORDINGS_FILE)["vectors"],
            Calibration.from_artifact(faq),
        ),
    )


@pytest.fixture(scope="module")
def make_noting(tasks):
    """An analysis that remembers so many judgements, whose answers are the same to the last bit; and who is asked."""
    telemetry = Telemetry()

    def made(judgements, for_reasons=None):
        asked = set()
        heads = {
            name: OneByOne(name, getattr(tasks, name), asked)
            for name in ("reasons", "sentiment", "emotions", "kinds", "faq")
        }
        analysis = Analysis(
            CountingEmbedder(),
            dataclasses.replace(tasks, **heads),
            knowledge_base="retail",
            models=[],
            telemetry=telemetry,
            for_reasons=for_reasons,
            judgements=judgements,
        )
        return analysis, asked

    return made


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


def test_a_conversation_that_finds_no_place_is_refused_before_it_is_split_but_not_one_that_is_remembered(
    make, monkeypatch
):
    analysis, embedder = make(1_000)
    first = answers(analysis)
    embedder.full = True
    assert answers(analysis) == first
    monkeypatch.setattr(document_judging, "split", None)
    with pytest.raises(OverloadedError):
        asyncio.run(analysis.analyze([Document((Turn("customer", "我的订单呢？"),))]))


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


CALLS = st.tuples(
    st.sampled_from(["reasons", "sentiment", "analyze"]),
    st.lists(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=2).map(" ".join), min_size=1, max_size=3),
    st.lists(st.sampled_from(FEATURES), min_size=1, unique=True),
)


async def answer(analysis, call):
    """Of one of the calls; `analyze` gets the texts as turns of customer and agent."""
    name, texts, features = call
    if name == "analyze":
        turns = zip(("customer", "agent", "customer"), texts, strict=False)
        return await analysis.analyze([Document(tuple(Turn(*turn) for turn in turns))], features)
    return await getattr(analysis, name)(texts)


@given(st.sampled_from([0, 5, 1_000]), st.lists(st.lists(CALLS, min_size=1, max_size=3), min_size=1, max_size=5))
def test_an_answer_does_not_depend_on_what_was_asked_before_or_meanwhile(make_noting, judgements, steps):
    async def simultaneously(analysis, calls):
        return await asyncio.gather(*(answer(analysis, call) for call in calls))

    async def scenario():
        analysis, _ = make_noting(judgements)
        for calls in steps:
            alone = [await answer(make_noting(0)[0], call) for call in calls]
            assert await simultaneously(analysis, calls) == alone

    asyncio.run(scenario())


FEEL, READ = {"sentiment", "emotions", "aspects"}, {"reasons"}


@pytest.mark.parametrize(
    ("name", "features", "heads"),
    [
        ("reasons", [], {"kinds"} | READ),
        ("sentiment", [], {"kinds"} | FEEL),
        ("analyze", FEATURES, {"kinds"} | READ | FEEL),
        ("analyze", ["reasons", "faq"], {"kinds"} | READ),
        ("analyze", ["sentiment"], {"kinds"} | FEEL),
        ("analyze", ["questions"], {"kinds"}),
    ],
)
def test_only_what_is_wanted_is_judged_and_nothing_after_everything_was(make_noting, name, features, heads):
    call, everything = (name, SENTENCES[:1], features), ("analyze", SENTENCES[:1], FEATURES)
    analysis, asked = make_noting(100)
    asyncio.run(answer(analysis, call))
    assert asked == heads
    analysis, asked = make_noting(100)
    asyncio.run(answer(analysis, everything))
    asked.clear()
    asyncio.run(answer(analysis, call))
    assert asked == set()


def test_sentences_are_encoded_for_contact_reasons_only_where_these_are_wanted(make_noting):
    embedder = CountingEmbedder()
    analysis, _ = make_noting(0, embedder)
    asyncio.run(analysis.sentiment(SENTENCES))
    assert embedder.asked == []
    asyncio.run(analysis.reasons(SENTENCES))
    assert sorted(embedder.asked) == sorted(SENTENCES)


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


def test_a_text_is_read_as_a_whole_for_its_contact_reason_from_where_it_says_something(make):
    analysis, embedder = make(0)
    wrapped = f"https://x.com/?q={'a' * 700} 我要退款。快递丢了，三天没有更新。"
    asyncio.run(analysis.reasons([wrapped]))
    assert "我要退款。快递丢了,三天没有更新" in embedder.asked
    embedder.asked.clear()
    asyncio.run(analysis.reasons(["我要退款。"]))
    assert embedder.asked == ["我要退款。"]


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


def test_a_conversation_is_known_by_everything_that_its_result_depends_on(make_noting):
    analysis, _ = make_noting(10_000)
    turns = CHAT.turns
    others = [
        dataclasses.replace(CHAT, turns=(*turns[:2], dataclasses.replace(turns[2], stage="delivery"), *turns[3:])),
        dataclasses.replace(CHAT, turns=(dataclasses.replace(turns[0], speaker="agent"), *turns[1:])),
        dataclasses.replace(CHAT, language="en"),
    ]
    asyncio.run(analysis.analyze([CHAT]))
    fresh, _ = make_noting(0)
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
    return Judgement("statement", feelings=Feelings("neutral", score, (0.0, 1.0, 0.0)))


def test_what_was_met_last_is_kept():
    memory = Memory(2)
    first, second, third = (Said(text, True) for text in "甲乙丙")
    memory.keep({first: judgement(1), second: judgement(2)})
    memory.recall([first])
    memory.keep({third: judgement(3)})
    assert [found and found.feelings.score for found in memory.recall([first, second, third])] == [1, None, 3]


def test_a_memory_of_no_size_keeps_nothing():
    memory = Memory(0)
    memory.keep({Said("甲", True): judgement(1)})
    assert memory.recall([Said("甲", True)]) == [None]


def test_what_is_not_remembered_is_found_once_and_kept_where_it_is_worth_it():
    memory, looked_for = Memory(10), []

    async def length(texts):
        looked_for.append(texts)
        return [len(text) for text in texts]

    def lengths(*texts):
        return asyncio.run(memory.recall_or(texts, length, lambda text: text != "乙乙"))

    assert lengths("甲", "乙乙", "甲") == [1, 2, 1]
    assert lengths("乙乙", "丙丙丙", "甲") == [2, 3, 1]
    assert lengths("甲", "丙丙丙") == [1, 3]
    assert looked_for == [["甲", "乙乙"], ["乙乙", "丙丙丙"]]


def test_threads_may_share_a_memory():
    memory = Memory(50)

    def work(seed):
        for number in np.random.default_rng(seed).integers(0, 100, 2_000).tolist():
            said = Said(str(number), True)
            (found,) = memory.recall([said])
            assert found is None or found.feelings.score == number
            memory.keep({said: judgement(number)})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sum(found is not None for found in memory.recall([Said(str(number), True) for number in range(100)])) == 50
