"""What kind of word a Chinese word is, for finding what a clause judges.

jieba's dictionary gives each word one part of speech, whatever the context; the words of grammar, which decide, are
therefore listed here. They don't say what an aspect may be: a few nouns are among them only because jieba's tag for
them is another.
"""

from functools import lru_cache
from typing import Final, Literal

from nlp_service.text.words import part_of_speech

Kind = Literal[
    "noun",
    "weak_noun",
    "attribute",
    "event",
    "verb",
    "liking",
    "predicate",
    "adverb",
    "preposition",
    "towards",
    "conjunction",
    "determiner",
    "quantity",
    "of",
    "particle",
    "void",
    "other",
]
"""Kinds, where the name doesn't say it.

weak_noun: a noun that names nothing by itself, or someone on the customer's side.
attribute: stands before a noun only (区别词).
event: a verb of two characters or more, which may name what is judged: 发货很慢.
liking: a verb whose object is judged, not its subject: 孩子喜欢这个老师.
preposition: what it governs isn't judged (离地铁站近); towards: what it governs is (对服务很满意).
quantity: numbers, measures and times, what leads to a time (到现在) too.
void: an evaluative noun: of 垃圾客服, 客服 is what is judged.
"""


_WORDS: Final[dict[Kind, str]] = {
    "adverb": "很 太 真 挺 超 超级 极 极其 最 更 更加 越 越来越 非常 特别 比较 有点 有点儿 有些 稍微 十分 相当 "
    "格外 尤其 实在 确实 简直 都 也 还 又 再 就 才 却 倒 倒是 已经 一直 总 总是 老 老是 经常 常常 从来 根本 完全 "
    "居然 竟然 突然 终于 依然 仍然 还是 不 没 没有 没法 无法 并 未 别 全 全部 多 这么 那么 如此 忽然 偏 蛮 够 怪 "
    "一点 一点儿 一点也 一点都 丝毫 天天 每次 每天 整天 马上 立刻 立马 随便 只是 就是 可 可是 但是 但 不过 而且 "
    "真的 好像 似乎 自动 到底 究竟 毫无 毫不 光 仅 刚 刚刚 一 至今 迟迟 动不动 时不时 反复 严重 普遍 整体 总体 "
    "直接 明显 反而 甚至 连 太过 过于 过分 巨 贼 老爱 压根 真心 整整 足足",
    "preposition": "把 被 将 给 跟 在 从 离 比 往 向 由 按 按照 为 为了 因为 由于 除了 叫 让 用 以 当 同 自 自从 于 经",
    "towards": "对 对于 关于 至于 针对",
    "conjunction": "和 与 及 以及 还有",
    "liking": "喜欢 喜爱 爱 热爱 满意 讨厌 厌恶 恨 嫌 感谢 谢谢 多谢 感激 感恩 点赞 夸 表扬 赞 推荐 强烈推荐 吐槽 "
    "投诉 怀念 欣赏 佩服 信赖 信任 相信 失望 不满 无语 受够 受够了 害怕 珍惜 享受 支持 鄙视 看重 看中 爱上 迷上",
    "determiner": "我 我们 咱 咱们 你 你们 您 他 他们 她 她们 它 它们 这 那 这个 那个 这些 那些 这种 那种 这样 "
    "那样 这款 那款 这家 那家 这里 那里 这边 那边 这儿 那儿 本 该 此 各 每 某 另 其他 其它 别的 别家 什么 啥 哪 "
    "哪个 怎么 怎么样 如何 为什么 谁 大家 自己 人家 别人 整个 所有 任何 一切 贵司 我家 你家 他家 咱家 这次 这回 "
    "那次 上次 本次 首次 这点 这位 那位 亲",
    "quantity": "天 日 月 年 周 星期 礼拜 小时 分钟 秒 钟头 次 个 块 元 块钱 钱 半 多久 多少 今天 明天 昨天 前天 "
    "后天 早上 上午 中午 下午 晚上 夜里 半夜 凌晨 现在 目前 刚才 之前 之后 以前 以后 后来 最近 时间 当天 当时 "
    "第一天 周末 月底 年底 最后 一会儿 半天 两 几 点 号 遍 趟 回 件 份 条 张 只 台 位 家 间 款 种 些 一声 一下 "
    "一点点 全程 一上午 一下午 一整天 到 直到 几天 几次 第一次",
    "of": "的",
    "particle": "了 着 过 得 地 吗 呢 吧 啊 呀 哦 嘛 啦 呗 喔 耶 哎 唉 哈 嗯 所 之 们 起来 下来 出来 上 里 中 内 "
    "外 下 前 后 里面 外面 时 上面 下面 旁边 附近",
    "void": "垃圾 骗子 好评 差评 五星 一星 黑心 无良 奇葩 神经病 骗局 流氓 强盗 傻瓜 败笔 败类 极品 王者 噩梦 惊喜 "
    "优点 缺点",
    "weak_noun": "东西 孩子 小孩 宝宝 儿子 女儿 老公 老婆 妈 妈妈 爸 爸爸 爸妈 父母 家人 朋友 同事 闺蜜 奶奶 爷爷 "
    "老人 家里 全家 顾客 客户 消费者 用户 买家 本人 店 店铺 图片 描述 照片 评论 评价 地方",
    # Verbs, adverbs or nothing at all, says the dictionary.
    "noun": "快递 外卖 做工 包装 卫生 积分 车",
    "predicate": "好 行 强 慢 快 坏 碎 破损 贵 便宜 热情 冷漠 敷衍 专业 粗糙 齐全 精致 清楚 压扁 难 难吃 难用 难看 "
    "难闻 好吃 好用 好看 好听 好找 好玩 一般 不错 满分 优秀 合理 离谱 给力 满满 周到 贴心 用心 到位 麻烦 透顶 "
    "莫名其妙 一塌糊涂 还行 没人 缺货 断货 掉色 起球 漏水 漏气 漏油 漏电 超时 开胶 开裂 变形 发霉 过期 爆表 踩雷 "
    "踢皮球 推来推去 耐心 暖心 良心 失灵 卡顿 闪退 崩溃 故障 异常 错误 失败 延误 延迟 冷清 落后 丰富 迟钝 优雅 "
    "优惠 有限 霸道 绕路 霉味 异味 死机 新鲜 结实 准时 及时 缓慢 热心 礼貌 可怕 恶心 开心 高兴 生气 愤怒 难受 美观 "
    "时尚 大方 小气 实惠 划算 免费 拥挤 吵闹 安静 陈旧 单调 精彩 生动 高档 低端 廉价 劣质 优质 地道 正宗 美味 可口 "
    "油腻 新潮 刺鼻 马虎 负责 细心 周全 完善 破烂 灵敏 迟缓 公道 公平 透明 真实 可靠 靠谱 正常 无礼 低下 拖拉 拖延 "
    "堵塞 脏乱 入味 过时 出色 卓越 普通 坑人 骗人 坑爹 缺失 足够 浪费 够用 合身 松垮 褪色 缩水 起皱 生锈 断裂 脱落 "
    "塌陷 发黄 发黑 变质 骂人 坑 破 烂 差 渣 傻眼 抵 抵买 靓 掂 嘈 耐",
    "verb": "问 提示 显示",
    "other": "人 人理 人接 人管 一个人 时候 感觉 样子 问题 结果 原因 办法 方法 事 事情 情况 方面 意思 程度 心情 "
    "脾气 耐性 气 命 话 字 心 眼 手 头 身 心里 效率低下 眼睛 预期 期待 期望 想象 想像 必要 区别 道理 理由 机会 "
    "可能 希望 毛病 一流 上去 一样 同样 说明 印象 总之 整体来说 总体来说 世界 天下 先生 小姐 女士 您好 你好 辛苦 "
    "麻烦你 谢谢你 谢谢您 谢谢你们 地步 底线 下限 智商 智商税 教训 会 能 要 想 是 有 觉得 认为 以为 知道 发现 看到 "
    "看见 听说 感到 说 说是 打算 准备 开始 继续 需要 必须 应该 可以 愿意 建议 请 请问 麻烦您 购买 下单 下次 回购 "
    "直说 成日 成个 再见 收到 收货 使用 选择 等待 等 值得 无所谓 算了 记得 忘记 打开 联系 询问 咨询 告诉 通知",
}
_LISTED: Final[dict[str, Kind]] = {word: kind for kind, words in _WORDS.items() for word in words.split()}
# 很快, 太差, 不值, 没到, 偏小: the dictionary tags many such pairs as nouns, verbs or names.
_ONE_CHARACTER: Final = frozenset(
    "货袋衫鞋机色盒味车菜饭汤面肉鱼虾蛋米茶酒水奶油糖果瓜花书笔纸包箱瓶杯碗盘锅刀床灯门窗墙桌椅柜屏键线壳膜布裤裙袜帽表镜链猫狗房楼"
    "店价量图歌片剧网卡料皮毛绒棉底跟领袖扣码针药膏霜粉液音光电风牙券腰肚衣豆饼粥虫刷芯胶漆套垫枕被伞琴球票证窗厅厨灶炉泵阀管"
)
"""Nouns that are words by themselves: others are mostly pieces of words that the dictionary lacks, Cantonese ones above
all."""
_DEGREE: Final = frozenset("很太极不没偏挺够超")
_IDIOM: Final = 4
"""Characters of 失望透顶 and the like."""
_NAMES_WITH_DEGREE: Final = frozenset(("太阳", "太空", "太太", "极光", "偏方", "不锈钢", "不粘锅", "超市", "超人"))
_BY_TAG: Final[dict[str, Kind]] = {
    "vn": "noun",
    "j": "noun",
    "s": "noun",
    "x": "noun",
    "b": "attribute",
    "a": "predicate",
    "an": "predicate",
    "ad": "predicate",
    "ag": "predicate",
    "z": "predicate",
    "zg": "verb",
    "i": "predicate",
    "l": "predicate",
    "d": "adverb",
    "p": "preposition",
    "c": "particle",
    "r": "determiner",
    "m": "quantity",
    "mq": "quantity",
    "q": "quantity",
    "t": "quantity",
    "f": "particle",
}


@lru_cache(maxsize=16_384)
def kind_of(word: str) -> Kind:
    """Return what kind of word a Simplified word is; letters are a noun, digits a quantity."""
    kind = _kind_of(word)
    is_piece = kind == "noun" and len(word) == 1 and not word.isascii() and word not in _ONE_CHARACTER
    return "weak_noun" if is_piece else kind


def _kind_of(word: str) -> Kind:
    if word in _LISTED:
        return _LISTED[word]
    if len(word) == _IDIOM and _LISTED.get(word[:2]) in ("predicate", "liking"):
        return "predicate"
    if word[0] in _DEGREE and 1 < len(word) <= 3 and word not in _NAMES_WITH_DEGREE:
        return "predicate"
    tag = part_of_speech(word)
    if tag in ("l", "i") and part_of_speech(word[-2:]) in ("n", "vn") and part_of_speech(word[:2]) in ("n", "vn", "b"):
        return "noun"
    if tag in _BY_TAG:
        return _BY_TAG[tag]
    if tag.startswith("v"):
        return "event" if len(word) > 1 else "verb"
    if tag.startswith("n") or word[0].isascii():
        return "noun"
    return "other"
