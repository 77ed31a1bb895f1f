"""What people wrap a question in: greetings, fillers, politeness, the closing particle."""

import re
from typing import Final

from nlp_service.text.masks import HAN
from nlp_service.text.words import word_spans

_PUNCTUATION: Final = r"[\s\ufffc,.;:!?~，。；：！？…、～—·\-\"'“”‘’()（）【】\[\]<>《》*_^|/\\=+&]"
_WORD_END: Final = r"(?![\u3400-\u9fff])"
# Of what these begin with, one way to write it only: texts are matched in Simplified characters.
_CHINESE_OPENING: Final = (
    r"(?:[你您]们?|大家|早上|上午|中午|下午|晚上)好啊?|早安|哈[喽啰罗]|嗨|喂|亲爱的|亲{1,3}(?![人戚子友自属身近密手肤])"
    rf"|(?:有人)?在(?:[吗么嘛]|不在?){_WORD_END}|有人(?:[吗么]|在[吗么]?){_WORD_END}"
    rf"|(?:人工)?客服(?:{_WORD_END}|(?=[你您]))|老板(?=[,，\s你您我请])|小(?:姐姐?|哥哥?|妹妹?)(?=[,，\s你您我请])"
    r"|我?(?:就是)?(?:就?只?想|要)?要?(?:请[问教]|问|咨询)(?:一?下)?+(?:[你您]们?+(?!的))?+(?!题|号|卷|世|候|诊)"
    r"|唔该[晒你]?|我?(?:就|只|就是|只是)?想(?:要)?(?:知道|了解|确认)(?:一?下)?|我只关心"
    r"|(?:麻烦|辛苦|劳驾|受累|拜托|有劳|烦请)[你您]?们?(?:一?下)?了?|不好意思|打扰(?:一?下)?[你您]?了?"
    r"|(?:请?[你您])?帮(?!助)忙?我?|请(?=[帮给问发退换取修改查催联尽处转])|[你您](?=帮|给我)"
    r"|(?:是的?|对的?|行|可以|不是|没有?)(?=[,，;；])|就是说|[嗯哦噢喔呃唉额](?![度外头温])|哎[呦哟呀]?|恩(?=[\s,，])"
    r"|好的?吧?(?=[\s,.。，嗯那])|那个(?=[\s,，])|那么?+(?![个里边些天款种年样次家位件多大小长久远重贵快慢好])|然后|所以说?"
    r"|但是?(?=[\s,，你您我这那为怎什要能可])|可是|不过(?!期)|而且|另外(?![一的])|还有(?:就是|个问题)|话说|对了(?![吗么])"
)
_NAME: Final = r"(?-i:[A-Z]\w*[a-z]\w*)"
_ENGLISH_OPENING: Final = (
    r"(?:hi+|hello(?! kitty\b)|hell there|hey+|greetings|there(?! (?:is|are|was|were|has|have|seems?)\b)"
    r"|yes|yeah|yep|ok|okay|well|so|um+|uh+|hmm+|oh|alright|please|pls|plz"
    r"|kindly|sorry|excuse me|thanks|thank you|just|actually|basically|really|also|and|but|then|sir|ma['’]?am|guys"
    r"|good(?=\s*(?:[,.;!]|sir\b|thank|$))"
    r"|(?:a )?(?:very )?good (?:morning|afternoon|evening|day)(?: to you)?"
    r"|how are you(?: doing)?(?: today)?|my name is \w+(?: (?-i:[A-Z])\w+)?"
    rf"|(?:this is|i['’]?m|i am) (?!(?:not|never|unable|\w{{2,}}ing)\b){_NAME}(?: {_NAME})?"
    r"(?=\s*(?:[,.;!]|$)| (?:and|from|here)\b)"
    r"|i(?:['’]m| am| was) (?:just )?(?:wondering|hoping|curious)(?: if| about| to)?"
    r"|i(?: would|['’]d) (?:just |really )?(?:like|love|want) to (?:know|ask|find out)(?: if| about)?"
    r"|i(?:['’]m| am| was) (?:just )?calling (?:because|to|about)"
    r"|(?:can|could|would|will) you (?:please |kindly )?(?:help me(?: to| with)?|assist me(?: to| with| in)?"
    r"|tell me(?: if)?|please)"
    r"|i (?:just |really )?(?:want|need)(?:ed)? to (?:know|ask)(?: if| about)?"
    r"|i(?:(?:['’]m| am) (?:looking|trying|hoping)| would (?:like|love)|['’]d (?:like|love|want)"
    r"| (?:just |really )?(?:want|need|wish)(?:s|ed)?) to"
    r"|i (?:just |really )?(?:wanna|gotta)"
    r"|(?:i (?:really )?(?:need|want) )?(?:some )?help(?! (?:desk|cent(?:er|re)|line|page)\b)(?: me)?(?: to| with| in)?"
    r"|assist me(?: to| with| in)?|do you know(?: if)?|let me know(?: if)?)(?![\w'’])"
)
_OPENING: Final = re.compile(rf"{_PUNCTUATION}++|{_CHINESE_OPENING}|{_ENGLISH_OPENING}", re.IGNORECASE)
_CLOSING: Final = re.compile(
    rf"(?:{_PUNCTUATION}|谢{{2}}[你您]?了?|谢了|多谢晒?|唔该[晒你]?|感谢|(?<=[\s,，])(?:(?:麻烦|辛苦|拜托)[你您]?了?|(?:好|行|可以)[吗么])"
    r"|(?<![父母双相])亲|[你您]好|[呢啊呀阿哦噢喔哟啦咯哈哇诶]"
    r"|(?<!\w)(?:please|pls|plz|thanks?(?: you| a lot)?|thx|sir|ma['’]?am|asap))++$",
    re.IGNORECASE,
)
_CONTENT: Final = re.compile(r"[^\W\d_].*[^\W_]")
_LONGEST_CLOSING: Final = 60
_LONGEST_HALF_WORD: Final = 8
# Two characters that could be of one word; mostly they can't, and cutting into words takes long.
_JOINT: Final = re.compile(rf"[{HAN}]{{2}}|(?:[^\W{HAN}]|['’-]){{2}}")
_WITHIN_EDGES: Final = re.compile(rf"(?!{_PUNCTUATION}).(?:.*(?!{_PUNCTUATION}).)?", re.DOTALL)


def without_courtesy(text: str) -> str:
    """Return a Simplified text without greetings, fillers, politeness and punctuation at its ends.

    A text that is nothing but these loses its punctuation only.
    """
    start, end = core(text)
    return text[start:end]


def core(simplified: str) -> tuple[int, int]:
    """Return where the text is that `without_courtesy` returns."""
    start, end = _content(simplified)
    if start < end:
        return start, end
    edges = _WITHIN_EDGES.search(simplified)
    return edges.span() if edges else (0, 0)


def is_courtesy(simplified: str) -> bool:
    """Whether a text is nothing but courtesy."""
    start, end = _content(simplified)
    return start == end


def openings_end(opening: re.Pattern[str], simplified: str) -> int:
    """Return where the openings end that a text begins with, one after another: 0 if there are none.

    The last of them ends at no half of a word: 你们好 is none in 你们好像, nor "Hi-" in "Hi-Fi".
    """
    ends: list[int] = []
    while found := opening.match(simplified, ends[-1] if ends else 0):
        ends.append(found.end())
    return next((end for end in reversed(ends) if not _is_within_word(simplified, end)), 0)


def closing_start(closing: re.Pattern[str], simplified: str, least: int = 0) -> int:
    """Return where the closing of a text starts, `least` or later: its length if there is none.

    It starts at no half of a word: 波 is none in 宁波.
    """
    found, end = closing.search(simplified, least), len(simplified)
    starts = range(found.start(), end) if found else ()
    return next((start for start in starts if not _is_within_word(simplified, start)), end)


def _content(simplified: str) -> tuple[int, int]:
    """Where the text between courtesies is; empty if there is none of at least two letters."""
    start = openings_end(_OPENING, simplified)
    end = closing_start(_CLOSING, simplified, max(start, len(simplified) - _LONGEST_CLOSING))
    return (start, end) if _CONTENT.search(simplified, start, end) else (0, 0)


def _is_within_word(simplified: str, position: int) -> bool:
    """Whether a word goes on at a position, by the dictionary only: a guess joins 帮我|查 to 我查."""
    if not _JOINT.fullmatch(simplified, max(0, position - 1), position + 1):
        return False
    first = max(0, position - _LONGEST_HALF_WORD)
    words = word_spans(simplified[first : position + _LONGEST_HALF_WORD], guess_unknown=False)
    return any(first + start < position < first + end for start, end in words)
