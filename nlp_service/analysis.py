"""The order of the steps: text → sentences → vectors → answers. Start reading here.

Each new sentence of a request is encoded once; reasons, sentiment, kinds, questions and FAQ are small heads on that one
vector, asked only if somebody wants to know. What they said of a sentence is remembered for a while. Steps that use the
CPU run in threads, a part of a large request at a time, so that the event loop and the threads are soon free for other
requests; what takes less time than the way to a thread and back doesn't go there.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nlp_service.clustering import Clusterings
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
    in_one_piece,
    read_whole,
    reasons,
    split,
    text_sentiment,
)
from nlp_service.embedding.embedder import Embedder
from nlp_service.errors import InvalidInputError, TextTooLongError, TooMuchWorkError
from nlp_service.joint_judging import JointJudging
from nlp_service.judging import EVERYTHING, Judgement, Said, Tasks, Wanted
from nlp_service.memory import Memory
from nlp_service.pacing import Pace, done
from nlp_service.tasks.reasons import ReasonClassifier
from nlp_service.taxonomy import Taxonomy
from nlp_service.telemetry import Telemetry
from nlp_service.text import bags_of, detect_language, essence, prepare
from nlp_service.text_head import READ_WHOLE, beginning

T = TypeVar("T")
REMEMBERED_CHARACTERS = 2_000
"""Results of longer documents and texts aren't remembered: they would make what is kept large."""
JUDGEMENTS_A_RESULT = 50
"""For so many judgements that may be kept, one document's and one text's result is."""


MOST_CLEANED = 4 * READ_WHOLE
"""Characters of a text that are cleaned for being read as a whole: links and greetings may stand at its beginning."""
MOST_SENTENCES = 50_000
"""Of a request."""
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
        self._wholes: Memory[str, NDArray[np.float64]] = Memory(judgements // JUDGEMENTS_A_RESULT)
        self._heads = JointJudging(tasks)
        self._clusterings = Clusterings(embedder, tasks, telemetry)

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
        recalled, new, wholes = await self._judge(documents, speakers, wanted)

        def result(at: int) -> DocumentResult:
            return conclude(documents[at], recalled[at].judged(new), features, self._tasks, wholes.get(at))

        return await self._conclude(recalled, [partial(result, at) for at in range(len(documents))])

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
        recalled, new, wholes = await self._judge([as_document(text) for text in texts], {"customer"}, wanted)

        def reason(at: int) -> ContactReason:
            if not recalled[at].sentences:
                return ContactReason("out_of_scope", None, [], [], skipped=[Skipped("reasons", "text_empty")])
            judged = recalled[at].judged(new)
            return reasons(judged, detect_language(texts[at]), top_k, self._tasks, wholes.get(at))[0]

        return await self._conclude(recalled, [partial(reason, at) for at in range(len(texts))])

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

        rows |= zip(several, await self._read(len(several), read), strict=True)
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
        *,
        patiently: bool = False,
    ) -> Clustering:
        """Clusters of questions that ask the same; ids and names are kept from `previous` where a cluster lives on.

        Args:
            least_size: smallest number of questions in a cluster; by default it depends on how many are sent.
            previous_sample: `sample` of the same answer; by it a new topic is told from one overlooked before.
            progress: told how far the work is; it may raise to end it.
            patiently: whether to wait and try again while the queue of the encoder is full, instead of raising.
        """
        return await self._clusterings.cluster(
            questions, previous, progress, least_size, previous_sample, patiently=patiently
        )

    async def stand_alone(self, sentences: Sequence[str]) -> list[bool]:
        """Whether what is asked can be told from each sentence of a conversation by itself."""
        return await self._clusterings.stand_alone(sentences)

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
    ) -> tuple[list[Recalled], dict[Said, Judgement], dict[int, NDArray[np.float64]]]:
        """Split all documents, recall what is known of their sentences, encode and judge the rest together.

        Returns:
            Their sentences, the new judgements, and what those documents that are one text of several sentences say
            about the contact reason as a whole, by position: each of shape (codes,).
        """
        parts = await self._recalled(documents, speakers, wanted)
        texts = [in_one_piece(*pair) if wanted.reasons else None for pair in zip(documents, parts, strict=True)]
        wholes = [at for at, text in enumerate(texts) if text is not None]
        cleaned = await self._essences([text[:MOST_CLEANED] for text in texts if text is not None])
        plain = [beginning(text) for text in cleaned]
        known = dict(zip(plain, self._wholes.recall(plain), strict=True))
        new = [text for text, row in known.items() if row is None]
        judgements, vectors = await self._judge_new(parts, wanted, new)

        def read(start: int, stop: int) -> list[NDArray[np.float64]]:
            words = bags_of([prepare(text) for text in new[start:stop]])
            found = self._tasks.reasons.classify(vectors[start:stop], words)
            # An empty row is remembered too: nothing could be read of the text.
            return [row.copy() if vectors[start + at].any() else row[:0] for at, row in enumerate(found)]

        rows = dict(zip(new, await self._read(len(new), read), strict=True))
        self._wholes.keep(rows)
        known |= rows
        pairs = ((at, known[text]) for at, text in zip(wholes, plain, strict=True))
        return parts, judgements, {at: row for at, row in pairs if row is not None and len(row)}

    async def _recalled(
        self, documents: Sequence[Document], speakers: Collection[Speaker], wanted: Wanted
    ) -> list[Recalled]:
        """The sentences of all documents, with what is known of them.

        Raises:
            TooMuchWorkError: if they are more than memory should hold the results of, repeated ones counted each time.
        """
        room = MOST_SENTENCES

        def recalled(document: Document) -> Recalled:
            nonlocal room
            sentences = list(islice(split(document, speakers), room + 1))
            room -= len(sentences)
            if room < 0:
                raise TooMuchWorkError(f"more than {MOST_SENTENCES} sentences: send less at once")
            return Recalled(sentences, self._recall([sentence.said for sentence in sentences], wanted))

        sizes = [_characters(document) for document in documents]
        works = [partial(recalled, document) for document in documents]
        return await self._each(SPLITTING, works, sizes)

    def _recall(self, said: Sequence[Said], wanted: Wanted) -> list[Judgement | None]:
        """What was said of each sentence when just this was wanted, or everything."""
        just, everything = (self._memory.recall([(one, parts) for one in said]) for parts in (wanted, EVERYTHING))
        return [one or other for one, other in zip(just, everything, strict=True)]

    async def _judge_new(
        self, parts: Sequence[Recalled], wanted: Wanted, wholes: Sequence[str] = ()
    ) -> tuple[dict[Said, Judgement], Vectors]:
        """Encode and judge the sentences of which nothing is known, and remember the judgements.

        Args:
            wholes: texts to encode with them, so that a request waits once and is admitted as one; for reasons, if
                they are wanted.

        Returns:
            The judgements, and the vectors of `wholes`, shape (texts, dimension).
        """
        met = dict.fromkeys(chain.from_iterable(part.new() for part in parts))
        new = sorted(met, key=lambda said: not said.by_customer)
        texts, customers = [said.text for said in new], sum(said.by_customer for said in new)
        if not texts and not wholes:
            return {}, np.zeros((0, self._embedder.info.dimension), dtype=np.float32)
        # Emoji, order numbers and courtesy move the vector away from why people write.
        plain = await self._essences(texts[:customers]) if wanted.reasons else texts[:customers]
        vectors, for_reasons, whole = await self._encoded(texts, plain, wholes, wanted)
        with self._telemetry.stage("heads"):
            judgements = await self._heads.judge(new, vectors, for_reasons, wanted) if new else {}
        self._memory.keep({(said, wanted): judgement for said, judgement in judgements.items()})
        return judgements, whole

    async def _encoded(
        self, texts: Sequence[str], plain: Sequence[str], wholes: Sequence[str], wanted: Wanted
    ) -> tuple[Vectors, Vectors, Vectors]:
        """Vectors of sentences, of the customers' among them for contact reasons, and of whole texts.

        Args:
            texts: the customers' first.
            plain: the customers' as they are read for contact reasons.
        """
        if wanted.reasons and self._for_reasons is not self._embedder:
            for_reasons = await self._for_reasons.embed([*plain, *wholes])
            return await self._embedder.embed(texts), for_reasons[: len(plain)], for_reasons[len(plain) :]
        other = [at for at, text in enumerate(plain) if text != texts[at]]
        vectors = await self._embedder.embed([*texts, *(plain[at] for at in other), *wholes])
        of_texts, of_plain, of_wholes = np.split(vectors, [len(texts), len(texts) + len(other)])
        for_reasons = of_texts[: len(plain)].copy()
        for_reasons[other] = of_plain
        return of_texts, for_reasons, of_wholes

    async def _read(
        self, count: int, read: Callable[[int, int], list[NDArray[np.float64]]]
    ) -> list[NDArray[np.float64]]:
        """What `read` says of `count` whole texts, told by it from one position to another."""
        parts = [(start, min(start + WHOLES_AT_ONCE, count)) for start in range(0, count, WHOLES_AT_ONCE)]
        works = [partial(read, *part) for part in parts]
        return list(chain.from_iterable(await self._each(READING, works, [stop - start for start, stop in parts])))

    async def _essences(self, texts: Sequence[str]) -> list[str]:
        return await self._each(SPLITTING, [partial(essence, text) for text in texts], [len(text) for text in texts])

    async def _conclude(self, recalled: Sequence[Recalled], works: Sequence[Callable[[], T]]) -> list[T]:
        return await self._each(CONCLUDING, works, [len(part.sentences) for part in recalled])

    async def _each(self, pace: Pace, works: Sequence[Callable[[], T]], sizes: Sequence[int]) -> list[T]:
        return await done(works, sizes, pace=pace, telemetry=self._telemetry)

    async def _run_heads(self, work: Callable[[], T]) -> T:
        with self._telemetry.stage("heads"):
            return await asyncio.to_thread(work)


def _characters(document: Document) -> int:
    return sum(len(turn.text) for turn in document.turns)
