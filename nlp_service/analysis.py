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
from typing import TypeVar

import numpy as np

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
from nlp_service.conversation import TOP_K, as_document, conclude, reasons, text_sentiment
from nlp_service.document_judging import DocumentJudging, JudgedDocument
from nlp_service.embedding.embedder import Embedder
from nlp_service.errors import InvalidInputError, TextTooLongError
from nlp_service.judging import Tasks, Wanted
from nlp_service.memory import Memory
from nlp_service.pacing import Pace, done
from nlp_service.tasks.reasons import ReasonClassifier
from nlp_service.taxonomy import Taxonomy
from nlp_service.telemetry import Telemetry
from nlp_service.text import detect_language

T = TypeVar("T")
REMEMBERED_CHARACTERS = 2_000
"""Results of longer documents and texts aren't remembered: they would make what is kept large."""
JUDGEMENTS_A_RESULT = 50
"""For so many judgements that may be kept, one document's and one text's result is."""
CONCLUDING = Pace("heads", 32, 24)
"""In sentences."""


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
        results = judgements // JUDGEMENTS_A_RESULT
        self._judging = DocumentJudging(
            embedder, self._for_reasons, tasks, telemetry, judgements=judgements, wholes=results
        )
        self._answered: Memory[tuple[Document, Collection[Feature]], DocumentResult] = Memory(results)
        self._felt: Memory[str, TextSentiment] = Memory(results)
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

    def close(self) -> None:
        """End the threads of its own."""
        self._clusterings.close()

    async def analyze(
        self, documents: Sequence[Document], features: Collection[Feature] = FEATURES
    ) -> list[DocumentResult]:
        """The whole analysis of each document. System turns are not analysed."""
        keys = [(replace(document, id=None), tuple(features)) for document in documents]

        async def find(new: Sequence[tuple[Document, Collection[Feature]]]) -> list[DocumentResult]:
            return await self._analyze([document for document, _ in new], features)

        results = await self._answered.recall_or(keys, find, lambda key: key[0].characters <= REMEMBERED_CHARACTERS)
        return [replace(result, id=document.id) for document, result in zip(documents, results, strict=True)]

    async def _analyze(self, documents: Sequence[Document], features: Collection[Feature]) -> list[DocumentResult]:
        speakers: set[Speaker] = {"customer", "agent"} if "sentiment" in features else {"customer"}
        wanted = Wanted(reasons="reasons" in features, feelings="sentiment" in features)
        self._embedder.expect(turn.text for one in documents for turn in one.turns if turn.speaker in speakers)
        judged = await self._judging.judge(documents, speakers, wanted)

        def result(document: Document, part: JudgedDocument) -> DocumentResult:
            return conclude(document, part.judged(), features, self._tasks, part.whole)

        works = [partial(result, *pair) for pair in zip(documents, judged, strict=True)]
        return await self._conclude(judged, works)

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
        judged = await self._judging.judge([as_document(text) for text in texts], {"customer"}, wanted)

        def reason(text: str, part: JudgedDocument) -> ContactReason:
            if not part.size:
                return ContactReason("out_of_scope", None, [], [], skipped=[Skipped("reasons", "text_empty")])
            return reasons(part.judged(), detect_language(text), top_k, self._tasks, part.whole)[0]

        return await self._conclude(judged, [partial(reason, *pair) for pair in zip(texts, judged, strict=True)])

    async def sentiment(self, texts: Sequence[str]) -> list[TextSentiment]:
        """The sentiment of each text and of its sentences."""
        return await self._felt.recall_or(texts, self._sentiment, lambda text: len(text) <= REMEMBERED_CHARACTERS)

    async def _sentiment(self, texts: Sequence[str]) -> list[TextSentiment]:
        judged = await self._judging.judge_feelings(texts)

        def felt(part: JudgedDocument) -> TextSentiment:
            return text_sentiment(part.judged(), part.whole, self._tasks)

        return await self._conclude(judged, [partial(felt, part) for part in judged])

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

    async def _conclude(self, judged: Sequence[JudgedDocument], works: Sequence[Callable[[], T]]) -> list[T]:
        return await done(works, [part.size for part in judged], pace=CONCLUDING, telemetry=self._telemetry)

    async def _run_heads(self, work: Callable[[], T]) -> T:
        with self._telemetry.stage("heads"):
            return await asyncio.to_thread(work)
