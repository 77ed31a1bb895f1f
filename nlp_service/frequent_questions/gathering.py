"""Customers' questions, picked out of documents that the analysis has judged."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from nlp_service.contracts import Document, DocumentResult, Kind, QuestionItem, SentenceResult
from nlp_service.tasks.questions import words
from nlp_service.text import canonical, without_masks

KINDS: Final[tuple[Kind, ...]] = ("enquiry", "request", "complaint", "suggestion")
"""The kinds of sentence that a page, a message or a process could answer before it is said."""
_FEW_LETTERS: Final = 4
"""Fewer than these say what is meant only together with the sentence before: `发票 怎么开`."""
_FEWEST_LETTERS: Final = 2
_NUMBER: Final = re.compile(r"[A-Za-z_-]*\d[\w-]*", re.ASCII)
# Of a canonical wording: greetings and calls for attention, and what stands in front of a number.
_NOTHING_ASKED: Final = re.compile(
    r"[你您]们?好|哈[喽囉啰]|(?:早上|上午|中午|下午|晚上)好|有?人?在(?:吗|么|不在|不)|有人(?:吗|么)|请问一?下?"
    r"|[嗯哦噢喔额呃啊哈嘿喂嗨亲]|好[的吧]|是[的吧]|对[的吧]?|可以|行[的吧]?|谢谢[你您]?|不好意思|麻烦[你您]?了?|客服"
    r"|小(?:姐姐|哥哥|妹妹)|人呢|咨询|查[询看]?一?下?|[这那]个|我的|给你|(?:订单|运单|商品)(?:编?号码?|id|金额|业务)?"
    r"|(?:快递|物流)?单?编?号码?|下单时间|时间|金额|链接"
    r"|\b(?:hi|hello|hey|there|dear|sir|madam|ok(?:ay)?|yes|no|thanks?|thank you|thx|please|excuse me|anyone"
    r"|good (?:morning|afternoon|evening|day)|are you there|my|the|is|order|tracking|number|no|id|nan)\b"
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_HAN: Final = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and where it was asked.

    Attributes:
        line: number of the line in the file.
        turn: of the transcript; None if the line was the question itself.
    """

    question: QuestionItem
    line: int
    turn: int | None = None


@dataclass(slots=True)
class Gathered:
    """The questions of a file.

    Attributes:
        wordless: questions left out because they hold no word. repeated: ids that had to be made unique.
        fragments: sentences left out because they don't say by themselves what is asked.
    """

    asked: list[Asked] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    wordless: int = 0
    fragments: int = 0
    repeated: int = 0

    def add(self, asked: Asked) -> None:
        """Take a question in, under an id that no other has."""
        question = asked.question
        if not any(map(str.isalnum, question.text)):
            self.wordless += 1
            return
        name = question.id
        while self.ids[name]:
            self.ids[question.id] += 1
            name = f"{question.id}#{self.ids[question.id]}"
        self.ids[name] += 1
        self.repeated += name != question.id
        self.asked.append(asked if name == question.id else replace(asked, question=replace(question, id=name)))

    @property
    def questions(self) -> list[QuestionItem]:
        return [asked.question for asked in self.asked]


def gather(document: Document, result: DocumentResult, line: int, kinds: Collection[Kind] = KINDS) -> list[Asked]:
    """What the customer asks in one transcript, each wording once; greetings and mere numbers are left out.

    A question's id is `<id of the transcript>:<turn>:<start>`; a transcript without an id goes by its line.

    Args:
        result: of the document, with its sentences.
        line: of the document in its file.
        kinds: of the sentences that are wanted.
    """
    name = str(line) if document.id is None else document.id
    found: dict[str, Asked] = {}
    for turn, start, end in _spans(document, result.sentences or (), kinds):
        said = document.turns[turn]
        question = QuestionItem(f"{name}:{turn}:{start}", said.text[start:end], said.at, name)
        if asks(question.text):
            found.setdefault(canonical(question.text), Asked(question, line, turn))
    return list(found.values())


def customers_only(document: Document) -> Document:
    """The document with nothing left in it but what the customer says; turns keep their places."""
    turns = (turn if turn.speaker == "customer" else replace(turn, text="") for turn in document.turns)
    return replace(document, turns=tuple(turns))


def asks(text: str) -> bool:
    """Whether a sentence tells what it asks about: "什么意思？" means nothing to those who weren't there."""
    wording = canonical(_NUMBER.sub(" ", without_masks(text)))
    left = len(_LETTER.findall(_NOTHING_ASKED.sub(" ", wording))) >= _FEWEST_LETTERS
    return left and any(words(wording))


def _spans(
    document: Document, sentences: Sequence[SentenceResult], kinds: Collection[Kind]
) -> Iterator[tuple[int, int, int]]:
    """Turn, start and end of each question."""
    spans: dict[int, tuple[int, int, int]] = {}  # by the number of the sentence that each begins with
    for number, sentence in enumerate(sentences):
        if sentence.speaker == "customer" and sentence.kind in kinds:
            first = number
            if number and _completes(sentences[number - 1], sentence, document.turns[sentence.turn].text):
                first -= 1
            spans[first] = (sentence.turn, sentences[first].start, sentence.end)
    yield from spans.values()


def _completes(before: SentenceResult, sentence: SentenceResult, text: str) -> bool:
    """Whether a sentence says too little without the one before it in its turn."""
    if before.turn != sentence.turn or before.kind == "courtesy":
        return False
    return _is_short(text[sentence.start : sentence.end]) and asks(text[before.start : before.end])


def _is_short(text: str) -> bool:
    """Of Chinese only: short English sentences are rarely cut off from the rest."""
    letters = _LETTER.findall(without_masks(text))
    return len(letters) < _FEW_LETTERS and any(map(_HAN.match, letters))
