"""The typical answers among everything that agents said to the questions of one cluster.

Three things make a sentence an answer worth keeping: several conversations say the like of it (a medoid, as for a
cluster's representative), other questions are rarely answered so (the class-based weighting of c-TF-IDF, Grootendorst,
"BERTopic", 2022, over sentences instead of words), and it is about what was asked. Sentences that state a rule are
preferred to those that report on one customer's order.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Vectors
from nlp_service.frequent_questions.replies import Said
from nlp_service.text import detect_language, to_simplified

MOST_ANSWERS: Final = 3
"""In each script and language."""
LONGEST: Final = 120
"""Characters of an answer that is put together from several sentences."""
_UNLIKE: Final = 0.6
_LIKE: Final = 0.9
"""Cosines from which two sentences begin to say the same, and do so in full."""
_SAME: Final = 0.75
"""A second answer is at most so similar to the first."""
_LEAST_LIFT: Final = 3.0
_ENOUGH_LIFT: Final = float(np.exp(3))
_LEAST_RELEVANCE: Final = 0.45
_ALONE: Final = 1.3
_RELEVANCE_ALONE: Final = 0.65
"""What nearly nobody else says must be so much about the question."""
_BASE_RELEVANCE: Final = 0.3
"""The cosine of two sentences from the same trade that have nothing in common."""
_LEAST_SCORE: Final = 1.0
_LEAST_OF_BEST: Final = 0.4
_RELATED: Final = 0.35
"""The relevance that a neighbouring sentence needs to be part of the answer."""

_STEP: Final = 0.35
_MASKED: Final = 0.6
_FEWEST_LETTERS: Final = 7
_FEWEST_NEW: Final = 3
"""Characters (of English: words) that the question doesn't have: with fewer, the answer only repeats it."""
_REPEATED: Final = 0.85
# Simplified. What is said of one moment, of one order, and of all of them.
_NOW: Final = re.compile(
    r"已经?|正在|刚[才刚]|[今明昨后][天日早晚]|[上下中]午|早上|晚上|点左右|预计|准备|目前|现在|暂时|成功|到账了|看到|查[到询看]|显示"
    r"|\b(?:has been|have been|today|tomorrow|tonight|yesterday|yet|now|currently|at the moment)\b",
    re.IGNORECASE,
)
_CASE: Final = re.compile(
    r"[帮给为][您你]|妹[子纸]|小妹|核实|反馈|备注|催|登记|记录|安排|耐心|抱歉|放心|升级|专员|提供一?下|发一?下|联系方式"
    r"|[这此您]的?[个张]?(?:订单|单(?!品)|包裹|快递)"
    r"|\b(?:i|i['’](?:ve|ll|m)|we['’](?:ve|ll)|your (?:order|parcel|package)|sorry)\b",
    re.IGNORECASE,
)
_RULE: Final = re.compile(
    r"一般|如果|若|需要?|可以|可在|支持|不能|无法|只能|必须|之?后(?:才|可|在|申请)|以内|之内|[\d一二两三四五六七八九十\]]个?(?:工作)?[天日时元月年]"
    r"|[由默]认?|页面|点击|选择|我的|官网|路径|承担|免费|收费|联系|商品|都是|建议|完成|签收|收到货"
    r"|\b(?:you (?:can|need|may|will need)|if|within|must|only|always|usually|go to|click|free|any|each|every|days?)\b",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"^(?:亲(?:爱的?[哒的]?|亲)?|[您你]好|小主|客官|老板|[嗯哦噢额]+|好的?[呢哦亲]*(?=[\s,，])|但是?|不过|然后|所以|而且)[\s,，!！~～、]*"
    r"|^[^\w\[【(（“\"'《]+"
)
_PARTICLES: Final = re.compile(
    r"(?<=\w)(?:(?<!谢)[呢哦哈哟噢呀啦嗷喔]+亲?亲?|[\s,，]*[亲親]{1,2})(?=[\s,，.。!！~～#;；]*$)|[\s~～#·、]+$"
)
_UNFINISHED: Final = re.compile(r"[;；，,:：]$")
_ENDED: Final = re.compile(r"[。！？.!?;；，,:：]$")
_BREAK: Final = re.compile("(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_SPLIT_OFF: Final = re.compile("(?<=[\u3400-\u9fff]) (?=[的了呢吗嗎哦吧啊])")
_WORD: Final = re.compile("[\u3400-\u9fff]|[^\\W\\d_\u3400-\u9fff]+")
_LETTER: Final = re.compile(r"[^\W\d_]")
_HAN: Final = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A sample of what agents say to questions of all clusters.

    Attributes:
        vectors: shape (m, dimension).
        lines: shape (m,), of the transcripts.
    """

    vectors: Vectors
    lines: NDArray[np.int64]


def typical_answers(
    said: Sequence[Said], vectors: Vectors, question: Vectors, asked: Sequence[str], elsewhere: Elsewhere
) -> list[str]:
    """Up to three answers in each script that say different things, best first; none if nothing said is good enough.

    Args:
        said: n sentences, ascending by transcript.
        vectors: of these, shape (n, dimension).
        question: of what the cluster asks, shape (dimension,), unit length.
        asked: typical wordings of it.
    """
    if not said:
        return []
    relevance = vectors @ question
    scores = _scores(said, vectors, relevance, elsewhere)
    scripts = [detect_language(sentence.text) for sentence in said]
    best = {script: max(scores[row] for row, own in enumerate(scripts) if own == script) for script in set(scripts)}
    known = _words(*asked)
    answers: defaultdict[str, list[str]] = defaultdict(list)
    shown: defaultdict[str, list[int]] = defaultdict(list)
    for row in np.argsort(-scores, kind="stable").tolist():
        script = scripts[row]
        if scores[row] < max(_LEAST_SCORE, _LEAST_OF_BEST * best[script]) or len(answers[script]) == MOST_ANSWERS:
            continue
        if not any(vectors[row] @ vectors[other] > _SAME for other in shown[script]):
            passage = _passage(said, vectors, relevance, row)
            shown[script] += passage
            text = _written([said[part].text for part in passage])
            if len(_LETTER.findall(text)) >= _FEWEST_LETTERS and len(_words(text) - known) >= _FEWEST_NEW:
                answers[script].append(text)
    return list(dict.fromkeys(text for texts in answers.values() for text in texts))


def generality(text: str) -> float:
    """Above 1 for a sentence that states a rule, below 1 for one that reports on one customer's case."""
    plain = to_simplified(text)
    rules, cases, moments = (len(set(signs.findall(plain))) for signs in (_RULE, _CASE, _NOW))
    step = rules - cases - 3 * moments
    return float(min(max(1 + _STEP * step, 0.2), 2.0) * _MASKED ** text.count("["))


def _scores(
    said: Sequence[Said], vectors: Vectors, relevance: NDArray[np.float32], elsewhere: Elsewhere
) -> NDArray[np.float64]:
    """Shape (n,), 0 for a sentence that is no answer."""
    lines = np.array([sentence.line for sentence in said])
    support = _conversations(vectors @ vectors.T, lines)
    others = ~np.isin(elsewhere.lines, lines)
    in_others = _conversations(vectors @ elsewhere.vectors[others].T, elsewhere.lines[others])
    share = support / (np.unique(lines).size + 1)
    share_elsewhere = (in_others + 0.5) / (np.unique(elsewhere.lines[others]).size + 1)
    lift = share / share_elsewhere
    general = np.array([generality(sentence.text) for sentence in said])
    scores = np.sqrt(support) * np.log(np.clip(lift, 1, _ENOUGH_LIFT)) * (relevance - _BASE_RELEVANCE) * general
    fits = (lift >= _LEAST_LIFT) & (relevance >= np.where(support < _ALONE, _RELEVANCE_ALONE, _LEAST_RELEVANCE))
    return np.where(fits, scores, 0.0).astype(np.float64)


def _conversations(cosines: NDArray[np.float32], lines: NDArray[np.int64]) -> NDArray[np.float64]:
    """In how many conversations the like of each row's sentence is said; a column is a sentence of `lines`."""
    if not lines.size:
        return np.zeros(len(cosines))
    order = np.argsort(lines, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(lines[order]) > 0])
    alike = np.clip((cosines[:, order] - _UNLIKE) / (_LIKE - _UNLIKE), 0, 1)
    counts: NDArray[np.float64] = np.maximum.reduceat(alike, starts, axis=1).sum(axis=1, dtype=np.float64)
    return counts


def _passage(said: Sequence[Said], vectors: Vectors, relevance: NDArray[np.float32], row: int) -> list[int]:
    """The row with what its agent said right after and right before it on the subject."""
    passage = [row]
    for step in (1, -1):
        following = row + step
        while 0 <= following < len(said) and _continues(said, passage, following):
            if relevance[following] < _RELATED or (vectors[passage] @ vectors[following]).max() > _REPEATED:
                break
            passage = sorted([*passage, following])
            following += step
    while _UNFINISHED.search(said[passage[-1]].text.rstrip()) and _follows(said, passage[-1]):
        passage.append(passage[-1] + 1)
    return passage


def _follows(said: Sequence[Said], row: int) -> bool:
    """Whether the next row is what its agent went on with in the same turn."""
    if row + 1 == len(said):
        return False
    one, other = said[row], said[row + 1]
    return (one.line, one.turn, one.place + 1) == (other.line, other.turn, other.place)


def _continues(said: Sequence[Said], passage: list[int], following: int) -> bool:
    """Whether a sentence stands right beside the passage in its turn, states a rule as well, and isn't too much."""
    sentence = said[following]
    nearest = said[passage[-1] if following > passage[-1] else passage[0]]
    if (sentence.line, sentence.turn) != (nearest.line, nearest.turn) or abs(sentence.place - nearest.place) != 1:
        return False
    length = len(sentence.text) + sum(len(said[part].text) for part in passage)
    return length <= LONGEST and generality(sentence.text) >= 1


def _written(sentences: Sequence[str]) -> str:
    """Sentences as one text, without forms of address and final particles."""
    parts = [part for sentence in sentences if (part := _plain(sentence))]
    chinese = any(_HAN.search(part) for part in parts)
    comma, stop, space = ("，", "。", "") if chinese else (", ", ".", " ")
    text = ""
    for part in parts:
        text += (space if _ENDED.search(text) else comma) + part if text else part
    text = _UNFINISHED.sub("", text)
    return text if _ENDED.search(text) else text + stop


def _plain(sentence: str) -> str:
    text = " ".join(sentence.split())
    before = ""
    while text != before:
        before, text = text, _PARTICLES.sub("", _ADDRESS.sub("", text))
    return _BREAK.sub("，", _SPLIT_OFF.sub("", text))


def _words(*texts: str) -> set[str]:
    return {word for text in texts for word in _WORD.findall(to_simplified(text).lower())}
