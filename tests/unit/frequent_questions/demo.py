"""A shop's questions of eight weeks, made up: clusters with everything that a report can show, in three languages."""

from datetime import date, datetime, timedelta, timezone
from math import cos, sin
from random import Random

from nlp_service.contracts import (
    Cluster,
    Clustering,
    FaqSuggestion,
    GoneCluster,
    QuestionItem,
    ReasonNode,
    ShareChange,
    Theme,
)

FIRST_DAY = date(2026, 3, 2)
DAYS = 56
# Event and change of share, in percentage points with the ends of its interval, of some clusters by their rank.
EVENTS = {
    0: ("steady", 0.3, -0.4, 1.0),
    1: ("grown", 2.1, 1.3, 2.9),
    3: ("shrunk", -1.8, -2.6, -1.0),
    4: ("born", None, None, None),
    6: ("merged", 0.9, 0.3, 1.5),
    9: ("split", -0.7, -1.1, -0.3),
    12: ("grown", 0.8, 0.35, 1.25),
    17: ("born", None, None, None),
    20: ("shrunk", -0.5, -0.8, -0.2),
}

ENGLISH = """
# Delivery: delivery, parcel, courier
212 enquiry answered When will my parcel arrive? | When does my parcel get here? | how long until delivery
171 complaint missing Tracking has not moved for days | The tracking is stuck since Monday
88 request answered Can you change the delivery address? | I moved, please send it to my new place
61 complaint missing It says delivered but I have nothing | marked as delivered, not here
33 enquiry answered Do you deliver on Saturdays? | is weekend delivery possible | Saturday delivery?
# Returns and refunds: refund, return, money
186 enquiry answered How long does a refund take? | when do I get my money back | refund still not on my card
109 request answered I want to send this back | how can I return an item | return label please
54 enquiry answered Who pays for return shipping? | is the return free | do I pay postage for a return
38 complaint missing The refund is less than what I paid | you refunded only part of it | refund amount is wrong
# Payment: card, payment, invoice
133 complaint missing My card was charged twice | two charges for one order | charged double!!
97 complaint missing The payment keeps failing at checkout | card declined but my bank says it's fine
64 request answered I need an invoice with our VAT number | invoice for my company please | can I get a proper invoice
29 enquiry answered Can I pay in instalments? | is there a pay-later option | instalments?
# Account and app: login, password, app
121 enquiry missing I don't get the sign-in code | no SMS code | the code never arrives
75 complaint missing The app closes when I open my cart | app crashes on the cart | cart page crash since the update
49 request answered Please delete my account | how do I close my account | delete all my data
26 suggestion missing Please add a dark mode to the app | dark mode would be lovely | any plans for dark mode?
# Products: size, warranty, stock
92 enquiry missing Is this back in stock soon? | when will the blue one be available again | restock date?
70 enquiry answered Which size should I take? | does it run small | size advice please
57 complaint answered It stopped working after a week | broken after a few days | it no longer turns on
41 enquiry answered How long is the warranty? | is there a warranty on this | warranty period?
22 enquiry answered Is the charger included? | does it come with a charger | charger in the box?
# Vouchers: voucher, code, points
83 complaint answered The voucher code does not work | code says invalid | can't use my voucher
36 enquiry answered When do my points expire? | points gone? | how long are points valid
18 request missing Apply the discount to yesterday's order | I forgot the code, can you still take it off
"""

CHINESE = """
# 物流配送: 快递, 物流, 派送
212 enquiry answered 快递多久能到？ | 我的包裹什么时候能到呀 | 下单三天了还要几天到 | 幾天可以到貨
171 complaint missing 物流信息好几天没更新了 | 物流一直不动 | 物流卡在中转站了怎么回事
88 request answered 麻烦帮我改一下收货地址 | 地址填错了能改吗 | 我搬家了，能换个地址送吗
61 complaint missing 显示已签收但我没收到货 | 没收到就签收了？ | 谁签收的，我没拿到
33 enquiry answered 周末送货吗 | 星期六能派送吗 | 節假日送貨嗎
# 退货退款: 退款, 退货, 到账
186 enquiry answered 退款多久到账 | 钱什么时候退给我 | 退款怎么还没到 | 退款大概要等幾天
109 request answered 我想申请退货 | 怎么退货 | 不想要了可以退吗
54 enquiry answered 退货运费谁出？ | 退货要自己付邮费吗 | 運費險怎麼用
38 complaint missing 退款金额不对，少退了 | 怎么只退了一部分 | 少退我二十块
# 支付发票: 付款, 发票, 扣款
133 complaint missing 一个订单扣了我两次钱 | 重复扣款了 | 怎么扣了两笔！！
97 complaint missing 付款一直失败 | 支付不了，总是报错 | 银行卡付不了款
64 request answered 请帮我开一张公司抬头的发票 | 发票怎么开 | 要专票
29 enquiry answered 可以分期付款嗎？ | 能分期嗎 | 支持分期吗
# 账号与应用: 登录, 验证码, 闪退
121 enquiry missing 收不到验证码怎么办 | 验证码一直不来 | 沒收到驗證碼
75 complaint missing 打开购物车就闪退 | 更新以后老是闪退 | App 一点购物车就退出
49 request answered 帮我注销账号 | 怎么注销 | 想把账号删了
26 suggestion missing 建议增加深色模式 | 能不能出个夜间模式 | 希望有暗色主題
# 商品咨询: 尺码, 保修, 补货
92 enquiry missing 什么时候补货？ | 蓝色的还会有吗 | 請問什麼時候會再進貨
70 enquiry answered 我该选什么尺码 | 偏小吗，一米七五穿多大 | 尺寸怎麼選
57 complaint answered 用了一个星期就坏了 | 没几天就开不了机 | 質量也太差了吧，一週就壞
41 enquiry answered 保修期是多久 | 保修几年 | 保固多久呢
22 enquiry answered 充电器要另外买吗 | 送充电头吗 | 有附充電器嗎
# 优惠积分: 优惠券, 积分, 折扣
83 complaint answered 优惠券用不了 | 券显示不可用 | 為什麼優惠券不能用
36 enquiry answered 积分什么时候过期 | 积分有效期多久 | 點數會過期嗎
18 request missing 昨天的订单能补差价吗 | 今天降价了能退差价吗 | 刚买就降价，补差价
"""

ENDINGS = {"en": ["", " Thanks", "!", " pls", " Order is urgent."], "zh": ["", "？", "，谢谢", "，急", " 🙏"]}
ANSWERS = {
    "en": "You find it under My orders: choose the order, then “Help”. It usually takes two to five working days.",
    "zh": "请在“我的订单”中打开该订单，点击“帮助”即可办理，一般需要二至五个工作日。",
}
LOOSE = {"en": "something else entirely, number {}", "zh": "还有个别的事情，编号 {}"}


def demo(language="en", *, times=True):
    """A clustering and its questions; language: `en` or `zh`."""
    random = Random(7)
    themes = _read(ENGLISH if language == "en" else CHINESE)
    ranked = sorted(
        ((*cluster, number) for number, (_, _, clusters) in enumerate(themes) for cluster in clusters),
        key=lambda row: -row[0],
    )
    loose = sum(row[0] for row in ranked) // 5
    total = sum(row[0] for row in ranked) + loose
    questions, clusters = [], []
    for rank, (size, kind, name, wordings, answered, theme) in enumerate(ranked):
        event, *change = EVENTS.get(rank, ("steady", 0.1, -0.3, 0.5))
        items = [
            QuestionItem(
                f"{rank}-{number}",
                random.choice([name, *wordings]) + random.choice(ENDINGS[language]),
                _time(random, event) if times else None,
            )
            for number in range(size)
        ]
        questions += items
        angle = 1.05 * theme + 0.3
        place = [0.62 * turn(angle) + random.uniform(-0.3, 0.3) for turn in (cos, sin)]
        clusters.append(
            Cluster(
                id=f"q-{rank:04x}",
                name=name,
                representative=name,
                size=size,
                share=size / total,
                kind=kind,
                keywords=themes[theme][1],
                members=[item.id for item in items],
                stability=0.5 + 0.4 * random.random(),
                event=event,
                wordings=[name, *wordings],
                theme=f"theme-{theme}",
                position=(max(-1, min(1, place[0])), max(-1, min(1, place[1]))),
                reason=ReasonNode(f"code.{theme}", themes[theme][0], 0.9),
                answer=FaqSuggestion(str(rank), name, ANSWERS[language], 0.9) if answered else None,
                predecessors=[] if event == "born" else [f"q-{rank:04x}"],
                change=None if change[0] is None else _change(size / total, change),
            )
        )
    rest = [
        QuestionItem(f"loose-{number}", LOOSE[language].format(number), _time(random, "steady") if times else None)
        for number in range(loose)
    ]
    gone = [
        GoneCluster("q-old1", themes[0][2][4][3][0], "died", [], _change(0.002, (-1.1, -1.6, -0.6))),
        GoneCluster("q-old2", themes[1][2][2][3][1], "merged", ["q-0006"], None),
        GoneCluster("q-old3", themes[4][2][4][3][1], "quiet", [], _change(0.001, (-0.2, -0.45, 0.05))),
    ]
    return (
        Clustering(clusters, [item.id for item in rest], _themes(themes, clusters, total), gone),
        [*questions, *rest],
    )


def _read(listed):
    """Name, keywords and clusters of each theme: size, kind, name, other wordings, whether there is an answer."""
    themes = []
    for line in listed.strip().splitlines():
        if line.startswith("# "):
            name, _, keywords = line[2:].partition(": ")
            themes.append((name, keywords.split(", "), []))
        else:
            size, kind, answer, texts = line.split(" ", 3)
            name, *wordings = texts.split(" | ")
            themes[-1][2].append((int(size), kind, name, wordings, answer == "answered"))
    return themes


def _themes(themes, clusters, total):
    made = []
    for number, (name, keywords, _) in enumerate(themes):
        inside = [cluster for cluster in clusters if cluster.theme == f"theme-{number}"]
        size = sum(cluster.size for cluster in inside)
        made.append(Theme(f"theme-{number}", name, size, size / total, keywords, [cluster.id for cluster in inside]))
    return sorted(made, key=lambda theme: -theme.size)


def _change(now, points):
    change, low, high = (point / 100 for point in points)
    return ShareChange(before=max(0.0, now - change), now=max(now, change), low=low, high=high)


def _time(random, event):
    """A growing topic is asked late, a shrinking one early, a new one in the last days only."""
    place = {
        "grown": lambda: random.random() ** 0.45,
        "shrunk": lambda: random.random() ** 2.2,
        "born": lambda: 1 - 0.25 * random.random() ** 2,
    }.get(event, random.random)()
    zone = timezone(timedelta(hours=8))
    start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 9, tzinfo=zone)
    return (start + timedelta(days=min(DAYS - 1, int(place * DAYS)))).isoformat()
