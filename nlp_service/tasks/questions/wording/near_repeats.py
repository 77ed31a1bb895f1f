"""Wordings that ask the same but for words that change nothing, or for one slip of the keyboard.

A wrong merge is worse than a missed one. So what may differ is listed, all else may not, and the vectors have to agree.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Cosines of the bundled encoder, version 3. Wordings of one plain form: 0.99 in the median, 1 % below 0.8, a wrong one
# (vision, visions) 0.57. Different words that a slip could make of each other: up to 0.91 (hotel, hostel).
_LEAST_LIKENESS: Final = 0.7
_LEAST_LIKENESS_OF_SLIPS: Final = 0.92
_SHORTEST_WORD, _LONGEST_WORD = 6, 30
_SHORTEST_WITH_SLIP: Final = 8

_NUMERALS: Final = "零一二两三四五六七八九十百千万半双"
_DENIALS: Final = "不没未别无非勿莫甭免否"
_SAME: Final = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        # Chinese, in Simplified characters: misspellings, variants, and what may be left out.
        ("定单", "订单"),
        ("帐", "账"),
        ("登陆", "登录"),
        ("优惠[卷劵]", "优惠券"),
        ("[审深]请|申清", "申请"),
        ("收获(?=地址|信息)", "收货"),
        (rf"([\u3400-\u9fff])(?<![{_NUMERALS}{_DENIALS}])\1+", r"\1"),
        ("啥|甚么", "什么"),
        ("怎么?样?|咋[么样]?", "怎么"),
        ("[您妳]", "你"),
        ("没有", "没"),
        ("[呢呐]$", ""),
        ("(?<![什怎这那多要])[么嘛嚒]$", "吗"),
        ("(?:一下|(?<=[改查问看催])下)(?![单载架级周午次面子])", ""),
        ("(?<=这)[个款种]", ""),
        ("的", ""),
        ("(^|怎么|为什么|什么时候)我们?", r"\1"),
        ("(什么时候|多久|几天)(?:才|会(?![员议])|能(?![量不])|可以(?!不))+", r"\1"),
        # English, whose apostrophes are spaces by now: contractions, articles, plurals.
        (r"\b(what|where|when|who|how|that|there|here) ?s\b", r"\1 is"),
        (r"\bit s\b", "it is"),
        (r"\bi ?m\b", "i am"),
        (r"\bcan ?(?:not|t)\b", "cant"),
        (r"\b(?:won ?t|will not)\b", "wont"),
        (r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should)(?:n ?t| not)\b", r"\1nt"),
        (r"\bcould\b", "can"),
        (r"\b(?:an?|the)\b ", ""),
        (r"(?<=[a-z]{2})ies\b", "y"),
        (r"(?<=[a-z]{2}[a-hj-rtv-z])(?<!\bcustom)(?<!\bgood)(?<!\bmean)(?<!\bnew)s\b", ""),
    )
)
_WORD: Final = re.compile(rf"(?<![0-9a-z])[a-z]{{{_SHORTEST_WORD},{_LONGEST_WORD}}}(?![0-9a-z])")
_NO_SLIP: Final = re.compile(r"eleven|twelve|second|double|nothing|nobody|without|(?:does|have|would|could|should)nt")


def leaders(wordings: Sequence[str], sizes: Sequence[int], vectors: Sequence[NDArray[np.float32]]) -> list[int]:
    """Which wording each one is counted with: the most frequent one that it nearly repeats, else itself.

    A slip never leads to the next: what is counted with another for one leads none. All depends on the wordings, their
    sizes and vectors, nothing on their order.

    Args:
        wordings: n different canonical wordings.
        sizes: how often each was sent.
        vectors: n of shape (dimension,), unit length.

    Returns:
        n positions; a leader has its own.
    """
    plain_forms = [plain(wording) for wording in wordings]
    leader, totals = list(range(len(wordings))), list(sizes)
    first: dict[str, int] = {}
    for row in sorted(leader, key=lambda row: (-sizes[row], wordings[row])):
        head = first.setdefault(plain_forms[row], row)
        if head != row and vectors[row] @ vectors[head] >= _LEAST_LIKENESS:
            leader[row] = head
            totals[head] += sizes[row]
    misspellings = _misspellings(first)
    leading: set[str] = set()
    for form in sorted(first, key=lambda form: (-totals[first[form]], form)):
        row = first[form]
        near = [(float(vectors[row] @ vectors[first[other]]), other) for other in _respelt(form, misspellings, leading)]
        likeness, other = max(near, default=(0.0, ""))
        if likeness >= _LEAST_LIKENESS_OF_SLIPS:
            leader[row] = first[other]
        else:
            leading.add(form)
    return [leader[head] for head in leader]


def plain(wording: str) -> str:
    """Return a canonical wording with one word for all that mean the same, without those that change nothing."""
    form = wording
    for pattern, word in _SAME:
        form = pattern.sub(word, form)
    return form or wording


def _respelt(form: str, misspellings: Mapping[str, set[str]], known: Set[str]) -> Iterator[str]:
    """Yield the known forms that differ in the spelling of one word."""
    for word in _WORD.finditer(form):
        for other in misspellings.get(word.group(), ()):
            respelt = form[: word.start()] + other + form[word.end() :]
            if respelt in known:
                yield respelt


def _misspellings(forms: Iterable[str]) -> dict[str, set[str]]:
    """The words that differ by a slip, to and fro: a letter missing or too many, or two in the wrong order.

    None at an end is missing and none is replaced: charge and charger, payer and payee, shipping and shopping are
    different words. So are many short ones: quiet and quite.
    """
    words = {word for form in forms if len(form) >= _SHORTEST_WITH_SLIP for word in _WORD.findall(form)}
    words = {word for word in words if not _NO_SLIP.fullmatch(word)}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for word in words:
        for other in _slips(word):
            if other in words and other != word:
                found[word].add(other)
                found[other].add(word)
    return found


def _slips(word: str) -> Iterator[str]:
    """Yield a word with a letter left out, neither first nor last, then with two neighbours changed over."""
    for place in range(1, len(word) - 1):
        yield word[:place] + word[place + 1 :]
    for place in range(1, len(word) - 1):
        yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]
