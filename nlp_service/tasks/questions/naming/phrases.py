"""Short forms of a customer's wording that could be the name of a question, and how fit for it each is."""

import re
from dataclasses import dataclass
from typing import Final

from nlp_service.tasks.questions.naming.objects import NO_OBJECT
from nlp_service.tasks.questions.naming.repetitions import repetitions
from nlp_service.text import to_simplified, to_traditional, without_masks
from nlp_service.text.courtesy import closing_start, core, is_courtesy, openings_end
from nlp_service.text.essence import SPACE_AT_HAN
from nlp_service.text.masks import HAN
from nlp_service.text.words import part_of_speech, word_spans

_LONGEST_CHINESE: Final = 24
_LONGEST_ENGLISH: Final = 10
_LONGEST_CONSIDERED: Final = 600
_MOST_CLAUSES: Final = 12
_MOST_ENDS: Final = 3
_HOLE: Final = "\ufffc"

_CLAUSE_END: Final = re.compile(
    # Customers set Latin words apart with spaces too: 开通 plus 会员.
    f"[，。！？；～…,;!?~\n]+|[.](?=\\s|$)|(?<=[{HAN}])\\s+(?![A-Za-z0-9])|(?<![A-Za-z0-9])\\s+(?=[{HAN}])"
    r"|\s-+\s|\s(?:but|so|because|since)\s",
    re.I,
)
_JOINT: Final = re.compile(
    r"(?<=.{4})(?:然后|但是|可是|而且|所以|因为|还有)(?=.{3})|\sand\s|\s(?:as|that|when|if)\s(?=(?:i|it)\b)", re.I
)
# Matched in Simplified characters, one after another; what they take away says nothing about the question.
_IDLE_START: Final = re.compile(
    r"请问(?=.{2})|谢谢(?=[^你您的].{2})|(?:(?:你们?|您们?|咱们?|他们)(?:家|这边|那边|这里)?(?=什么|怎|啥|几|多|哪|为|可以|能|会|有没|是不|是否|有|还|支持)|现在|目前|到底|究竟|刚才|刚刚"
    r"|我们?(?=什么时候|怎么|怎样|如何|多久|为什么)"
    r"|(?:我?想)?(?:看看|看下|看一下)(?=.{4})|[这那](?![天时里边儿样么次家位年种下])(?:[两几]?[个款件些单]|俩)?+(?![的和跟与比也呢吗么吧啊件单款个])"
    r"|货(?=什么|几|多|怎|能|可以)|(?:也|都)(?![没不])|就(?!是)|是(?=没有)|给(?=[催查退换改补发开取])|还是|因为|如果|要是|主要|关键|结果(?!什么|怎|多久|几|哪|何|出)|反正|只是|就是|毕竟|稍微|我(?:的|[这那]个)?(?=订单|快递|包裹|货|发票|退[款货]|商品|东西|件)"
    r"|to |if |that (?!(?:is|are|was|were|will|would|can|could|do|does|did|has|had)\b)|about "
    r"|i (?:need|want) assistance (?:to|with|in) "
    r"|(?:check|see|know|find out|show me|tell me) (?=(?:what|when|where|how|which|who)\b(?: \w+){0,2}"
    r" (?:is|are|will|can|could|should|do|does|did) (?:i|you|we|my|your|the)\b)"
    r")(?=.{3})",
    re.IGNORECASE,
)
_IDLE_END: Final = re.compile(
    r"(?<=.{3})(?:[吧波鸭呦哒]|(?<![在去到给从])那|的话|(?<=.{4})(?:好[吗么嘛]|是[吗么吧]|对[吗么吧不]|是不是|对不对))+$"
    r"|(?<=.{3}) (?:with you|for me|right now|today|now|then|at all)$",
    re.IGNORECASE,
)
_QUESTION_WORD: Final = re.compile(
    "什么|甚么|怎|啥|几|多[久少长大重]|哪|谁|为何|如何|何时|是不是|能不能|有没有|可不可以|要不要"
)
_FINAL_PARTICLE: Final = re.compile("(?<![什甚怎那这多要么])[么嘛]$")
_ASKS: Final = re.compile(
    r"[吗呢]$|怎|什么|甚么|何|多[久少长大重]|几[天点个时号]|哪|为啥|能不能|可不可以|是不是|有没有|要不要|能否|是否|^(?:我要|我想|想要|申请|修改|取消|查询?|催"
    r"|退|换|转|开|补|改)"
    r"|^(?:how|what|when|where|which|who|why|can|could|do|does|is|are|will|did|has)\b|\bi (?:need|want)\b"
    r"|^(?:get|change|cancel|check|pay|find|add|remove|file|report|update|reset|create|track|return|make|set|buy|order"
    r"|book|open|close|activate|transfer|request|enroll|switch|verify|apply|talk|speak|know|see|send|use|stop|renew)\b"
)
_DAY: Final = re.compile("[今明昨后前当]天|今[日晚早]|明[早日]|周[一二三四五六日末]|星期|礼拜|[早晚]上|[上下中]午")
_COSTS: Final = tuple(
    (re.compile(what).findall if isinstance(what, str) else what, cost)
    for what, cost in (
        # Means nothing to those who were not there.
        (
            r"[这那](?!么)|[它他她]们?|[此该](?=[单货商品件产])|上[面述]|\b(?:it|its|this|that|these|those|he|she|they|him|them)\b",
            0.3,
        ),
        (r"[我你您咱]们?|\b(?:you|your|yours|we|i|i['’]\w+|me)\b", 0.05),
        (_DAY.findall, 0.2),
        (
            r"双十[一二]|刚[才刚]|已经|[一两二三四五六七八九]天"
            r"|\b(?:today|tomorrow|yesterday|now|still|already|last week|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
            0.1,
        ),
        (r"\d+|[一两二三四五六七八九十](?:[斤个件箱盒包瓶袋条块元款]|套(?!餐))", 0.12),
        (_HOLE, 0.2),
        (f"第?{_HOLE}[的]?[号月日块元个天本点多份件台年小分斤万折单]|第{_HOLE}", 0.3),
        # Half a sentence.
        (
            r"^(?:的|了|吗|个(?![人税性体])|也|就|还|又|再|都|才|却|而|和|跟|与|或|但|因为|由于|虽然|如果|要是|既然|只要|或者|并且|以及|为的|不然|否则|反而"
            r"|是(?!不是|否|什么|怎)"
            r"|(?:in|with|for|of|which|because|as|at|from|or|who|on|by|then|i am|i'm|he|she|they|and|if|when i)\b)",
            0.2,
        ),
        (
            r"(?:的话|因为|所以|但是|和|跟|把|给|在|而|如果|时候|之后|以后|并|被|让|请|想|要|将|为|也|就|还|很|我|你|您|是|说|一个|这个|那个)$"
            r"|\b(?:to|a|an|the|of|for|and|or|my|your|with|in|on|at|is|are|i|if|be|from|by|that|have|has|was|am|about|its)$",
            0.25,
        ),
        # A question within a sentence: "what hours I can call".
        (
            r"^(?:what|when|where|how|which|who|why)\b(?!['’]|(?: \w+)? (?:is|are|do|does|did|can|to)\b)"
            r"(?!.*\b(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|may)"
            r" (?:i|you|we|my|your|the|it|there|an?)\b)(?=.*\b(?:i|you|we|my|your|the|it)\b)",
            0.25,
        ),
        (repetitions, 0.1),
        (NO_OBJECT.findall, 0.2),
        # Temper, rhetoric, asides.
        (
            r"真的|太|^你?确定.*[吗么]$|给我|^把|应该|[都也]没|居然|竟然|简直|烦|垃圾|骗|哈哈|服了|呵呵|[吧呗哦啊呀嘛哎]"
            r"|还(?![是可能款])|\b(?:very|really|just|can i)\b",
            0.06,
        ),
        (r"[，,;；]|可也", 0.35),
        (r"[了的]吗$|[是对][吗吧]$", 0.3),
        (r"[：:、]|怎么回事(?=.)|不[是会].*[吗吧]$|(?<![多好]久)(?<!哪)(?<!哪[里儿])了$", 0.16),
        (r"^请(?:选择|输入|点击)", 0.8),
        (r"^(?:可以|[能行好是对有会要不])+[吗么的了]*$", 0.4),
        (r"^.{1,2}$", 0.15),
        (r"^.{1,2}$|^.{2}吗$|[/\\\\^$*@=]", 0.2),
        (r"^.{1,3}$|^[a-z]+$", 0.1),
    )
)
# What an English question adds to what others ask: where, for whom, which one. Three words stay, or more if they are
# half a sentence.
_ADDED: Final = re.compile(r"\s(?:for|from|at|in|on|with|against|about|near)\s(?=\w)", re.IGNORECASE)
_LEAST_KEPT: Final = re.compile(r"(?:\S+\s+){2}\S+")
_NEEDS_MORE: Final = re.compile(
    r"\b(?:is|are|am|was|were|be|been)(?: (?:i|you|we|they|it))? \w+$"
    r"|\b(?:do|does|did|can|could|will|would|should) (?:i|you|we|they|it)$",
    re.IGNORECASE,
)
# Where a Chinese clause begins to ask.
_HINGE: Final = re.compile(
    "什么时候|何时|几[天点时号]|多久|多少|怎么|如何|为什么|为啥|能不能|可不可以|是不是|是否|有没有|要不要|可以|能(?!量)|会(?!员)|需要"
)
_LEAST_ASKED: Final = 4
_BY_DAY: Final = re.compile(
    "[^没不是有还就再天能会可]*(?P<day>(?:[今明后]天|[今明][日晚早])(?:[早晚]上|[上下中]午)?)[^没不是有还就再天几什怎]{2,}[吗么嘛]"
)
_WHEN: Final = "什么时候"
_HALF_WIDTH: Final = re.compile(f"(?<=[{HAN}])[,;:!?]")
# Cleaning makes every comma an English one.
_FULL_WIDTH: Final = dict(zip(",;:!?", "，；：！？", strict=True))
_LETTER: Final = re.compile(r"[^\W_]")
_HAN: Final = re.compile(f"[{HAN}]")
_TOKEN: Final = re.compile(r"[!-\u2e7f]+\s*|.")
_LONELY_I: Final = re.compile(r"(?<![\w'’])i(?=['’](?:m|d|ve|ll)\b|\s|$)")
_EASY_CHINESE: Final = 10
_EASY_ENGLISH: Final = 7
_COST_OF_CHARACTER: Final = 0.03
_COST_OF_ENGLISH_WORD: Final = 0.05
ASKING: Final = 0.3
_COST_OF_CUT: Final = 0.8


@dataclass(frozen=True, slots=True)
class Phrase:
    """A short form of a wording.

    Attributes:
        text: without greeting, politeness, masked data; "…" at a cut.
        plain: the same in Simplified characters and lower case.
        share: how much of the wording it is.
        fitness: how good a name its form makes, of at most 0.3; nothing is said about what it tells.
        day: the day or part of it that is named, 明天; empty if none is.
    """

    text: str
    plain: str
    share: float
    fitness: float
    day: str = ""


def phrases(text: str) -> list[Phrase]:
    """Return the whole of a wording and, if it has several clauses, each of them; none if it is masked data only.

    An English clause is there without its last details too, "is there a warranty" of "is there a warranty on kettles",
    and a Chinese one without the thing that it begins with, 什么时候到 of 我的快递什么时候到. Who asks whether it
    is done by a certain day asks when: 什么时候能到 of 明天能到吗.
    """
    whole = without_masks(text[:_LONGEST_CONSIDERED], _HOLE)
    plain = to_simplified(whole)
    # OpenCC replaces characters one by one in nearly every text; where it doesn't, offsets can't be mapped back.
    whole = whole if len(whole) == len(plain) else plain
    spans = _spans(plain, _CLAUSE_END)
    if len(spans) == 1 and _excess(plain) > 0:
        spans = [span for span in _spans(plain, _JOINT) if span != (0, len(plain))] or spans
    spans = [span for span in spans if not is_courtesy(plain[slice(*span)])] or spans
    found = []
    if len(spans) > 1:
        joined = ["，".join(form[start:end] for start, end in spans) for form in (whole, plain)]
        found.append(_phrase(joined[0], joined[1], 1.0))
    for start, end in spans[:_MOST_CLAUSES]:
        shorter = [(start, stop) for stop in _earlier_ends(plain, start, end)]
        shorter += [(begin, end) for begin in _later_starts(plain, start, end)]
        for begin, stop in (*shorter, (start, end)):
            forms, share = (whole[begin:stop], plain[begin:stop]), (stop - begin) / len(whole)
            found += [_phrase(*forms, share) for forms in (forms, *_undated(*forms))]
    return [phrase for phrase in found if phrase.text]


def cut(text: str) -> str:
    """Return at most 24 Chinese characters (two Latin letters count as one) or 10 English words, "…" at a cut."""
    if not _HAN.search(text):
        words = text.split()
        return text if len(words) <= _LONGEST_ENGLISH else " ".join(words[:_LONGEST_ENGLISH]) + "…"
    room = float(_LONGEST_CHINESE)
    for token in _TOKEN.finditer(text):
        room -= len(token.group().rstrip()) / 2 if token.group().isascii() else len(token.group())
        if room < 0:
            return text[: token.start()].rstrip() + "…" if token.start() else text[: 2 * _LONGEST_CHINESE] + "…"
    return text


def _spans(text: str, boundary: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where the parts between boundaries are, those with a letter."""
    ends = [match.span() for match in boundary.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    return [(start, stop) for start, stop in zip(starts, stops, strict=True) if _LETTER.search(text, start, stop)]


def _earlier_ends(plain: str, start: int, end: int) -> list[int]:
    """Where an English clause could end before its last details, the earliest first."""
    # What is left of a clause with masked data reads like half a sentence.
    if _HOLE in plain[start:end] or not _ADDED.search(plain, start, end):
        return []
    left, right = _bounds(plain[start:end])
    least = _LEAST_KEPT.match(plain, start + left, start + right)
    ends = [added.start() for added in _ADDED.finditer(plain, least.end(), start + right)] if least else []
    return [stop for stop in ends[:_MOST_ENDS] if not _NEEDS_MORE.search(plain, start, stop)]


def _later_starts(plain: str, start: int, end: int) -> list[int]:
    """Where a Chinese clause could begin without the thing that it is about."""
    left, _ = _bounds(plain[start:end])
    asked = _HINGE.search(plain, start + left + 1, end)
    if not asked or asked.start() > end - _LEAST_ASKED or _HOLE in plain[start : asked.start()]:
        return []
    before = plain[start : asked.start()]
    last = [before[first:] for first, end in word_spans(before) if end == len(before)]
    return [asked.start()] if last and part_of_speech(last[0])[:1] in ("n", "") else []


def _undated(text: str, plain: str) -> list[tuple[str, str]]:
    """The question when for one whether by a certain day, if it is one, in the text and its plain form."""
    left, right = _bounds(plain)
    asked = _BY_DAY.fullmatch(plain, left, right)
    if not asked:
        return []
    start, end = asked.span("day")
    when = to_traditional(_WHEN) if text != plain else _WHEN
    last = right - len("吗")
    text, plain = text[left:start] + when + text[end:last], plain[left:start] + _WHEN + plain[end:last]
    return [(text[begin:], plain[begin:]) for begin in (0, *_later_starts(plain, 0, len(plain)))]


def _phrase(text: str, plain: str, share: float) -> Phrase:
    start, end = _bounds(plain)
    text, plain = _settled(text[start:end], plain[start:end])
    shown = SPACE_AT_HAN.sub("", " ".join(text.replace(_HOLE, " ").split()))
    shown = _LONELY_I.sub("I", _HALF_WIDTH.sub(lambda mark: _FULL_WIDTH[mark.group()], shown))
    short = cut(shown)
    lower = plain.lower()
    fitness = ASKING * bool(_ASKS.search(lower)) - _COST_OF_CUT * (short != shown)
    fitness -= sum(cost * len(found(lower)) for found, cost in _COSTS)
    per_word = _COST_OF_ENGLISH_WORD if shown.isascii() else _COST_OF_CHARACTER
    day = _DAY.search(lower)
    return Phrase(capitalised(short), lower, share, fitness - per_word * _excess(shown), day.group() if day else "")


def _bounds(plain: str) -> tuple[int, int]:
    """Where the text is without courtesy and whatever else at its ends the name of a question does without."""
    start, end = 0, len(plain)
    while True:
        inner = plain[start:end]
        left, right = core(inner)
        left += openings_end(_IDLE_START, inner[left:right])
        right = left + closing_start(_IDLE_END, inner[left:right])
        if right - left == end - start:
            return start, end
        start, end = start + left, start + right


def _settled(text: str, plain: str) -> tuple[str, str]:
    """Without a final 么 if a question word is there, else with 吗 in its place, in the text and its plain form."""
    if not _FINAL_PARTICLE.search(plain):
        return text, plain
    if _QUESTION_WORD.search(plain):
        return text[:-1], plain[:-1]
    traditional = text != plain or text.endswith("麼")
    return text[:-1] + ("嗎" if traditional else "吗"), plain[:-1] + "吗"


def _excess(text: str) -> float:
    """By how many characters, or English words, a text is longer than one that is easy to read in a list."""
    if text.isascii():
        return max(0, len(text.split()) - _EASY_ENGLISH)
    return max(0.0, sum(0.5 if character.isascii() else 1.0 for character in text) - _EASY_CHINESE)


def capitalised(name: str) -> str:
    first = name.split(" ", 1)[0]
    return first[:1].upper() + name[1:] if first.isascii() and first.islower() else name
