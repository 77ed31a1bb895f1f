"""Where agents answer: which of a transcript's sentences say something in reply to a question."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nlp_service.contracts import Cluster, Document, DocumentResult, SentenceResult
from nlp_service.frequent_questions.gathering import Asked, asks
from nlp_service.text import to_simplified, without_masks

QUESTIONS_READ: Final = 60
"""Of each cluster, spread over all of it: the answers to more don't change what is typical."""
_FEWEST_LETTERS: Final = 4
_LETTER: Final = re.compile(r"[^\W\d_]")
# What agents say whatever is asked. Simplified.
_STOCK: Final = re.compile(
    r"稍等|等一下|请等|(?:很|非常)(?:高兴|荣幸)|竭诚|为[您你]服务|[祝愿][您你]|祝(?:愿|亲)|评价|满意度|打分|五星|应该做的|应该的"
    r"|不客气|太客气|感谢|谢谢|多谢|怠慢|包[涵含]|谅解|理解一下|还有(?:其[他它]|什么|别的|问题)|有什么[^，。]{0,8}(?:帮|为您|服务)"
    r"|(?:可以|能)?帮(?:到|助到)[您你]|不要(?:离开|下线|走开)|么么哒|随时(?:联系|咨询|找|为您)|关闭(?:窗口|会话|对话)|再见|拜拜"
    r"|(?:马上|现在|正在|这就)[^，。]{0,6}(?:查|看)|[帮给为][您你][^，。]{0,4}(?:查|看)|心情|着急|眼光"
    r"|\b(?:one moment|just a moment|bear with me|please (?:hold|wait)|let me (?:check|look|see)|anything else"
    r"|how (?:can|may) i help|(?:nice|great|good|lovely) (?:day|evening|weekend)|you(?:'|’)re welcome|my pleasure"
    r"|thanks?(?: you)?|happy to help|rate (?:me|us|my|this)|feedback|bye)\b",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(
    r"[?？]|[吗嘛么][\s~～。.!！]*$|请问|(?:对|是)(?:吧|不)[\s~～。.]*$|是不是|行不行|还是[^，,。]{1,8}$"
)
_ASKING: Final = re.compile(
    r"什么|哪|几[个号点天]|多少|怎么?样?|谁|\b(?:what|which|when|where|who|how|would you|do you)\b", re.IGNORECASE
)
# A link is worth showing; but what stands for one order, person, place or time isn't true of the next.
_OWN_DATA: Final = re.compile(r"\[(?!数字|數字|number|num\b|链接|連結|鏈接|link|url)[^\[\]\n]{1,20}\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in which an agent may answer.

    Attributes:
        line: of the transcript in its file.
        place: number of the sentence among those of its transcript; what follows at once has the next one.
    """

    line: int
    turn: int
    place: int
    text: str


class Replies:
    """Collects what agents say to the questions of each cluster.

    Attributes:
        lines: those of the file that must be read for it.
    """

    def __init__(self, clusters: Iterable[Cluster], asked: Iterable[Asked]) -> None:
        places = {item.question.id: (item.line, item.turn) for item in asked if item.turn is not None}
        self._questions: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        for cluster in clusters:
            found = [places[member] for member in cluster.members if member in places]
            for number in range(min(QUESTIONS_READ, len(found))):
                line, turn = found[number * len(found) // min(QUESTIONS_READ, len(found))]
                self._questions[line].append((turn, cluster.id))
        self.said: defaultdict[str, list[Said]] = defaultdict(list)

    @property
    def lines(self) -> frozenset[int]:
        return frozenset(self._questions)

    def answering(self, document: Document, line: int) -> Document:
        """The document with nothing left in it but the turns in which agents may answer; these keep their places."""
        wanted = {turn for asked, _ in self._questions[line] for turn in replying(document, asked)}
        turns = (turn if place in wanted else replace(turn, text="") for place, turn in enumerate(document.turns))
        return replace(document, turns=tuple(turns))

    def add(self, document: Document, result: DocumentResult, line: int) -> None:
        """Take in what the analysis says of such a document, given as it was before `answering`."""
        sentences = [(said, document.turns[said.turn].text[said.start : said.end]) for said in result.sentences or ()]
        for cluster in dict.fromkeys(cluster for _, cluster in self._questions[line]):
            turns = {
                turn
                for asked, asked_of in self._questions[line]
                if asked_of == cluster
                for turn in replying(document, asked)
            }
            self.said[cluster] += (
                Said(line, sentence.turn, place, text)
                for place, (sentence, text) in enumerate(sentences)
                if sentence.turn in turns and informs(sentence, text)
            )


def replying(document: Document, asked: int) -> list[int]:
    """The agent's turns that answer what a customer says in turn `asked`: up to where the customer says more than "ok".

    Further turns of the customer before the agent's first are part of the question.
    """
    turns: list[int] = []
    for place, turn in enumerate(document.turns[asked + 1 :], start=asked + 1):
        if turn.speaker == "agent":
            turns.append(place)
        elif turn.speaker == "customer" and turns and asks(turn.text):
            break
    return turns


def informs(sentence: SentenceResult, text: str) -> bool:
    """Whether an agent's sentence tells something: not a courtesy, a stock phrase, a question or one order's data."""
    if sentence.kind == "courtesy" or _OWN_DATA.search(text):
        return False
    plain = to_simplified(text)
    if _STOCK.search(plain) or _QUESTION.search(plain) or (sentence.kind == "enquiry" and _ASKING.search(plain)):
        return False
    letters: Sequence[str] = _LETTER.findall(without_masks(text))
    return len(letters) >= _FEWEST_LETTERS
