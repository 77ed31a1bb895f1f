"""The order of the steps: text → sentences → vectors → answers. Start reading here.

Each new sentence of a request is encoded once; reasons, sentiment, kinds, questions and FAQ are small heads on that one
vector, asked only if somebody wants to know. What they said of a sentence is remembered for a while. Steps that use the
CPU run in threads, a part of a large request at a time, so that the event loop and the threads are soon free for other
requests; what takes less time than the way to a thread and back doesn't go there.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from nlp_service.cluster_context import in_context
from nlp_service.contracts import (
    FEATURES,
    Cluster,
    Clustering,
    ContactReason,
    Document,
    DocumentResult,
    FaqResult,
    Feature,
    ModelInfo,
    Progress,
    QuestionItem,
    Skipped,
    Speaker,
    TextSentiment,
    Vectors,
    unobserved,
)
from nlp_service.conversation import (
    TOP_K,
    Recalled,
    as_document,
    by_sentences,
    conclude,
    read_whole,
    reasons,
    split,
    text_sentiment,
)
from nlp_service.embedding.embedder import Embedder
from nlp_service.errors import InvalidInputError, TextTooLongError
from nlp_service.joint_judging import JointJudging
from nlp_service.judging import EVERYTHING, Judgement, Said, Tasks, Wanted
from nlp_service.memory import Memory
from nlp_service.tasks.reasons import ReasonClassifier
from nlp_service.taxonomy import Taxonomy
from nlp_service.telemetry import Telemetry
from nlp_service.text import detect_language, essence, ngrams_of, prepare, without_masks
from nlp_service.text_head import beginning

T = TypeVar("T")
REMEMBERED_CHARACTERS = 2_000
"""Results of longer documents and texts aren't remembered: they would make what is kept large."""
JUDGEMENTS_A_RESULT = 50
"""For so many judgements that may be kept, one document's and one text's result is."""
TEXTS_AT_ONCE = 512


class Pace(NamedTuple):
    """How a stage is done: sizes that add up to `at_once` in a thread (a few ms), `few` on the spot (half a ms)."""

    stage: str
    at_once: int
    few: int


SPLITTING = Pace("split", 2_000, 500)
"""In characters."""
CONCLUDING = Pace("heads", 32, 24)
"""In sentences."""
WHOLES_AT_ONCE = 32
READING = Pace("heads", WHOLES_AT_ONCE, 4)
"""In texts that are read as a whole."""


class Analysis:
    """Everything the service can say about texts. Results are in the order of what was given.

    It never changes: results, digests and taxonomies that are asked of the same one belong together.

    Args:
        for_reasons: what encodes sentences a second time, if the contact-reason model has an encoder of its own.
        judgements: of how many sentences it remembers what the heads said.

    Any method may raise OverloadedError, NotReadyError or EncodingError (see `Embedder.embed`).
    """

    def __init__(
        self,
        embedder: Embedder,
        tasks: Tasks,
        *,
        knowledge_base: str,
        models: Sequence[ModelInfo],
        telemetry: Telemetry,
        for_reasons: Embedder | None = None,
        judgements: int = 0,
    ) -> None:
        self._embedder = embedder
        self._for_reasons = for_reasons or embedder
        self._tasks = tasks
        self._knowledge_base = knowledge_base
        self._models = tuple(models)
        self._telemetry = telemetry
        self._judgements = judgements
        # What is remembered belongs to these heads: another Analysis begins with nothing.
        self._memory: Memory[tuple[Said, Wanted], Judgement] = Memory(judgements)
        self._answered: Memory[tuple[Document, Collection[Feature]], DocumentResult] = Memory(
            judgements // JUDGEMENTS_A_RESULT
        )
        self._felt: Memory[str, TextSentiment] = Memory(judgements // JUDGEMENTS_A_RESULT)
        self._heads = JointJudging(tasks)

    def with_reasons(self, reasons: ReasonClassifier, model: ModelInfo) -> "Analysis":
        """The same with another contact-reason model; whoever still holds this one isn't touched."""
        return Analysis(
            self._embedder,
            replace(self._tasks, reasons=reasons),
            knowledge_base=self._knowledge_base,
            models=[model if known.task == model.task else known for known in self._models],
            telemetry=self._telemetry,
            for_reasons=self._for_reasons,
            judgements=self._judgements,
        )

    async def analyze(
        self, documents: Sequence[Document], features: Collection[Feature] = FEATURES
    ) -> list[DocumentResult]:
        """The whole analysis of each document. System turns are not analysed."""
        keys = [(replace(document, id=None), tuple(features)) for document in documents]

        async def find(new: Sequence[tuple[Document, Collection[Feature]]]) -> list[DocumentResult]:
            return await self._analyze([document for document, _ in new], features)

        results = await self._answered.recall_or(keys, find, lambda key: _characters(key[0]) <= REMEMBERED_CHARACTERS)
        return [replace(result, id=document.id) for document, result in zip(documents, results, strict=True)]

    async def _analyze(self, documents: Sequence[Document], features: Collection[Feature]) -> list[DocumentResult]:
        speakers: set[Speaker] = {"customer", "agent"} if "sentiment" in features else {"customer"}
        wanted = Wanted(reasons="reasons" in features, feelings="sentiment" in features)
        recalled, new = await self._judge(documents, speakers, wanted)

        def result(document: Document, part: Recalled) -> DocumentResult:
            return conclude(document, part.judged(new), features, self._tasks)

        return await self._conclude(
            recalled, [partial(result, *pair) for pair in zip(documents, recalled, strict=True)]
        )

    async def reasons(
        self, texts: Sequence[str], top_k: int = TOP_K, taxonomy: str | None = None
    ) -> list[ContactReason]:
        """The main contact reason of each text, with `top_k` alternatives.

        Raises:
            InvalidInputError: if `taxonomy` isn't the loaded one's id.
        """
        if taxonomy is not None and taxonomy not in self.taxonomies():
            raise InvalidInputError("no taxonomy of this id is loaded; GET /v1/taxonomies lists them", "/taxonomy")
        wanted = Wanted(reasons=True, feelings=False)
        recalled, new = await self._judge([as_document(text) for text in texts], {"customer"}, wanted)

        def reason(text: str, part: Recalled) -> ContactReason:
            if not part.sentences:
                return ContactReason("out_of_scope", None, [], [], skipped=[Skipped("reasons", "text_empty")])
            return reasons(part.judged(new), detect_language(text), top_k, self._tasks)[0]

        return await self._conclude(recalled, [partial(reason, *pair) for pair in zip(texts, recalled, strict=True)])

    async def sentiment(self, texts: Sequence[str]) -> list[TextSentiment]:
        """The sentiment of each text and of its sentences."""
        return await self._felt.recall_or(texts, self._sentiment, lambda text: len(text) <= REMEMBERED_CHARACTERS)

    async def _sentiment(self, texts: Sequence[str]) -> list[TextSentiment]:
        """Texts of several sentences are encoded as a whole too, together with their sentences."""
        wanted = Wanted(reasons=False, feelings=True)
        recalled = await self._recalled([as_document(text) for text in texts], {"customer"}, wanted)
        several = [at for at, part in enumerate(recalled) if len(part.sentences) > 1]
        wholes = [texts[at] for at in several]
        new, vectors = await self._judge_new(recalled, wanted, [beginning(text) for text in wholes])
        judged = [part.judged(new) for part in recalled]
        rows = {at: by_sentences(one) for at, one in enumerate(judged) if one.sentences}

        def read(start: int, stop: int) -> list[NDArray[np.float64]]:
            of_these = np.stack([rows[at] for at in several[start:stop]])
            return read_whole(wholes[start:stop], of_these, vectors[start:stop], self._tasks)

        parts = [(start, min(start + WHOLES_AT_ONCE, len(several))) for start in range(0, len(several), WHOLES_AT_ONCE)]
        works = [partial(read, *part) for part in parts]
        read_rows = await self._each(READING, works, [stop - start for start, stop in parts])
        rows |= zip(several, chain.from_iterable(read_rows), strict=True)
        return await self._conclude(
            recalled, [partial(text_sentiment, one, rows.get(at), self._tasks) for at, one in enumerate(judged)]
        )

    async def cluster(
        self,
        questions: Sequence[QuestionItem],
        previous: Sequence[Cluster] = (),
        progress: Progress = unobserved,
        least_size: int | None = None,
        previous_sample: Sequence[str] = (),
    ) -> Clustering:
        """Clusters of questions that ask the same; ids and names are kept from `previous` where a cluster lives on.

        Args:
            least_size: smallest number of questions in a cluster; by default it depends on how many are sent.
            previous_sample: `sample` of the same answer; by it a new topic is told from one overlooked before.
            progress: told how far the work is; it may raise to end it.
        """
        texts = [question.text for question in questions]
        sample = previous_sample if previous else ()
        wordings = [cluster.wordings or [cluster.representative] for cluster in previous]
        asked = [without_masks(text) for text in (*texts, *sample, *chain.from_iterable(wordings))]
        vectors = await self._embed_many(asked, progress)
        now, then, before = np.split(vectors, [len(texts), len(texts) + len(sample)])

        def clustering() -> Clustering:
            kinds = self._tasks.kinds.classify(now, ngrams_of([prepare(text) for text in texts]))
            rows = iter(before)
            earlier = [
                (cluster, np.stack(list(islice(rows, len(some)))))
                for cluster, some in zip(previous, wordings, strict=True)
            ]
            found = self._tasks.questions.cluster(
                questions, now, kinds, earlier, progress, previous_sample=then, least_size=least_size
            )
            by_text = dict(zip(texts, now, strict=True))
            return replace(found, clusters=in_context(found.clusters, by_text, self._tasks))

        return await self._run_heads(clustering)

    async def stand_alone(self, sentences: Sequence[str]) -> list[bool]:
        """Whether what is asked can be told from each sentence of a conversation by itself."""
        vectors = await self._embed_many([without_masks(sentence) for sentence in sentences])
        words = ngrams_of([prepare(sentence) for sentence in sentences])
        return await self._run_heads(lambda: self._tasks.standing.stand_alone(vectors, words))

    async def _embed_many(self, texts: Sequence[str], progress: Progress = unobserved) -> Vectors:
        """Vectors of any number of texts, a queue's fill at a time."""
        vectors = np.zeros((len(texts), self._embedder.info.dimension), dtype=np.float32)
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            progress("encoding", start, len(texts))
            some = texts[start : start + TEXTS_AT_ONCE]
            vectors[start : start + len(some)] = await self._embedder.embed(some)
        return vectors

    async def suggest(
        self, questions: Sequence[str], top_k: int = TOP_K, knowledge_base: str | None = None
    ) -> list[FaqResult]:
        """Answers from the knowledge base for each question.

        Raises:
            InvalidInputError: if `knowledge_base` isn't the loaded one's id.
        """
        if knowledge_base not in (None, self._knowledge_base):
            raise InvalidInputError("no knowledge base of this id is loaded", "/knowledge_base")
        vectors = await self._embedder.embed(questions)
        results = await self._run_heads(
            lambda: self._tasks.faq.suggest(vectors, [detect_language(text) for text in questions], top_k)
        )
        return [
            result if vector.any() else replace(result, skipped=[Skipped("faq", "text_empty")])
            for result, vector in zip(results, vectors, strict=True)
        ]

    async def embed(self, texts: Sequence[str]) -> tuple[Vectors, list[int]]:
        """The vector of each text as a whole, and how many tokens it has.

        It is of unit length to float32's precision, which the rounding to half of it takes away inside the service.

        Raises:
            InvalidInputError: if a text is too long for the encoder to read in one piece.
        """
        try:
            vectors, tokens = await self._embedder.embed_whole(texts)
        except TextTooLongError as error:
            raise InvalidInputError(str(error), f"/input/{error.position}") from None
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit = vectors / np.where(lengths > 0, lengths, 1)
        return unit.astype(np.float32, copy=False), tokens

    def models(self) -> list[ModelInfo]:
        """What is loaded."""
        return list(self._models)

    def digests(self) -> dict[str, str]:
        """The digest of each loaded model by its task, and of the taxonomy: what answered."""
        by_task = {model.task: model.digest for model in self._models}
        return {**by_task, "taxonomy": self._tasks.reasons.tree.taxonomy.digest}

    def taxonomies(self) -> Mapping[str, Taxonomy]:
        """The loaded taxonomies by id."""
        taxonomy = self._tasks.reasons.tree.taxonomy
        return {taxonomy.id: taxonomy}

    async def _judge(
        self, documents: Sequence[Document], speakers: Collection[Speaker], wanted: Wanted
    ) -> tuple[list[Recalled], dict[Said, Judgement]]:
        """Split all documents, recall what is known of their sentences, encode and judge the rest together."""
        parts = await self._recalled(documents, speakers, wanted)
        judgements, _ = await self._judge_new(parts, wanted)
        return parts, judgements

    async def _recalled(
        self, documents: Sequence[Document], speakers: Collection[Speaker], wanted: Wanted
    ) -> list[Recalled]:
        """The sentences of all documents, with what is known of them."""

        def recalled(document: Document) -> Recalled:
            sentences = split(document, speakers)
            return Recalled(sentences, self._recall([sentence.said for sentence in sentences], wanted))

        sizes = [_characters(document) for document in documents]
        works = [partial(recalled, document) for document in documents]
        return await self._each(SPLITTING, works, sizes)

    def _recall(self, said: Sequence[Said], wanted: Wanted) -> list[Judgement | None]:
        """What was said of each sentence when just this was wanted, or everything."""
        just, everything = (self._memory.recall([(one, parts) for one in said]) for parts in (wanted, EVERYTHING))
        return [one or other for one, other in zip(just, everything, strict=True)]

    async def _judge_new(
        self, parts: Sequence[Recalled], wanted: Wanted, besides: Sequence[str] = ()
    ) -> tuple[dict[Said, Judgement], Vectors]:
        """Encode and judge the sentences of which nothing is known, and remember the judgements.

        Args:
            besides: texts to encode with them, so that a request waits once and is admitted as one.

        Returns:
            The judgements, and the vectors of `besides`, shape (texts, dimension).
        """
        met = dict.fromkeys(chain.from_iterable(part.new() for part in parts))
        new = sorted(met, key=lambda said: not said.by_customer)
        texts, customers = [said.text for said in new], sum(said.by_customer for said in new)
        if not texts and not besides:
            return {}, np.zeros((0, self._embedder.info.dimension), dtype=np.float32)
        # Emoji, order numbers and courtesy move the vector away from why people write.
        plain = await self._essences(texts[:customers]) if wanted.reasons else texts[:customers]
        shared = self._for_reasons is self._embedder
        other = [at for at in range(customers) if shared and plain[at] != texts[at]]
        asked = [*texts, *(plain[at] for at in other), *besides]
        vectors, plainly, others = np.split(await self._embedder.embed(asked), [len(texts), len(texts) + len(other)])
        if not texts:
            return {}, others
        for_reasons = vectors[:customers].copy()
        for_reasons[other] = plainly
        if wanted.reasons and not shared:
            for_reasons = await self._for_reasons.embed(plain)
        with self._telemetry.stage("heads"):
            judgements = await self._heads.judge(new, vectors, for_reasons, wanted)
        self._memory.keep({(said, wanted): judgement for said, judgement in judgements.items()})
        return judgements, others

    async def _essences(self, texts: Sequence[str]) -> list[str]:
        return await self._each(SPLITTING, [partial(essence, text) for text in texts], [len(text) for text in texts])

    async def _conclude(self, recalled: Sequence[Recalled], works: Sequence[Callable[[], T]]) -> list[T]:
        return await self._each(CONCLUDING, works, [len(part.sentences) for part in recalled])

    async def _each(self, pace: Pace, works: Sequence[Callable[[], T]], sizes: Sequence[int]) -> list[T]:
        """The results of all works, of these sizes."""
        with self._telemetry.stage(pace.stage):
            if sum(sizes) <= pace.few:
                return [work() for work in works]
            results: list[T] = []
            for part in _parts(sizes, pace.at_once):
                results += await asyncio.to_thread(lambda some: [work() for work in some], works[part])
            return results

    async def _run_heads(self, work: Callable[[], T]) -> T:
        with self._telemetry.stage("heads"):
            return await asyncio.to_thread(work)


def _characters(document: Document) -> int:
    return sum(len(turn.text) for turn in document.turns)


def _parts(sizes: Sequence[int], at_once: int) -> Iterator[slice]:
    """Stretches of neighbours whose sizes add up to at least `at_once`, but for the last."""
    start = total = 0
    for stop, size in enumerate(sizes, start=1):
        total += size
        if total >= at_once or stop == len(sizes):
            yield slice(start, stop)
            start, total = stop, 0
