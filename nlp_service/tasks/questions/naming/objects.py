"""Names that say what is to be done, or what happened, and leave open with what: "can it be changed?"."""

import re
from typing import Final

from nlp_service.text import to_simplified

# Change, exchange, give back, repair, call off, send, hurry; with nothing but particles and question words around it.
# In Simplified characters.
# No string is two of the parts before it in two ways, or a long text would take for ever.
NO_OBJECT: Final = re.compile(
    r"^(?:[我你们咱是不想要请帮给可会能以在还得该几啥时再]|麻烦|帮忙|现在|目前|重新|申请|怎[么样]样?|如何|什么|时候|多久|何时"
    r"|哪[里儿]?|为什么|为啥|应该|直接|稍微)*"
    r"(?P<action>修?改|更[换改新]|换|调整?|退|退[回换]|返回|还|维?修|取消|处理|解决|安排|[赶尽抓]?快|邮?寄|送|拿|取|弄|办理?|加急|抓紧)"
    r"(?:一[下点些]|[下点些快吗么呢吧嘛了的过来去回好]|到|完|成|可以|行|不)*$"
)
_EVENT: Final = re.compile(r"[^\W\d没不好行知]{2,3}了")


def event_alone(name: str) -> bool:
    """Whether a Chinese name says in a word what happened, and no more: 降价了."""
    return bool(_EVENT.fullmatch(to_simplified(name)))


def action_alone(name: str) -> str | None:
    """What a Chinese name says is to be done, in Simplified characters, if it names no thing; None of other names."""
    found = NO_OBJECT.match(to_simplified(name))
    return found["action"] if found else None
