"""What picture and tables say themselves, in three languages."""

import re
from itertools import pairwise

import pytest

from nlp_service.journeys.findings import findings
from nlp_service.journeys.picture import picture
from nlp_service.journeys.tables import markdown
from nlp_service.journeys.words import TEXTS, Words
from nlp_service.phrases import LANGUAGES
from nlp_service.text import to_simplified
from tests.unit.journeys.test_picture import assert_within_the_slide, boxes, draw, texts

# Names of laws of statistics, and the letter of a number.
KEPT = {"t", "n", "Wilson"}


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_is_there_in_both_scripts_with_the_same_values(key):
    written = TEXTS[key]
    fields = [set(re.findall(r"{(\w+)}", text)) for text in written]
    assert all(written) and len(written) == len(LANGUAGES)
    assert fields[0] | fields[1] == fields[1] == fields[2]
    assert to_simplified(written[1]) == written[1]


@pytest.mark.parametrize(
    ("language", "title", "shown"),
    [
        (
            "zh-Hans",
            "客户在“delivery”感受最差（−0.70），在“service”感受最好（+0.60），结束时为 +0.58",
            {"▲ 最高：service +0.60", "谷值在此的对话：60，最多为物流太慢（60）", "▼ 拉低均值", "影响均值的联络原因"},
        ),
        (
            "zh-Hant",
            "客戶在「delivery」感受最差（−0.70），在「service」感受最好（+0.60），結束時為 +0.58",
            {"▲ 最高：service +0.60", "谷值在此的對話：60，最多為物流太慢（60）", "▼ 拉低平均", "影響平均的聯絡原因"},
        ),
    ],
)
def test_the_picture_speaks_the_language_that_is_wanted(rich, language, title, shown):
    found = findings(rich, Words(language))
    drawn = texts(draw(rich, found))
    assert found.title == title
    assert shown <= set(drawn)
    assert f"{title}。" in drawn


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_no_english_is_left_between_chinese_words(talk, report, language):
    talks = [talk((0.5, "下单", "好"), (-0.6, "配送", "慢"), (0.1, "售后", "中"), agent=[0.1]) for _ in range(6)]
    some = report(*talks, talk(agent=[0.1]), talk((-0.1, "少", "少")), least=2)
    found = findings(some, Words(language))
    drawn = re.sub(r"<[^>]*>", "", picture(some, found))
    for text in (drawn, markdown(some, found)):
        assert set(re.findall(r"[A-Za-z]+", text)) <= KEPT


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 2, 14])
def test_nothing_overlaps_or_leaves_the_slide_in_any_language(talk, report, language, count):
    said = [
        (-0.9 + 1.8 * number / count, f"售后服务与退款{number}", f"退款多久到账{number}") for number in range(count)
    ]
    some = report(*[talk(*said, 0.1, -0.2) for _ in range(5)])
    root = draw(some, findings(some, Words(language)))
    assert_within_the_slide(root)
    rows = {}
    for left, right, baseline, _ in boxes(root):
        rows.setdefault(baseline, []).append((left, right))
    for row in rows.values():
        assert all(before[1] <= after[0] for before, after in pairwise(sorted(row)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_no_document_says_is_said_in_the_language(report, language):
    words = Words(language)
    read = markdown(report(), findings(report(), words))
    assert all(words(f"no_{what}") in read for what in ("stages", "reasons", "channels", "days", "speakers", "curve"))
    assert words("nothing") in texts(draw(report(), findings(report(), words)))
