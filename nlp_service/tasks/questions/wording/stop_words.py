"""Words that say nothing about what a question is about. Chinese in Simplified characters, English in lower case."""

from typing import Final

_CHINESE: Final = """
一下 一个 一个个 一些 一定 一样 一次 一点 一直 一种 一般 一起 一遍 上次 上面 下 下面 不了 不会 不住 不再 不到 不同
不大 不好 不好意思 不想 不是 不然 不用 不知道 不能 不行 不要 不过 不错 东东 东西 两个 个 为 为什么 为何 为啥 么 之前
之后 也 也好 也是 了 了解 事情 亲 亲亲 亲们 亲爱 亲爱的 什么 什么时候 今天 今日 今早 今晚 他们 以上 以下 以前 以及
以后 任何 会 会不会 估计 但是 何时 你 你们 你好 你好呀 你家 你说 使用 依然 先 先生 全部 关于 其他 其实 具体 再 再说
几 几个 几号 几点 出来 刚 刚刚 刚才 到 到底 前天 前面 办法 劳驾 半天 即可 却 却是 原来 又 双方 反正 受累 只是 只有 可
可不可以 可以 可否 可惜 可是 可能 各 各位 各种 同样 后天 后来 后续 后面 吗 否则 吧 呀 告知 告诉 呗 呢 咋 咋么 咋办
咋样 咨询 咱们 哈 哈哈 哈哈哈 哈喽 哎 哎呀 哎呦 哦 哦哦 哦哦哦 哪 哪一个 哪个 哪些 哪位 哪儿 哪天 哪家 哪种 哪里 唉
啊 啊啊 啥 啥时候 啦 喂 嗨 嗯 嗯嗯 嘛 噢 噢噢 回事 因为 在 在吗 处 多 多少 多长 多长时间 大家 大概 太 她们 好 好不好
好久 好像 好吧 好的 如下 如何 如果 如果说 姐姐 存在 完 完全 客服 家 对 对不对 对于 对吧 小二 小哥 小妹 尤其 就 就是
就行 尽量 居然 差不多 已 已经 希望 帮 帮忙 帮我 干嘛 并 并且 应 应该 店家 弄 弄好 当 当时 很 得 得到 必须 怎 怎么
怎么会 怎么办 怎么回事 怎么弄 怎么样 怎么着 怎么能 怎么说 怎么还 怎样 总 总是 您 您们 您好 情况 想 想要 意思 意见
感觉 感谢 懂 成 成功 我 我们 我家 我想 我要 或 或者 所以 所有 所说 才 才会 才能 打 找 找到 把 抓紧 抱歉 拜托 拿 拿到
按 按照 挺 换个 据说 接着 提示 搞 放 放心 时 时候 时间段 明天 明日 明早 明白 昨天 是 是不是 是个 是从 是吗 是否 是的
更 更多 最 最后 最近 有 有个 有些 有人 有没 有没有 有点 有的 朋友 期间 未 本 本人 本来 来 来看 来着 来说 果然 某 某个
根本 正常 每 每次 比如 比较 毕竟 没 没事 没人 没有 消息 点 点儿 点击 然后 特别 现 现在 甚么 用 用户 由 由于 的 的话
直 直接 相关 看 看一下 看下 看到 看看 看着 看见 真 真是 真的 着 知不知道 知道 确定 确实 确认 碰到 稍 稍等 究竟 突然
竟然 等 等下 等会 等等 算 算了 系 经常 结果 给 给个 给您 给我 继续 美女 老是 老板 而 而且 肯定 能 能不能 能否 能够
能行 自从 自动 自己 若 虽然 行 行不行 行吗 表示 被 要 要不 要不要 要是 见 觉得 解决 认为 让 让我 记得 说 说是 请 请您
请教 请问 谁 谁知 谢了 谢谢 谢谢您 贵公司 贵司 赶快 赶紧 起来 起码 越 跟 轻松 辛苦 辛苦了 边 达到 过 过去 过来 还
还会 还是 还有 还没 还能 还要 这个 这么 这些 这件 这儿 这家 这张 这是 这样 这次 这款 这种 这边 这里 进行 连 通过 造成
遇到 那 那个 那么 那些 那件 那天 那家 那就 那我 那样 那款 那种 那边 那里 都 都是 里 里面 问 问一下 问下 问题 除了
唔该 想问 几时 点解 点样 边度 边个 呢个 呢度 嗰个 嗰度 而家 听日 琴日 今次 你哋 我哋 佢哋 可唔可以 得唔得 有冇 系咪
多谢晒 随便 难道 需 需要 非 非常 顺便 须 顾客 首先 马上 麻烦 麻烦你 麻烦您
"""
_ENGLISH: Final = """
a able about across actually afternoon again ain't all already alright also always am am've an and another any anybody
anyone anything are aren't around as asap ask assist assistance at away be because been before being best both bring
but by bye called calling can can't cannot cause com complete could couldn't couple currently day did didn't different
do does doesn't doing don't done dont during each either else even evening ever every everything feel fine for from
get gets getting give gmail go going gonna good gosh got great guess guys had happen has hasn't have haven't having he
hear hell hello help helped her here here's hey hi him his hold hoping how how's however i i'd i'll i'm i've id if im
ive in info information instead into is isn't isnt it it's its just keep kind kinda kindly know later least less let
let's like little look looking lot ma'am make making many may maybe me mean might mind miss more morning mr mrs ms
much must my myself name near need needed needing needs never new nice no not now of off oh ok ok'd okay on one ones
only onto or other our out over own per please pls plz possible pretty probably proper put question questions quick
quickly rather ready really recently regarding regards right said same say see seem several she should side since sir
so some someone something sometimes soon sorry still stuff such suppose sure take talk tell than thank thanks that
that's the their them then there there's these they they're thing things think this those though through time to today
together tomorrow tonight too tried trouble try trying uh uhm um under understand until up upon us use used very via
wanna want wanted wanting was wasn't way we we're we've well were what what's when where where'd where's whether which
while who whole why will with within without won't wonder wondering work would wouldn't yeah yep yes yesterday yet you
you'd you'll you're you've your
"""

STOP_WORDS: Final = frozenset((_CHINESE + _ENGLISH).split())
TELLING_CHARACTERS: Final = frozenset("退换券票税码卡赔赠贷修坏漏丢催")
"""Single characters that name a subject by themselves."""
BINDING_CHARACTERS: Final = frozenset("开查改补寄送拆装付取填绑领转查降延")
"""Single characters that name a subject together with the word that follows."""
