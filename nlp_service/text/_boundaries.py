"""Where a sentence ends within one line of text."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from nlp_service.text._characters import ATOM, EMOJI, EMOJI_PARTS, HAN, MASK
from nlp_service.text._full_stops import full_stop_ends

_STOPS: Final = "。！？!?；;…‥｡﹖﹗‼⁉❗❓❕❔.．"
_WAVES: Final = "~～〜∼"
_CLOSERS: Final = "”’」』】》〉）)］\\]｝}﹂﹄,，、"

_TOKEN: Final = re.compile(
    rf"(?P<atom>{ATOM.pattern})"
    rf"|(?P<stop>[{_STOPS}]+)"
    rf"|(?P<wave>[{_WAVES}]+)"
    rf"|(?P<space>(?<=[{HAN}\]”」』）)】{EMOJI}])\s+(?=[{HAN}\[“「『【《]))"
)
_TAIL: Final = re.compile(rf"(?:\s*+[{EMOJI}{EMOJI_PARTS}]++|[{_CLOSERS}{_WAVES}]++|[{_STOPS}]++)*+")
_HESITATION: Final = re.compile(r"[….．‥]+|。{2,}")
_CONTINUATION: Final = re.compile(r"\s*+[a-z]")
_SHORTEST_TRAILING_OFF: Final = 3

# 3~5天, 周一~周五, [数字x]~[数字x]: what stands beside a wave dash that means "to".
_RANGE_START: Final = frozenset("0123456789０１２３４５６７８９一二三四五六七八九十两兩百千万萬日月年号號点點时時天元块塊周午晚早]")
_RANGE_END: Final = frozenset("0123456789０１２３４５６７８９一二三四五六七八九十两兩百千周週星礼禮月下晚[")

_LONG_CLAUSE: Final = 4
"""Han characters, not counting placeholders."""
_LONG_PIECE_FOLLOWS: Final = re.compile(rf"(?:(?:{MASK}|[^\s{_STOPS}{HAN}])*+[{HAN}]){{{_LONG_CLAUSE}}}")
_LONG_SENTENCE: Final = re.compile(rf"(?:(?:{MASK}|[^{HAN}])*+[{HAN}]){{{_LONG_CLAUSE}}}")
_LONGEST_LOOK_BACK: Final = 200

# Short pieces that are an utterance of their own. A courtesy parts from what follows it, an acknowledgement opens it:
# "您好 | 有什么可以帮您", "我看一下 | 对 还是那个地址".
_PARTICLES: Final = "[您你妳啊呀哦喔噢了呢哈吧哒滴的啦嘛亲親]*+"
_COURTESY: Final = (
    "(?:你好|您好|妳好|哈喽|哈囉|哈啰|在吗|在嗎|在么|早上好|上午好|中午好|下午好|晚上好|早安|午安|晚安|谢谢|謝謝|多谢|多謝|感谢|感謝"
    "|再见|再見|拜拜|辛苦|抱歉|不好意思|对不起|對不起)"
)
_ACKNOWLEDGEMENT: Final = "(?:好|行|可以|是|不是|对|對|嗯+|恩+|哦+|噢+|没有|沒有|没事|沒事|不用|不客气|不客氣|知道|明白)"
_COURTESY_ALONE: Final = re.compile(rf"\s*+(?:{_COURTESY}{_PARTICLES})++")
_OPENER_FOLLOWS: Final = re.compile(rf"(?:{_COURTESY}|{_ACKNOWLEDGEMENT}){_PARTICLES}(?=[\s{_STOPS}{_WAVES}]|$)")

_HAN: Final = re.compile(f"[{HAN}]")
_SPACE_IN_CHINESE: Final = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
_FEWEST_WORD_SPACES: Final = 4
_LONGEST_MEAN_WORD: Final = 3


def sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield, in order, each offset in `(start, end]` of one line of text after which a sentence ends."""
    spaces_part_words = _spaces_part_words(text, start, end)
    begin = position = start
    while token := _TOKEN.search(text, position, end):
        position = token.end()
        kind = token.lastgroup
        if kind == "atom" or (kind == "space" and spaces_part_words):
            continue
        if _ENDS[str(kind)](text, begin, token, end):
            begin = position = _tail_end(text, begin, position, end)
            yield position


def _spaces_part_words(text: str, start: int, end: int) -> bool:
    """Tell whether a line has its words set apart, as some speech recognisers write Chinese."""
    spaces = len(_SPACE_IN_CHINESE.findall(text, start, end))
    if spaces < _FEWEST_WORD_SPACES:
        return False
    return len(_HAN.findall(text, start, end)) < _LONGEST_MEAN_WORD * (spaces + 1)


def _stop_ends(text: str, begin: int, token: re.Match[str], end: int) -> bool:
    if token.group() in (".", "．"):
        return full_stop_ends(text, begin, token.start(), end)
    if not _HESITATION.fullmatch(token.group()):
        return True
    # 嗯……那个快递 is one sentence; so is "I was... thinking".
    return token.start() - begin >= _SHORTEST_TRAILING_OFF and not _CONTINUATION.match(text, token.end(), end)


def _wave_ends(text: str, begin: int, token: re.Match[str], end: int) -> bool:
    if token.start() == begin or token.end() == end:
        return True
    before, after = text[token.start() - 1], text[token.end()]
    if after.isdigit() or (before in _RANGE_START and after in _RANGE_END):
        return False
    return not (before.isascii() and after.isascii() and after.isalnum())


def _space_ends(text: str, begin: int, token: re.Match[str], end: int) -> bool:
    before, after = token.span()
    left_is_long = before - begin > _LONGEST_LOOK_BACK or _LONG_SENTENCE.match(text, begin, before) is not None
    if _LONG_PIECE_FOLLOWS.match(text, after, end):
        return left_is_long or _COURTESY_ALONE.fullmatch(text, begin, before) is not None
    return left_is_long and _OPENER_FOLLOWS.match(text, after, end) is not None


def _tail_end(text: str, begin: int, position: int, end: int) -> int:
    """Return where what trails a terminator ends: closing quotes and brackets, emoji, more terminators."""
    tail = _match_end(_TAIL, text, position, end)
    if text.startswith('"', tail, end) and text.count('"', begin, tail) % 2 == 1:
        return _match_end(_TAIL, text, tail + 1, end)
    return tail


def _match_end(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    match = pattern.match(text, start, end)
    return start if match is None else match.end()


_ENDS: Final[dict[str, Callable[[str, int, re.Match[str], int], bool]]] = {
    "stop": _stop_ends,
    "wave": _wave_ends,
    "space": _space_ends,
}
