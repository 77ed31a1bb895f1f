"""From documents to judged sentences: split them, recall what was said lately, encode the new ones, ask the heads."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Document, Speaker, Vectors
from nlp_service.conversation import Judged, Recalled, as_document, by_sentences, in_one_piece, read_whole, split
from nlp_service.embedding.embedder import Embedder
from nlp_service.errors import TooMuchWorkError
from nlp_service.joint_judging import JointJudging
from nlp_service.judging import EVERYTHING, Judgement, Said, Tasks, Wanted
from nlp_service.memory import Memory
from nlp_service.pacing import Pace, done
from nlp_service.telemetry import Telemetry
from nlp_service.text import bags_of, essence, prepare
from nlp_service.text_head import READ_WHOLE, beginning

T = TypeVar("T")
MOST_CLEANED = 4 * READ_WHOLE
"""Characters of a text that are cleaned for being read as a whole: links and greetings may stand at its beginning."""
MOST_SENTENCES = 50_000
"""Of a request."""
SPLITTING = Pace("split", 2_000, 500)
"""In characters."""
WHOLES_AT_ONCE = 32
READING = Pace("heads", WHOLES_AT_ONCE, 4)
"""In texts that are read as a whole."""


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """A document's sentences, what the heads said of each, and what it says as a whole, if it was read so.

    Attributes:
        new: what they said of those that weren't recalled, of the other documents' too.
        whole: of a document the contact reason, shape (codes,); of a text how it feels, as `by_sentences` has it.
    """

    recalled: Recalled
    new: Mapping[Said, Judgement]
    whole: NDArray[np.float64] | None

    @property
    def size(self) -> int:
        """How many sentences."""
        return len(self.recalled.sentences)

    def judged(self) -> Judged:
        """Its sentences, row by row."""
        return self.recalled.judged(self.new)


class DocumentJudging:
    """What the heads say of documents' sentences. It remembers that for a while, and belongs to one set of heads.

    Args:
        for_reasons: what encodes sentences a second time, if the contact-reason model has an encoder of its own.
        judgements: of how many sentences it remembers what the heads said. wholes: the same of texts as a whole.

    Any method may raise OverloadedError, NotReadyError or EncodingError (see `Embedder.embed`), and TooMuchWorkError
    if a request has more sentences than memory should hold the results of, repeated ones counted each time.
    """

    def __init__(
        self,
        embedder: Embedder,
        for_reasons: Embedder,
        tasks: Tasks,
        telemetry: Telemetry,
        *,
        judgements: int,
        wholes: int,
    ) -> None:
        self._embedder = embedder
        self._for_reasons = for_reasons
        self._tasks = tasks
        self._telemetry = telemetry
        self._memory: Memory[tuple[Said, Wanted], Judgement] = Memory(judgements)
        self._wholes: Memory[str, NDArray[np.float64]] = Memory(wholes)
        self._heads = JointJudging(tasks)

    async def judge(
        self, documents: Sequence[Document], speakers: Collection[Speaker], wanted: Wanted
    ) -> list[JudgedDocument]:
        """These speakers' sentences; a document that is one text of several is read for its reason as a whole too."""
        parts = await self._recalled(documents, speakers, wanted)
        texts = [in_one_piece(*pair) if wanted.reasons else None for pair in zip(documents, parts, strict=True)]
        several = [at for at, text in enumerate(texts) if text is not None]
        cleaned = await self._essences([text[:MOST_CLEANED] for text in texts if text is not None])
        plain = [beginning(text) for text in cleaned]
        known = dict(zip(plain, self._wholes.recall(plain), strict=True))
        unread = [text for text, row in known.items() if row is None]
        new, vectors = await self._judge_new(parts, wanted, unread)

        def read(start: int, stop: int) -> list[NDArray[np.float64]]:
            words = bags_of([prepare(text) for text in unread[start:stop]])
            found = self._tasks.reasons.classify(vectors[start:stop], words)
            # An empty row is remembered too: nothing could be read of the text.
            return [row.copy() if vectors[start + at].any() else row[:0] for at, row in enumerate(found)]

        rows = dict(zip(unread, await self._read(len(unread), read), strict=True))
        self._wholes.keep(rows)
        known |= rows
        pairs = ((at, known[text]) for at, text in zip(several, plain, strict=True))
        wholes = {at: row for at, row in pairs if row is not None and len(row)}
        return [JudgedDocument(part, new, wholes.get(at)) for at, part in enumerate(parts)]

    async def judge_feelings(self, texts: Sequence[str]) -> list[JudgedDocument]:
        """The sentences of texts, and how each text feels: of several sentences it is read as a whole too.

        `whole` is None of a text without a sentence.
        """
        wanted = Wanted(reasons=False, feelings=True)
        parts = await self._recalled([as_document(text) for text in texts], {"customer"}, wanted)
        several = [at for at, part in enumerate(parts) if len(part.sentences) > 1]
        wholes = [texts[at] for at in several]
        new, vectors = await self._judge_new(parts, wanted, [beginning(text) for text in wholes])
        rows = {at: by_sentences(part.judged(new)) for at, part in enumerate(parts) if part.sentences}

        def read(start: int, stop: int) -> list[NDArray[np.float64]]:
            of_these = np.stack([rows[at] for at in several[start:stop]])
            return read_whole(wholes[start:stop], of_these, vectors[start:stop], self._tasks)

        rows |= zip(several, await self._read(len(several), read), strict=True)
        return [JudgedDocument(part, new, rows.get(at)) for at, part in enumerate(parts)]

    async def _recalled(
        self, documents: Sequence[Document], speakers: Collection[Speaker], wanted: Wanted
    ) -> list[Recalled]:
        """The sentences of all documents, with what is known of them."""
        room = MOST_SENTENCES

        def recalled(document: Document) -> Recalled:
            nonlocal room
            sentences = list(islice(split(document, speakers), room + 1))
            room -= len(sentences)
            if room < 0:
                raise TooMuchWorkError(f"more than {MOST_SENTENCES} sentences: send less at once")
            return Recalled(sentences, self._recall([sentence.said for sentence in sentences], wanted))

        sizes = [document.characters for document in documents]
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

    async def _each(self, pace: Pace, works: Sequence[Callable[[], T]], sizes: Sequence[int]) -> list[T]:
        return await done(works, sizes, pace=pace, telemetry=self._telemetry)
