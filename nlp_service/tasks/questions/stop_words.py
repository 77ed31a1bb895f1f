"""Words that say nothing about what a question is about. Chinese in Simplified characters, English in lower case."""

from typing import Final

_CHINESE: Final = """
一下 一个 一些 一样 一次 一点 一直 一般 上面 下 下面 不了 不会 不到 不好意思 不是 不用 不知道 不能 不行 不要 不过
不错 东东 东西 两个 为 为什么 为何 为啥 之前 也是 了解 事情 亲亲 亲爱 什么 什么时候 今天 他们 以前 以及 以后
会不会 但是 你们 你好 你好呀 你家 你说 使用 依然 先生 全部 关于 其他 具体 几个 出来 刚刚 刚才 到底 前面 办法 半天
即可 却是 原来 反正 只是 只有 可不可以 可以 可否 可是 可能 各位 各种 后面 吗 否则 告知 告诉 咋办 咋样 咨询 咱们
哈哈 哈哈哈 哈喽 哎呀 哪一个 哪个 哪些 哪位 哪儿 哪种 哪里 啊 嗯 嗯嗯 回事 因为 在吗 多少 大家 大概 太 她们
好不好 好像 好吧 好的 如何 如果 姐姐 客服 尤其 就是 已经 希望 帮 帮忙 帮我 干嘛 并且 应该 店家 当时 很 怎么
怎么办 怎么回事 怎么弄 怎么样 怎么着 怎么还 怎样 总是 您们 您好 情况 想 想要 意思 感觉 感谢 我们 我家 我想 我要
或者 所以 所有 找 按照 放心 时候 明天 明白 昨天 是不是 是吗 是否 是的 最后 最近 有些 有人 有没有 有点 有的 朋友
本人 来着 来说 根本 没 没有 消息 点 然后 现在 的话 直接 相关 看到 看看 真是 真的 知道 确定 稍等 突然 等会 等等
美女 老板 能不能 能否 自动 自己 行不行 行吗 要不 要不要 要是 觉得 解决 说 说是 请 请教 请问 谁 谢了 谢谢 起来
还是 还有 还要 这个 这么 这些 这儿 这家 这是 这样 这次 这种 这边 这里 进行 那个 那么 那些 那我 那样 那种 那边
那里 都是 里面 问 问一下 问下 问题 需要 非常 顺便 麻烦 麻烦你 麻烦您
"""
_ENGLISH: Final = """
a able about actually again all alright also am an and any anyone anything are aren't as ask at be because been
before being best but by bye can can't cannot cause could couldn't currently day did didn't do does doesn't doing
don't done each either else even ever every everything for from get gets getting give go going gonna good gosh
got great guess guys had has hasn't have haven't having he hello help helped her here hey hi him his hold how
how's i i'd i'll i'm i've if in info information into is isn't it it's its just kind kinda know let let's like
little look looking lot ma'am make making may maybe me mean might mind more morning much must my myself name need
needed needing needs never new no not now of off oh ok okay on one only or other our out over please possible
probably put question questions quick quickly really right said say see she should sir so some someone something
sorry still stuff sure take talk tell than thank thanks that that's the their them then there there's these they
they're thing things think this those though through time to today too trouble trying uh uhm um understand up us
use used very wanna want wanted wanting was wasn't way we we're we've well were what what's when where where's
whether which while who whole why will with won't wonder wondering work would wouldn't yeah yep yes yet you you'd
you'll you're you've your
"""

STOP_WORDS: Final = frozenset((_CHINESE + _ENGLISH).split())
TELLING_CHARACTERS: Final = frozenset("退换券票税码卡赔赠贷修坏漏丢")
"""Single characters that name a subject by themselves."""
