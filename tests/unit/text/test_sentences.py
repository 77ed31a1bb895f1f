"""What an analyst expects of the sentences of chats, e-mails and speech transcripts, in examples."""

import pytest

from nlp_service.text import Span, split_sentences
from nlp_service.text.sentences import MAX_SENTENCE_CHARACTERS

# In every example, | marks where the text is split; it is not part of the text.


def _expect(marked: str) -> None:
    parts = marked.split("|")
    text = "".join(parts)
    assert [text[span.start : span.end] for span in split_sentences(text)] == [part.strip() for part in parts]


@pytest.mark.parametrize(
    "marked",
    [
        "快递到哪了？|我等了三天！|算了。",
        "訂單還沒出貨嗎？|請幫我查一下。|謝謝！",
        "先退一件;|另一件留着；|就这样",
        "真的吗?!!|不敢信",
        "怎么这样。。。|我要投诉",
        "唉我说不清楚……|你看照片吧",
        "等很久了......|还没人理我",
        "为什么❓❓|没人告诉我",
        "价格对吗？！！|帮我看看",
        "水煮开了就停，根本煮不熟，米还是生的",
        "红色、蓝色、白色都要",
    ],
)
def test_terminators(marked: str) -> None:
    _expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "他说“马上发货。”|可是没发",
        "店員說「今天會到。」|結果沒到",
        "「真的嗎？」|我問他",
        "（太慢了！）|下次不买了",
        'He said "it works." |Then it broke.',
        '他回"没货了。"|那就退款吧',
        "收到了！😊|谢谢",
        "收到了！ 😊🎉|谢谢",
        "太棒了！👍🏻|下次还来",
        "好用！❤️|推荐",
        "可以吗?~~|急用",
        "什么?，|我没听清",
    ],
)
def test_what_trails_a_terminator_belongs_to_the_sentence_before(marked: str) -> None:
    _expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "It broke.|I want a refund.|Thanks",
        "It broke. and nobody answers",
        "it broke.|i want my money back",
        "it broke.|i'm upset",
        "it broke. it is new",
        "I paid 3.5 yuan for it.|It was 4.",
        "Mr. Wang and Dr. Li called e.g. twice.|Nobody came.",
        "I live in the U.S. Please ship to J. Smith.",
        "Call at 5 p.m.|Thanks",
        "See No. 5 on Jan. 3.|Is it there?",
        "Is it there?|No.|It is not.",
        "1. Open the app.|2. Tap it.",
        "Install v2.0.1 first.|Restart it.",
        "Open report.pdf or www.example.com/help.|Done!",
        "Mail me at first.last@example.com.|Thanks!",
        "Order AB.1234.X-9 is late.|Why?",
        "So do I.|Please check.",
        "We are Acme Inc. Our order is late.",
        "I was... thinking about it",
        "Well that is that...|Now what",
    ],
)
def test_english_full_stops(marked: str) -> None:
    _expect(marked.replace("|", " |"))


@pytest.mark.parametrize(
    "marked",
    [
        "没收到货.|帮我查查.",
        "我的是iPhone.|帮我看看",
        "[订单x].|这个订单没到",
        "单号10086.|帮我查一下",
        "发票.pdf打不开",
        "合同.DOCX在哪下载",
        "京东.com的链接",
        "1.打开设置 2.点击更新",
        "选A.红色还是B.蓝色",
        "一.先下单",
        "一共3.5公斤",
        "3.5折起",
        "升级到v2.0.1了.|还是闪退",
        "网址是www.example.com.|你看下",
        "我要退款.|12345这一单",
    ],
)
def test_full_stops_typed_in_chinese(marked: str) -> None:
    _expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "打开http://a.example/c?x=1看看",
        "打开 http://a.example/c?x=1&y=2;z=3 看看",
        "https://a.example/p!q?r=1.|还是打不开？",
        "见 https://a.example/c?|为什么打不开",
        "shop.example/item?id=3 打不开",
        "shop.example?id=3&n=4 也不行",
        "邮箱a.b@c.example？|发了",
        "标题&nbsp;有乱码&#39;怎么办",
        "是shop.example?|对的",
    ],
)
def test_urls_addresses_and_entities_are_not_split(marked: str) -> None:
    _expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "好的~|帮您查一下~",
        "好的～～|幫您查一下～",
        "收到~|[订单x]已经取消了",
        "thanks~|帮我看看",
        "收到呢~ |[数字x]件都发了",
        "3~5天到货",
        "三～五天到货",
        "[数字x]~[数字x]天到货",
        "周一~周五上班",
        "早上9:00~12:00在家",
        "大概~100块",
        "在 a~b 之间",
    ],
)
def test_wave_dashes_end_clauses_but_not_ranges(marked: str) -> None:
    _expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "我的快递还没到 |你帮我查一下",
        "我的快遞還沒到 |你幫我查一下",
        "你好 |我的快递还没到 |什么时候能送",
        "你好 在吗",
        "你好 在吗 |我的快递还没到",
        "好的 谢谢",
        "好的 我明天再来看看",
        "查到您的订单了 |谢谢",
        "你看一下地址 |对 还是原来那个",
        "不用的 亲",
        "亲爱的 请把单号发我",
        "已经帮您取消订单了 |亲爱的 还有别的问题吗",
        "我的iPhone 15 Pro Max坏了 |你们能修吗",
        "想买 iPhone 手机壳",
        "查一下订单[订单x] |什么时候到货",
        "[订单x] [订单x]",
        "预约的日期 [日期x]",
        "订单号码:[订单x] 订单金额:[金额x] 下单时间:[日期x]",
        "帮我查下站点电话 |订单号码:[订单x] 订单金额:[金额x]",
        "你们有退换货 的规定吗",
        "我 想 问 一下 昨天买的 东西 什么时候 到",
        "收到货了😊 |质量很不错呢",
        "什么时候可以发货 ?",
    ],
)
def test_spaces_between_clauses(marked: str) -> None:
    _expect(marked)


@pytest.mark.parametrize("marked", ["嗯……那个快递吧", "嗯。。。我想问一下", "呃...就是那个", "我还没想好……|先不退了"])
def test_hesitation_is_no_sentence(marked: str) -> None:
    _expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "[疑问?]是什么意思",
        "[订单x]？|[金额x]！",
        "#E-s[数字x]好的。|再见",
        "您好。|[订单x]是这个单号吗?",
        "[订单编号:[订单x]，订单金额:[金额x]，下单时间:[日期x] [时间x]]",
    ],
)
def test_placeholders_stay_whole(marked: str) -> None:
    _expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "好的。 ~~~",
        "好的。 [微笑]",
        "好的。 (∩_∩)",
        "给个好评哦~ O(∩_∩)O~|谢谢",
        "好的！ ！ ！",
        "😂😂😂",
        "~~~",
        "？？？",
        "？？你好",
    ],
)
def test_leftovers_join_a_sentence_of_their_line(marked: str) -> None:
    _expect(marked)


def test_line_breaks_always_end_a_sentence() -> None:
    text = "收件人：小明\r\n电话\n\n  地址 \u2028😂\n好"
    assert [text[span.start : span.end] for span in split_sentences(text)] == [
        "收件人：小明",
        "电话",
        "地址",
        "😂",
        "好",
    ]


@pytest.mark.parametrize("text", ["", "  \n\t\u3000", "\ufeff\u200b\n\u2060"])
def test_nothing_visible_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == []


def test_offsets_count_code_points_of_the_text_as_sent() -> None:
    assert split_sentences(" 👍🏻好！ Ｏｋ ") == [Span(1, 5), Span(6, 8)]


class TestLongSentences:
    """Speech without punctuation."""

    @staticmethod
    def _lengths(text: str) -> list[int]:
        return [span.end - span.start for span in split_sentences(text)]

    def test_the_longest_sentence_is_not_cut(self) -> None:
        assert self._lengths("说" * MAX_SENTENCE_CHARACTERS) == [MAX_SENTENCE_CHARACTERS]

    def test_a_comma_is_the_best_place(self) -> None:
        assert self._lengths("说" * 99 + "，" + "说" * 50 + "、" + "说" * 100) == [100, 151]

    def test_a_pause_is_the_next_best_and_a_particle_the_last(self) -> None:
        assert self._lengths("说" * 99 + "、" + "说" * 50 + "吗" + "说" * 100) == [100, 151]
        assert self._lengths("说" * 99 + "吗" + "说" * 150) == [100, 150]

    def test_a_comma_near_the_start_is_not_worth_it(self) -> None:
        assert self._lengths("说" * 9 + "，" + "说" * 240) == [200, 50]

    @pytest.mark.parametrize(
        "atom",
        ["http://a.example/c?x=1,2", "1,234,567.89", "personalised", "[订单x]", "👨‍👩‍👧‍👦", "e\u0301\u0302", "❤️"],
    )
    def test_atoms_are_not_cut(self, atom: str) -> None:
        text = "说" * (MAX_SENTENCE_CHARACTERS - 1) + atom + "说" * 9
        assert self._lengths(text) == [MAX_SENTENCE_CHARACTERS - 1, len(atom) + 9]

    def test_an_atom_longer_than_a_sentence_is_cut(self) -> None:
        assert self._lengths("a" * 450) == [200, 200, 50]
        assert self._lengths("e" + "\u0301" * 300) == [200, 101]
