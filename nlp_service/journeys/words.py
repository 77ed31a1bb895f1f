"""What the picture and the tables say themselves, in English and in both Chinese scripts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nlp_service.phrases import Language, Phrases

TEXTS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        # A bar divides singular from plural, by the value `n`.
        "stop": (".", "。", "。"),
        # the finding
        "nobody": (
            "No customer says anything in these conversations",
            "这些对话中客户没有说话",
            "這些對話中客戶沒有說話",
        ),
        "too_few": (
            "One conversation is too few for a finding|{n} conversations are too few for a finding",
            "只有 {n} 段对话，不足以得出结论",
            "只有 {n} 段對話，不足以得出結論",
        ),
        "flat": (
            "No part of the journey clearly stands out: customers arrive at {start} and leave at {end}",
            "各环节没有明显差异：客户开始时为 {start}，结束时为 {end}",
            "各環節沒有明顯差異：客戶開始時為 {start}，結束時為 {end}",
        ),
        "best": (
            "Customers feel worst at {worst} ({low}), best at {best} ({high}), and leave at {end}",
            "客户在“{worst}”感受最差（{low}），在“{best}”感受最好（{high}），结束时为 {end}",
            "客戶在「{worst}」感受最差（{low}），在「{best}」感受最好（{high}），結束時為 {end}",
        ),
        "least_bad": (
            "Customers feel worst at {worst} ({low}), least bad at {best} ({high}), and leave at {end}",
            "客户在“{worst}”感受最差（{low}），在“{best}”稍好（{high}），结束时为 {end}",
            "客戶在「{worst}」感受最差（{low}），在「{best}」稍好（{high}），結束時為 {end}",
        ),
        "at_start": ("start", "开头", "開頭"),
        "at_end": ("end", "结尾", "結尾"),
        "place_start": ("the start", "对话开头", "對話開頭"),
        "place_end": ("the end", "对话结尾", "對話結尾"),
        "place": ("{share} of the conversation", "对话的 {share} 处", "對話的 {share} 處"),
        "peaks_here": ("peaks here: {count}", "峰值在此的对话：{count}", "峰值在此的對話：{count}"),
        "valleys_here": ("valleys here: {count}", "谷值在此的对话：{count}", "谷值在此的對話：{count}"),
        "peaks_anywhere": ("peaks anywhere: {count}", "有峰值的对话：{count}", "有峰值的對話：{count}"),
        "valleys_anywhere": ("valleys anywhere: {count}", "有谷值的对话：{count}", "有谷值的對話：{count}"),
        "mostly": (", most often {reason} ({count})", "，最多为{reason}（{count}）", "，最多為{reason}（{count}）"),
        # the picture
        "by_stage": (
            "Mean sentiment of customers' sentences by stage, from −1 (negative) to +1 (positive)",
            "客户各句情感的均值，按阶段，从 −1（负面）到 +1（正面）",
            "客戶各句情感的平均，依階段，從 −1（負面）到 +1（正面）",
        ),
        "by_position": (
            "Mean sentiment of customers' sentences by position in the conversation, "
            "from −1 (negative) to +1 (positive)",
            "客户各句情感的均值，按对话进程，从 −1（负面）到 +1（正面）",
            "客戶各句情感的平均，依對話進程，從 −1（負面）到 +1（正面）",
        ),
        "recovered_of": (
            "{share} of {count} with a negative valley ended above it",
            "有负面谷值的 {count} 段对话中，{share} 结束时高于谷值",
            "有負面谷值的 {count} 段對話中，{share} 結束時高於谷值",
        ),
        "nothing": (
            "Nothing to draw: no stage or curve with enough conversations",
            "没有可画的内容：没有哪个阶段或曲线有足够的对话",
            "沒有可畫的內容：沒有哪個階段或曲線有足夠的對話",
        ),
        "highest": ("Highest: {place} {mean}", "最高：{place} {mean}", "最高：{place} {mean}"),
        "lowest": ("Lowest: {place} {mean}", "最低：{place} {mean}", "最低：{place} {mean}"),
        "pulls": ("Contact reasons that move the mean", "影响均值的联络原因", "影響平均的聯絡原因"),
        "pulls_about": ("mean × share of conversations", "该原因的均值 × 对话占比", "該原因的平均 × 對話占比"),
        "pull_down": ("pull it down", "拉低均值", "拉低平均"),
        "pull_up": ("pull it up", "拉高均值", "拉高平均"),
        "pull_none": ("none that stands out", "没有突出的原因", "沒有突出的原因"),
        "n_conversations": ("n = {count} (conversations)", "n = {count}（对话）", "n = {count}（對話）"),
        "n_sentences": ("customers' sentences: {count}", "客户句数：{count}", "客戶句數：{count}"),
        "band": (
            "band: 95 % interval over conversations (Student's t)",
            "色带：各对话均值的 95% 区间（t 分布）",
            "色帶：各對話平均的 95% 區間（t 分布）",
        ),
        "drawn_from": (
            "groups drawn from {count} conversations on",
            "满 {count} 段对话的分组才画出",
            "滿 {count} 段對話的分組才畫出",
        ),
        "not_drawn": ("stages not drawn: {count}", "未画出的阶段：{count}", "未畫出的階段：{count}"),
        # what is measured
        "mean": ("mean of the conversation", "对话均值", "對話平均"),
        "start": ("start", "开始", "開始"),
        "peak": ("peak", "峰值", "峰值"),
        "valley": ("valley", "谷值", "谷值"),
        "end": ("end", "结束", "結束"),
        "slope": ("slope, start to end", "斜率（从开始到结束）", "斜率（從開始到結束）"),
        "recovery": ("recovery, valley to end", "回升（从谷值到结束）", "回升（從谷值到結束）"),
        "with_negative_valley": ("have a negative valley", "有负面谷值", "有負面谷值"),
        "recovered": ("of these, end above it", "其中结束时高于谷值", "其中結束時高於谷值"),
        "ended_negative": ("end negative", "以负面结束", "以負面結束"),
        # the tables
        "heading": (
            "The journey of one conversation|The journey of {n} conversations",
            "{n} 段对话的客户旅程",
            "{n} 段對話的客戶旅程",
        ),
        "about": (
            "{count} conversations with {sentences} sentences of customers.",
            "{count} 段对话，共 {sentences} 句客户的话。",
            "{count} 段對話，共 {sentences} 句客戶的話。",
        ),
        "left_out": (
            " Left out: {count} in which the customer says nothing.",
            "另有 {count} 段对话中客户没有说话，未计入。",
            "另有 {count} 段對話中客戶沒有說話，未計入。",
        ),
        "all": ("All conversations", "全部对话", "全部對話"),
        "stages": ("Along the stages", "按阶段", "依階段"),
        "reasons": ("Contact reasons", "联络原因", "聯絡原因"),
        "channels": ("Channels", "渠道", "管道"),
        "days": ("Days", "日期", "日期"),
        "speakers": ("Speakers", "说话人", "說話者"),
        "curve": ("Along the conversation", "按对话进程", "依對話進程"),
        "method": ("How to read this", "阅读说明", "閱讀說明"),
        "no_stages": (
            "No sentence belongs to a stage: neither turns nor contact reasons name one.",
            "没有句子属于某个阶段：对话轮次和联络原因都没有标明阶段。",
            "沒有句子屬於某個階段：對話輪次和聯絡原因都沒有標明階段。",
        ),
        "no_reasons": (
            "No sentence states a contact reason clearly enough.",
            "没有句子足够明确地说出联络原因。",
            "沒有句子足夠明確地說出聯絡原因。",
        ),
        "no_channels": ("No conversation names its channel.", "没有对话标明渠道。", "沒有對話標明管道。"),
        "no_days": ("No conversation says when it took place.", "没有对话标明时间。", "沒有對話標明時間。"),
        "no_speakers": ("Nobody says anything.", "没有人说话。", "沒有人說話。"),
        "no_curve": (
            "No customer says three sentences or more, the least that make a curve.",
            "没有客户说满三句话，画不出曲线。",
            "沒有客戶說滿三句話，畫不出曲線。",
        ),
        "score": ("score", "指标", "指標"),
        "conversations": ("conversations", "对话数", "對話數"),
        "mean_score": ("mean", "均值", "平均"),
        "interval": ("95 % interval", "95% 区间", "95% 區間"),
        "conversations_that": ("conversations that", "对话", "對話"),
        "number": ("number", "数量", "數量"),
        "of": ("of", "总数", "總數"),
        "share": ("share", "占比", "占比"),
        "moment": ("moment", "时刻", "時刻"),
        "mostly_stage": ("mostly at the stage", "最多在哪个阶段", "最多在哪個階段"),
        "mostly_reason": ("mostly of the contact reason", "最多因哪个原因", "最多因哪個原因"),
        "stage": ("stage", "阶段", "階段"),
        "reason": ("contact reason", "联络原因", "聯絡原因"),
        "channel": ("channel", "渠道", "管道"),
        "day": ("day", "日期", "日期"),
        "speaker": ("speaker", "说话人", "說話者"),
        "customer": ("customer", "客户", "客戶"),
        "agent": ("agent", "客服", "客服"),
        "sentences": ("sentences", "句数", "句數"),
        "negative": ("negative", "负面", "負面"),
        "positive": ("positive", "正面", "正面"),
        "peaks": ("peaks", "峰值", "峰值"),
        "valleys": ("valleys", "谷值", "谷值"),
        "most_often": ("most often", "最多为", "最多為"),
        "code": ("code", "代码", "代碼"),
        "position": ("position", "位置", "位置"),
        # how to read this
        "how_scores": (
            "Scores run from −1 (negative) to +1 (positive); start, peak, valley and end are those of single sentences "
            "of the customer. A score below {low} is negative, one above {high} positive.",
            "分数从 −1（负面）到 +1（正面）；开始、峰值、谷值、结束均指客户的单个句子。"
            "低于 {low} 为负面，高于 {high} 为正面。",
            "分數從 −1（負面）到 +1（正面）；開始、峰值、谷值、結束均指客戶的單一句子。"
            "低於 {low} 為負面，高於 {high} 為正面。",
        ),
        "how_moments": (
            "A conversation's peak and valley are counted where its scores differ: the peak only if it is positive, "
            "the valley only if it is negative.",
            "对话中分数有差别时才计峰值和谷值：峰值须为正面，谷值须为负面。",
            "對話中分數有差別時才計峰值和谷值：峰值須為正面，谷值須為負面。",
        ),
        "how_unit": (
            "The unit is the conversation: a group's mean is the mean over conversations of each one's mean there. "
            "Negative and positive are the shares of conversations whose mean there is so.",
            "以对话为单位：一组的均值，是各段对话在该处均值的均值。负面、正面是在该处均值为负面、正面的对话所占的比例。",
            "以對話為單位：一組的平均，是各段對話在該處平均的平均。負面、正面是在該處平均為負面、正面的對話所占的比例。",
        ),
        "how_intervals": (
            "Intervals are 95 % over conversations: Student's t for means, Wilson's for shares. One alone has none.",
            "区间为以对话计的 95% 区间：均值用 t 分布，占比用 Wilson 法；只有一段对话时没有区间。",
            "區間為以對話計的 95% 區間：平均用 t 分布，占比用 Wilson 法；只有一段對話時沒有區間。",
        ),
        "how_few": (
            "\\* fewer than {count} conversations: not in the picture, and nothing to conclude from.",
            "\\* 不足 {count} 段对话：不画入图中，也不宜据此下结论。",
            "\\* 不足 {count} 段對話：不畫入圖中，也不宜據此下結論。",
        ),
        "how_curve": (
            "Along the conversation: smoothed with a Gaussian kernel ({share} of the conversation), from "
            "conversations of three sentences and more.",
            "按对话进程：取三句及以上的对话，用高斯核平滑（带宽为对话的 {share}）。",
            "依對話進程：取三句及以上的對話，用高斯核平滑（帶寬為對話的 {share}）。",
        ),
        "how_stages": (
            "A sentence's stage is the one that its turn names, else that of its contact reason, where that is clear.",
            "句子的阶段以其轮次所标为准；没有标明时，取其明确的联络原因所属的阶段。",
            "句子的階段以其輪次所標為準；沒有標明時，取其明確的聯絡原因所屬的階段。",
        ),
        "how_nothing": ("{sign}: not known.", "{sign}：未知。", "{sign}：未知。"),
    }
)


class Words(Phrases):
    """The texts in one language."""

    def __init__(self, language: Language) -> None:
        super().__init__(TEXTS, language)


ENGLISH: Final = Words("en")
