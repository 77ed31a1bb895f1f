"""Where a sentence may end within one line of text."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from nlp_service.text._characters import ATOM, EMOJI, EMOJI_PARTS, HAN, MASK
from nlp_service.text._full_stops import full_stop_ends

_STOPS: Final = "。！？!?；;…‥｡﹖﹗‼⁉❗❓❕❔.．"
_WAVES: Final = "~～〜∼"
_CLOSERS: Final = "”’」』】》〉）)］\\]｝}﹂﹄,，、"

# No terminator and no beginning of an atom: most of a Chinese text, taken in one go.
_NEVER_SPECIAL: Final = "\u3001\u3003-\u301b\u3021-\u312f\u3400-\u9fff\uff0c\uff1a"
# What trails a terminator and belongs to the sentence before it.
_TAIL: Final = re.compile(rf"(?:\s*+[{EMOJI}{EMOJI_PARTS}]++|[{_CLOSERS}{_WAVES}{_STOPS}]++)*+")
_TAIL_AFTER_QUOTE: Final = re.compile(f'"{_TAIL.pattern}')
# Particles: a space before one was typed, or recognised, within a clause.
_NEVER_FIRST: Final = "的(?![确確士])|[们們吗嗎呢吧嘛]"
_SPACE: Final = rf"(?<=[{HAN}\]”」』）)】{EMOJI}])\s++(?=[{HAN}\[“「『【《])(?!{_NEVER_FIRST})"
# The way to the next place where a sentence may end, and that place (a named group). Its tail isn't part of it: where
# the sentence goes on, places follow within the tail, and reading it again for each would take quadratic time.
_CANDIDATE: Final = re.compile(
    rf"(?:[{_NEVER_SPECIAL}]++|{ATOM.pattern}|[^{_STOPS}{_WAVES}\s]|(?!{_SPACE})\s)*+"
    rf"(?:(?P<full_stop>[.．](?![{_STOPS}]))"
    rf"|(?P<trailing_off>(?:[….．‥]++|。{{2,}}+)(?![{_STOPS}]))"
    rf"|(?P<stop>[{_STOPS}]++)"
    rf"|(?P<wave>[{_WAVES}]++)"
    rf"|(?P<space>{_SPACE}))"
)
_CONTINUATION: Final = re.compile(r"\s*+[a-z]")
_SHORTEST_TRAILING_OFF: Final = 3

# 3~5天, 周一~周五, [数字x]~[数字x]: what stands beside a wave dash that means "to".
_RANGE_START: Final = frozenset(
    "0123456789０１２３４５６７８９一二三四五六七八九十两兩百千万萬日月年号號点點时時天元块塊周午晚早]"
)
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
_ACKNOWLEDGEMENT: Final = (
    "(?:好|行|可以|是|不是|对|對|嗯+|恩+|哦+|噢+|没有|沒有|没事|沒事|不用|不客气|不客氣|知道|明白)"
)
_COURTESY_ALONE: Final = re.compile(rf"\s*+(?:{_COURTESY}{_PARTICLES})++")
_ADDRESS: Final = "(?:亲爱[的哒滴]|親愛[的噠]|亲亲|親親)"
_OPENER_FOLLOWS: Final = re.compile(
    rf"(?:{_COURTESY}|{_ACKNOWLEDGEMENT}){_PARTICLES}(?=[\s{_STOPS}{_WAVES}]|$)|{_ADDRESS}\s++[{HAN}]"
)
# "订单金额:[金额x] 下单时间:[日期x]": one record, not several sentences.
_TWO_FIELDS: Final = re.compile(rf"[{HAN}]{{2,8}}[:：]\S*+\s++[{HAN}]{{2,8}}[:：]")
_LONGEST_FIELD: Final = 60

_HAN: Final = re.compile(f"[{HAN}]")
_SPACE_IN_CHINESE: Final = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
_FEWEST_WORD_SPACES: Final = 4
_LONGEST_MEAN_WORD: Final = 3


def segments(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the line `[start, end)` of a text in segments, each of which ends where a sentence may end."""
    spaces_part_words = _spaces_part_words(text, start, end)
    begin = position = start
    while candidate := _CANDIDATE.match(text, position, end):
        position = candidate.end()
        kind = str(candidate.lastgroup)
        if kind == "space" and spaces_part_words:
            continue
        if kind != "stop" and not _ENDS[kind](text, begin, *candidate.span(kind), end):
            continue
        if tail := _TAIL.match(text, position, end):
            position = tail.end()
        if text.startswith('"', position, end):
            position = _after_quote(text, begin, position, end)
        yield begin, position
        begin = position
    if begin < end:
        yield begin, end


def _spaces_part_words(text: str, start: int, end: int) -> bool:
    """Tell whether a line has its words set apart, as some speech recognisers write Chinese."""
    spaces = len(_SPACE_IN_CHINESE.findall(text, start, end))
    if spaces < _FEWEST_WORD_SPACES:
        return False
    return len(_HAN.findall(text, start, end)) < _LONGEST_MEAN_WORD * (spaces + 1)


def _trailing_off_ends(text: str, begin: int, start: int, stop: int, end: int) -> bool:
    # 嗯……那个快递 is one sentence; so is "I was... thinking".
    return start - begin >= _SHORTEST_TRAILING_OFF and not _CONTINUATION.match(text, stop, end)


def _wave_ends(text: str, begin: int, start: int, stop: int, end: int) -> bool:
    if start == begin or stop == end:
        return True
    before, after = text[start - 1], text[stop]
    if after.isdigit() or (before in _RANGE_START and after in _RANGE_END):
        return False
    return not (before.isascii() and after.isascii() and after.isalnum())


def _space_ends(text: str, begin: int, start: int, stop: int, end: int) -> bool:
    left_is_long = start - begin > _LONGEST_LOOK_BACK or _LONG_SENTENCE.match(text, begin, start) is not None
    if _LONG_PIECE_FOLLOWS.match(text, stop, end):
        if _parts_fields(text, begin, start, end):
            return False
        return left_is_long or _COURTESY_ALONE.fullmatch(text, begin, start) is not None
    return left_is_long and _OPENER_FOLLOWS.match(text, stop, end) is not None


def _parts_fields(text: str, begin: int, start: int, end: int) -> bool:
    field = text.rfind(" ", max(begin, start - _LONGEST_FIELD), start) + 1
    return _TWO_FIELDS.match(text, max(begin, field), end) is not None


def _after_quote(text: str, begin: int, position: int, end: int) -> int:
    """Return the position, moved over a straight quote that closes one opened in the sentence `[begin, position)`."""
    quote = _TAIL_AFTER_QUOTE.match(text, position, end)
    if quote is None or text.count('"', begin, position) % 2 == 0:
        return position
    return quote.end()


_ENDS: Final[dict[str, Callable[[str, int, int, int, int], bool]]] = {
    "full_stop": full_stop_ends,
    "trailing_off": _trailing_off_ends,
    "wave": _wave_ends,
    "space": _space_ends,
}
