"""A short canonical question out of a customer's own words."""

import re
from collections.abc import Sequence
from typing import Final

from nlp_service.tasks.questions.repeats import HAN, SPACE_AT_HAN, without_masks
from nlp_service.text import clean, detect_language, to_simplified

_LONGEST_CHINESE: Final = 24
_LONGEST_ENGLISH: Final = 10
_LONGEST_CONSIDERED: Final = 600

_PUNCTUATION: Final = r"[\s,.;:!?~，。；：！？…、～—·\-\"'“”‘’()（）【】\[\]<>《》*_^]"
_CHINESE_OPENING: Final = (
    r"(?:[你您]们?|[你您]們|大家|早上|上午|中午|下午|晚上)好|早安|哈[喽囉]|嗨|喂|[亲親][爱愛]的"
    r"|[亲親]{1,3}(?![人戚子友自属屬手])|(?:有人)?在(?:[吗嗎么麼]|不在?)(?=[\s,.?!。？！，]|$)"
    r"|(?:人工)?客服(?=[\s,.?!。？！，你您]|$)|我?(?:就是)?想?要?(?:[请請][问問教]|[问問咨諮諮][询詢]?)一?下?(?:[你您](?![们們]))?(?![题題])"
    r"|想(?:知道|了解|瞭解)一?下?|麻[烦煩][你您]?一?下?|不好意思|打[扰擾]一?下?[你您了]?|[帮幫](?!助)忙?我?"
    r"|(?:是的?|[对對])(?=[,，])|那[个個](?=[\s,，])|就是[说說]|[嗯哦噢喔呃]|好的?(?=[\s,.。，])|小(?:姐姐|哥哥|妹妹)"
)
_ENGLISH_OPENING: Final = (
    r"(?:hi|hello|hey|greetings|there|yes|yeah|yep|ok|okay|well|so|um+|uh+|hmm+|oh|alright|please|sorry|excuse me"
    r"|thanks|thank you|just|actually|basically|also|and|but|good (?:morning|afternoon|evening|day)|sir|ma['’]?am"
    r"|how are you(?: doing)?(?: today)?|my name is \w+(?: [A-Z]\w+)?|this is [A-Z]\w+(?: [A-Z]\w+)?"
    r"|i(?:['’]m| am| was) (?:just )?(?:wondering|hoping|curious)(?: if| about)?"
    r"|i(?: would|['’]d) (?:just )?(?:like|love|want) to (?:know|ask|find out)(?: if| about)?"
    r"|i(?:['’]m| am| was) (?:just )?calling (?:because|to|about)"
    r"|(?:can|could|would|will) you (?:please )?(?:help me(?: to| with)?|tell me(?: if)?)"
    r"|i (?:just )?(?:want|need)(?:ed)? to (?:know|ask)(?: if| about)?"
    r"|i(?:(?:['’]m| am) (?:looking|trying)| would (?:like|love)|['’]d (?:like|love)| (?:just )?(?:want|need)s?) to"
    r"|i wanna|help(?: me)?(?: to| with| in)?|do you know(?: if)?|let me know(?: if)?)(?![\w'’])"
)
_OPENING: Final = re.compile(rf"(?:{_PUNCTUATION}|{_CHINESE_OPENING}|{_ENGLISH_OPENING})++", re.IGNORECASE)
_CLOSING: Final = re.compile(
    rf"(?:{_PUNCTUATION}|[谢謝]{{2}}[你您了]?|多[谢謝]|感[谢謝]|(?<![父母双雙])[亲親]|[呢啊呀哦喔噢嘛啦咯哈]"
    r"|(?<!\w)(?:please|thanks?(?: you| a lot)?|thx|sir|ma['’]?am))++$",
    re.IGNORECASE,
)
_CONTENT: Final = re.compile(r"[^\W\d_].*[^\W_]")
_EDGES: Final = re.compile(rf"^{_PUNCTUATION}+|{_PUNCTUATION}+$")
_CLAUSE_END: Final = re.compile(
    "[，。！？；～…,;!?~]+|[.](?=\\s|$)|(?<=[\u3400-\u9fff])\\s+|\\s+(?=[\u3400-\u9fff])|\\s(?:and|but|so|because)\\s"
)
_ASKS: Final = re.compile(
    r"[吗嗎呢]|怎|什么|什麼|何|多久|多少|[几幾]|哪|[为為]啥|能不能|可不可以|是不是|能否|可以|想要|我要"
    r"|\b(?:how|what|when|where|which|who|why|can|could|do|does|is|are|will|need|want|like)\b",
    re.IGNORECASE,
)
# Cleaning makes every comma an English one.
_FULL_WIDTH: Final = dict(zip(",;:!?", "，；：！？", strict=True))
_HALF_WIDTH: Final = re.compile(f"(?<=[{HAN}])[,;:!?]")
_TOKEN: Final = re.compile(r"[!-\u2e7f]+\s*|.")


def name_of(text: str, keywords: Sequence[str]) -> str:
    """Return the question in a few words: no greeting, filler, politeness, masked data or closing punctuation.

    Args:
        text: the representative of a cluster, as sent.
        keywords: the cluster's keywords, best first; of a long text the clause that has most of them is taken.

    Returns:
        At most 24 Chinese characters (two Latin letters count as one) or 10 English words, "…" at a cut. Never empty
        if the text isn't.
    """
    whole = " ".join(without_masks(text).split())[:_LONGEST_CONSIDERED]
    bare = without_courtesy(whole)
    if _cut(bare) != bare:
        clauses = [clause for part in _CLAUSE_END.split(whole) if part and (clause := without_courtesy(part))]
        bare = max(clauses, key=lambda clause: _told(clause, keywords), default=bare)
    name = _HALF_WIDTH.sub(lambda mark: _FULL_WIDTH[mark.group()], SPACE_AT_HAN.sub("", _cut(bare)))
    return _capitalised(name) or text.strip() or text


def makes_name(text: str) -> bool:
    """Whether a text as sent is short enough for a name, and whole: nothing in it is masked."""
    if len(text) > _LONGEST_CONSIDERED:
        return False
    bare = without_courtesy(clean(text))
    return without_masks(text) == clean(text) and _cut(bare) == bare


def without_courtesy(text: str) -> str:
    """Return the text without greetings, fillers, politeness and punctuation at its ends.

    A text that is nothing but these loses its punctuation only.
    """
    opening = _OPENING.match(text)
    bare = _CLOSING.sub("", text[opening.end() :] if opening else text)
    return bare if _CONTENT.search(bare) else _EDGES.sub("", text)


def _told(clause: str, keywords: Sequence[str]) -> float:
    """How much of the cluster's subject a clause tells; that it asks something counts as the best keyword does."""
    plain = to_simplified(clause).lower()
    subject = sum(1 / (rank + 1) for rank, word in enumerate(keywords) if to_simplified(word) in plain)
    return subject + bool(_ASKS.search(clause))


def _cut(text: str) -> str:
    if detect_language(text) == "en":
        words = text.split()
        return text if len(words) <= _LONGEST_ENGLISH else " ".join(words[:_LONGEST_ENGLISH]) + "…"
    room = float(_LONGEST_CHINESE)
    for token in _TOKEN.finditer(text):
        room -= len(token.group().rstrip()) / 2 if token.group().isascii() else len(token.group())
        if room < 0:
            return text[: token.start()].rstrip() + "…" if token.start() else text[: 2 * _LONGEST_CHINESE] + "…"
    return text


def _capitalised(name: str) -> str:
    first = name.split(" ", 1)[0]
    return first[:1].upper() + name[1:] if first.isascii() and first.islower() else name
