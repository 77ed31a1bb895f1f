"""Example requests for the OpenAPI document, in Simplified and Traditional Chinese. All written for this project."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from nlp_service.api.requests import (
    AnalyzeRequest,
    ClusterJobRequest,
    ClusterRequest,
    EmbeddingsRequest,
    ReasonsRequest,
    RedactRequest,
    RequestModel,
    SentimentRequest,
    SuggestRequest,
)

_CALL = {
    "id": "call-20250301-0017",
    "language": "zh-Hans",
    "channel": "phone",
    "turns": [
        {"speaker": "agent", "text": "您好，很高兴为您服务。", "at": "2025-03-01T10:30:00+08:00"},
        {
            "speaker": "customer",
            "text": "我上周五买的净水器，物流一直停在杭州，到底什么时候能送到？",
            "stage": "delivery",
        },
        {"speaker": "agent", "text": "给您添麻烦了，我马上联系仓库催一下。", "stage": "delivery"},
        {"speaker": "customer", "text": "好的，那麻烦你快一点，谢谢。", "stage": "delivery"},
    ],
}
_MAIL = {
    "id": "mail-88",
    "language": "zh-Hant",
    "channel": "e-mail",
    "text": "上個月的帳單多收了我一筆漫遊費，我根本沒有出國。請幫我查清楚，並把錢退回來。",
}
_CLUSTER = {
    "id": "q-7f3a",
    "name": "快递多久能到",
    "representative": "请问快递大概几天能到？",
    "size": 3,
    "share": 0.6,
    "kind": "enquiry",
    "keywords": ["快递", "几天"],
    "members": ["a1", "a2", "a3"],
    "stability": 0.93,
    "event": "born",
}


def _named(simplified: Any, traditional: Any) -> dict[str, Any]:
    return {
        "simplified": {"summary": "简体中文", "value": simplified},
        "traditional": {"summary": "繁體中文", "value": traditional},
    }


_CLUSTERING = _named(
    {
        "questions": [
            {"id": "b1", "text": "我的包裹还要几天才能到？", "at": "2025-03-02T09:12:00+08:00"},
            {"id": "b2", "text": "快递什么时候送到？"},
            {"id": "b3", "text": "发票可以开公司抬头吗？"},
        ],
        "previous": [_CLUSTER],
        "previous_sample": ["请问快递大概几天能到？", "快递要多久", "七天内可以退货吗？"],
    },
    {"questions": [{"text": "請問怎麼更改收件地址？"}, {"text": "寄送地址填錯了可以改嗎？"}]},
)


EXAMPLES: Mapping[type[RequestModel], dict[str, Any]] = MappingProxyType(
    {
        AnalyzeRequest: _named(
            {"documents": [_CALL]},
            {"documents": [_MAIL], "features": ["reasons", "sentiment"]},
        ),
        ReasonsRequest: _named(
            {
                "texts": ["退款申请了十天还没到账，客服电话也打不通。", "洗衣机脱水的时候声音特别大，能派人来看看吗？"],
                "top_k": 3,
            },
            {"texts": ["門市說可以用的優惠券，結帳時卻顯示已經過期。"]},
        ),
        SentimentRequest: _named(
            {"texts": ["师傅准时上门，讲解得也很细心，非常满意！", "说好今天到货，又推到下周了。"]},
            {"texts": ["客服的態度還不錯，可是問題一直沒有解決。"]},
        ),
        RedactRequest: _named(
            {"texts": ["我叫王小明，电话13812345678，订单号20250301123456还没到。"]},
            {"texts": ["收件人：陳大文，電話 9123 4567"], "types": ["phone"]},
        ),
        ClusterRequest: _CLUSTERING,
        ClusterJobRequest: _CLUSTERING,
        SuggestRequest: _named(
            {"questions": ["七天无理由退货，运费谁来出？"], "top_k": 3},
            {"questions": ["忘記密碼了，要怎麼重設？"]},
        ),
        EmbeddingsRequest: _named(
            {"model": "default", "input": ["空调不制冷，显示E4故障。", "会员积分什么时候清零？"]},
            {"model": "default", "input": "可以改成貨到付款嗎？", "encoding_format": "base64"},
        ),
    }
)
"""By request model; every request has some."""
