"""What the page says itself, in English and in both Chinese scripts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

from nlp_service import phrases
from nlp_service.phrases import Language, Phrases
from nlp_service.text import detect_language

MINUS: Final = "−"
_MOST_READ: Final = 2_000
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

TEXTS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        # A bar divides singular from plural, by the value `n`.
        "title": ("Frequent questions", "高频问题", "高頻問題"),
        "report": ("Report on frequent questions", "高频问题报告", "高頻問題報告"),
        "lead": (
            "One question that keeps coming back makes up {share} of what customers ask."
            "|{n} questions that keep coming back make up {share} of what customers ask.",
            "{n} 个反复出现的问题，占客户全部提问的 {share}。",
            "{n} 個反覆出現的問題，占客戶全部提問的 {share}。",
        ),
        "lead_missing": (
            "The knowledge base has no answer to one of them yet.|The knowledge base has no answer to {n} of them yet.",
            "其中 {n} 个在知识库里还没有答案。",
            "其中 {n} 個在知識庫裡還沒有答案。",
        ),
        "lead_none": (
            "No question was asked often enough to make a cluster.",
            "没有哪个问题反复出现到足以成为一类。",
            "沒有哪個問題反覆出現到足以成為一類。",
        ),
        "skip": ("Skip to the list of clusters", "跳到问题列表", "跳到問題清單"),
        "appearance": ("Appearance", "外观", "外觀"),
        "auto": ("Auto", "自动", "自動"),
        "light": ("Light", "浅色", "淺色"),
        "dark": ("Dark", "深色", "深色"),
        # figures at the top
        "questions": ("Questions", "提问", "提問"),
        "clusters": ("Clusters", "问题类别", "問題類別"),
        "in_clusters": ("In clusters", "已归类", "已歸類"),
        "fragments": (
            "{n} fragment left out|{n} fragments left out",
            "{n} 句离开上文看不懂，未计入",
            "{n} 句離開上文看不懂，未計入",
        ),
        "in_none": ("{n} in none", "{n} 条未归类", "{n} 則未歸類"),
        "themes_n": ("in {n} theme|in {n} themes", "分属 {n} 个主题", "分屬 {n} 個主題"),
        "in_faq": ("Answered by the FAQ", "知识库已有答案", "知識庫已有答案"),
        "in_faq_of": ("{n} of {of} clusters", "{of} 类中的 {n} 类", "{of} 類中的 {n} 類"),
        "changes": ("Changes", "变化", "變化"),
        "changes_none": ("none beyond chance", "均在偶然波动之内", "均在偶然波動之內"),
        "changes_doubtful": ("none is certain", "没有可以确定的", "沒有可以確定的"),
        "since": ("since the previous run", "与上一次相比", "與上一次相比"),
        "per_day": ("by day", "按天", "按日"),
        "per_week": ("by week|by {n} weeks", "按周|每 {n} 周", "按週|每 {n} 週"),
        # sections
        "changed": ("What has changed", "有哪些变化", "有哪些變化"),
        "changed_about": (
            "Change of share since the previous run, in percentage points, with its 95% interval.",
            "与上一次相比的占比变化（百分点）及其 95% 区间。",
            "與上一次相比的占比變化（百分點）及其 95% 區間。",
        ),
        "changed_none": (
            "Nothing has changed beyond chance since the previous run.",
            "与上一次相比，没有超出偶然波动的变化。",
            "與上一次相比，沒有超出偶然波動的變化。",
        ),
        "changed_uncertain": (
            "No change since the previous run is certain."
            "|No change since the previous run is certain after correcting for {n} clusters.",
            "按 {n} 类做多重比较校正后，与上一次相比没有可以确定的变化。",
            "按 {n} 類做多重比較校正後，與上一次相比沒有可以確定的變化。",
        ),
        "changed_more": (
            "and one more cluster|and {n} more clusters",
            "还有 {n} 类",
            "還有 {n} 類",
        ),
        "gone": ("No longer among the clusters", "不再高频的问题", "不再高頻的問題"),
        "map": ("Map", "分布图", "分布圖"),
        "map_about": (
            "Near means alike; the area of a circle is the number of questions, its colour the theme.",
            "距离越近，问法越相似；圆的面积表示提问数，颜色表示主题。",
            "距離越近，問法越相似；圓的面積表示提問數，顏色表示主題。",
        ),
        "map_about_plain": (
            "Near means alike; the area of a circle is the number of questions.",
            "距离越近，问法越相似；圆的面积表示提问数。",
            "距離越近，問法越相似；圓的面積表示提問數。",
        ),
        "map_most": (" The {n} largest are shown.", "仅显示最大的 {n} 类。", "僅顯示最大的 {n} 類。"),
        "map_keys": (
            "Map of clusters. Arrow keys move from circle to circle, Enter goes to the cluster.",
            "问题分布图。用方向键在圆之间移动，按回车键跳到该类。",
            "問題分布圖。用方向鍵在圓之間移動，按 Enter 鍵跳到該類。",
        ),
        "themes": ("Themes", "主题", "主題"),
        "more_themes": ("and one more theme|and {n} more themes", "还有 {n} 个主题", "還有 {n} 個主題"),
        "n_clusters": ("{n} cluster|{n} clusters", "{n} 类", "{n} 類"),
        "n_questions": ("{n} question|{n} questions", "{n} 条提问", "{n} 則提問"),
        "list": ("All clusters", "全部类别", "全部類別"),
        "method": ("How to read this", "阅读说明", "閱讀說明"),
        # the table
        "question": ("Question", "问题", "問題"),
        "size": ("Questions", "提问数", "提問數"),
        "share": ("Share", "占比", "占比"),
        "change": ("Change", "变化", "變化"),
        "before_now": ("Before → now", "之前 → 现在", "之前 → 現在"),
        "interval": ("95% interval", "95% 区间", "95% 區間"),
        "event": ("Event", "事件", "事件"),
        "into": ("Now in: ", "现归入：", "現歸入："),
        "over_time": ("Over time", "走势", "走勢"),
        "kind": ("Kind", "类型", "類型"),
        "faq": ("FAQ", "知识库", "知識庫"),
        "answered": ("Answered", "已有答案", "已有答案"),
        "missing": ("No answer yet", "尚无答案", "尚無答案"),
        "points": ("pp", "个百分点", "個百分點"),
        "points_1": ("{change} pp", "{change}", "{change}"),
        "of_questions": (" questions", " 条提问", " 則提問"),
        # what a cluster holds
        "wordings": ("{n} wording|{n} wordings", "{n} 种问法", "{n} 種問法"),
        "wordings_title": ("What customers write, and how often", "客户的问法及次数", "客戶的問法及次數"),
        "and_more": ("and {n} more", "另有 {n} 种", "另有 {n} 種"),
        "answer": ("The knowledge base answers", "知识库的回答", "知識庫的回答"),
        "no_answer": (
            "The knowledge base has no answer to this yet.",
            "知识库里还没有这个问题的答案。",
            "知識庫裡還沒有這個問題的答案。",
        ),
        "about": ("About this cluster", "关于这一类", "關於這一類"),
        "typical": ("Typical question", "代表问法", "代表問法"),
        "keywords": ("Keywords", "关键词", "關鍵詞"),
        "reason": ("Contact reason", "联络原因", "聯絡原因"),
        "theme": ("Theme", "主题", "主題"),
        "stability": ("Stability", "稳定度", "穩定度"),
        "id": ("Id", "编号", "編號"),
        "predecessors": ("Comes from", "来自", "來自"),
        "busiest": ("Most asked {when}: {n}", "提问最多：{when}，{n} 条", "提問最多：{when}，{n} 則"),
        # controls
        "search": ("Search", "搜索", "搜尋"),
        "search_hint": ("Names, keywords, wordings …", "名称、关键词、问法……", "名稱、關鍵詞、問法……"),
        "all": ("All", "全部", "全部"),
        "sort": ("Sort by", "排序", "排序"),
        "sort_size": ("Size", "提问数", "提問數"),
        "sort_rise": ("Share: growing first", "占比增加在前", "占比增加在前"),
        "sort_fall": ("Share: shrinking first", "占比减少在前", "占比減少在前"),
        "sort_recent": ("Over time: later first", "近期增多在前", "近期增多在前"),
        "sort_early": ("Over time: earlier first", "早期较多在前", "早期較多在前"),
        "sort_name": ("Name", "名称", "名稱"),
        "sort_kind": ("Kind", "类型", "類型"),
        "sort_faq": ("Not answered first", "尚无答案在前", "尚無答案在前"),
        "only_missing": ("Only without an answer", "只看尚无答案", "只看尚無答案"),
        "by_theme": ("Group by theme", "按主题分组", "依主題分組"),
        "reset": ("Reset", "重置", "重設"),
        "js_no_theme": ("No theme", "无主题", "無主題"),
        "js_group": (
            "{n} cluster, {questions} questions|{n} clusters, {questions} questions",
            "{n} 类，{questions} 条提问",
            "{n} 類，{questions} 則提問",
        ),
        "js_shown": (
            "{n} of {of} clusters, {questions} questions",
            "{n} / {of} 类，{questions} 条提问",
            "{n} / {of} 類，{questions} 則提問",
        ),
        "js_more": ("Show {n} more", "再显示 {n} 类", "再顯示 {n} 類"),
        "nothing": ("No cluster matches.", "没有符合条件的类别。", "沒有符合條件的類別。"),
        # kinds and events
        "enquiry": ("Enquiry", "咨询", "諮詢"),
        "request": ("Request", "请求", "請求"),
        "complaint": ("Complaint", "投诉", "投訴"),
        "suggestion": ("Suggestion", "建议", "建議"),
        "statement": ("Statement", "陈述", "陳述"),
        "courtesy": ("Courtesy", "客套", "客套"),
        "born": ("New", "新出现", "新出現"),
        "grown": ("Growing", "增加", "增加"),
        "shrunk": ("Shrinking", "减少", "減少"),
        "merged": ("Merged", "合并", "合併"),
        "split": ("Split", "拆分", "拆分"),
        "steady": ("Steady", "平稳", "平穩"),
        "died": ("Gone", "消失", "消失"),
        "quiet": ("Quiet (may be chance)", "沉寂（可能是偶然）", "沉寂（可能是偶然）"),
        # how to read this
        "how_clusters": (
            "A cluster holds questions that ask the same, however they are worded; its name is a typical wording. "
            "Shares are of all {n} questions: the {share} that belong to no cluster count too.",
            "一类问题是指问法不同、所问相同的提问，名称取自其中有代表性的问法。占比以全部 {n} 条提问为基数，"
            "未归类的 {share} 也计算在内。",
            "一類問題是指問法不同、所問相同的提問，名稱取自其中有代表性的問法。占比以全部 {n} 則提問為基數，"
            "未歸類的 {share} 也計算在內。",
        ),
        "how_events": (
            "An event is named only where the change is beyond chance{rate}; everything else is steady. "
            "With many clusters, a few events are still to be expected by chance alone.",
            "只有超出偶然波动的变化才标为事件{rate}，其余一律视为平稳。类别很多时，仍可能有个别事件纯属偶然。",
            "只有超出偶然波動的變化才標為事件{rate}，其餘一律視為平穩。類別很多時，仍可能有個別事件純屬偶然。",
        ),
        "uncertain": (
            "Not certain after correcting for the number of clusters",
            "按类别数校正后不能确定",
            "按類別數校正後不能確定",
        ),
        "how_uncertain": (
            "† The interval excludes zero, but the change is not certain after correcting for the number of clusters: "
            "of {n}, some look changed by chance.",
            "† 区间不含零，但按 {n} 个类别做多重比较校正后不能确定：类别一多，总有几类偶然显得有变化。",
            "† 區間不含零，但按 {n} 個類別做多重比較校正後不能確定：類別一多，總有幾類偶然顯得有變化。",
        ),
        "how_rate": (" (false-alarm rate {rate})", "（误报率 {rate}）", "（誤報率 {rate}）"),
        "how_intervals": (
            "Before and now count the questions near to the earlier cluster's wordings, by one yardstick in both runs: "
            "they may differ a little from the share in the list.",
            "“之前”与“现在”用同一把尺子，数的是接近原有问法的提问，因此与列表中的占比可能略有出入。",
            "「之前」與「現在」用同一把尺，數的是接近原有問法的提問，因此與清單中的占比可能略有出入。",
        ),
        "how_not_compared": (
            "Nothing was compared: a run with the previous result says what is new, growing or shrinking.",
            "本次没有与以往结果对比；提供上一次的结果再运行，即可看到新出现、增加和减少的问题。",
            "本次沒有與以往結果對照；提供上一次的結果再執行，即可看到新出現、增加和減少的問題。",
        ),
        "how_time": (
            "Curves show questions a day, {per}, each from zero to its own highest value; days are those written in "
            "the data, in the time zone given there.",
            "走势为每日提问数（{per}统计），从零画到各自的最高值；日期以数据中所写的时区为准。",
            "走勢為每日提問數（{per}統計），從零畫到各自的最高值；日期以資料中所寫的時區為準。",
        ),
        "how_no_time": (
            "One question has no time and isn't in them.|{n} questions have no time and aren't in them.",
            "有 {n} 条提问没有时间，未计入走势。",
            "有 {n} 則提問沒有時間，未計入走勢。",
        ),
        "how_words": (
            "Wordings are customers' own words: treat this file like the data that it comes from.",
            "问法均为客户原话，请按原始数据的保密要求处理本文件。",
            "問法均為客戶原話，請依原始資料的保密要求處理本檔案。",
        ),
    }
)


class Words(Phrases):
    """The texts in one language, and its way to write days."""

    def __init__(self, language: Language) -> None:
        super().__init__(TEXTS, language)

    def day(self, day: date, *, year: bool = True) -> str:
        if self.language == "en":
            return f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")
        return (f"{day.year}年" if year else "") + f"{day.month}月{day.day}日"

    def period(self, first: date, last: date) -> str:
        """From the first day to the last, with the year once if it is the same."""
        if first == last:
            return self.day(first)
        same = first.year == last.year
        if self.language == "en":
            return f"{self.day(first, year=not same)} – {self.day(last)}"
        return f"{self.day(first)}至{self.day(last, year=not same)}"


def language_of(texts: Sequence[str]) -> Language:
    """The language in which the page speaks: Chinese if most of the questions are, in the script of most of those."""
    read = texts[:: max(1, len(texts) // _MOST_READ)]
    return phrases.language_of(Counter(map(detect_language, read)), len(read))


def percent(share: float) -> str:
    """A share; one that is rounded to nothing is marked as above it."""
    return "<0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def signed_points(difference: float) -> str:
    """A difference of shares in percentage points, always with its sign."""
    rounded = round(100 * difference, 2 if abs(difference) < 0.001 else 1)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else "±"
    return f"{sign}{abs(rounded):.{2 if 0 < abs(rounded) < 0.1 else 1}f}"
