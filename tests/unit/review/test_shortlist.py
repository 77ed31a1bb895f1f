"""The least certain texts of a stream, with their counts, in bounded memory."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nlp_service.review.incoming import Item
from nlp_service.review.shortlist import Shortlist, survey

SIZE = 3
DOUBTS = {text: round(0.1 * (number % 5), 1) for number, text in enumerate("abcdefgh")}


def _feed(texts, make_candidate, size=SIZE):
    shortlist = Shortlist(size)
    for line, text in enumerate(texts, start=1):
        if not shortlist.count(text):
            shortlist.offer(text, make_candidate(text, DOUBTS[text], line))
    return [(candidate.item.text, count) for candidate, count in shortlist.ranked()]


@given(texts=st.lists(st.sampled_from(sorted(DOUBTS)), max_size=40))
def test_it_holds_what_sorting_everything_would_give(texts, make_candidate):
    first = {text: texts.index(text) for text in texts}
    best = sorted(first, key=lambda text: (-DOUBTS[text], first[text]))[:SIZE]
    assert _feed(texts, make_candidate) == [(text, Counter(texts)[text]) for text in best]


def test_the_bar_rises_once_it_is_full(make_candidate):
    shortlist = Shortlist(2)
    assert shortlist.bar == 0.0
    for text, doubt in (("一", 0.3), ("二", 0.5), ("三", 0.4), ("四", 0.1)):
        shortlist.offer(text, make_candidate(text, doubt))
    assert shortlist.bar == 0.4


class FakeAnalysis:
    """Answers from a table of probabilities by text; the first line of a text is its evidence."""

    def __init__(self, taxonomy, answers, make_reason):
        self._taxonomy, self._answers, self._make_reason = taxonomy, answers, make_reason
        self.asked = []

    def taxonomies(self):
        return {"small": self._taxonomy}

    async def reasons(self, texts, top_k):
        self.asked += texts
        return [self._make_reason(self._answers[t], evidence=[(0, len(t.split("\n")[0]), 1.0)]) for t in texts]


def _survey(analysis, texts, decided=()):
    shortlist = Shortlist(10)
    items = [Item(line, None, text) for line, text in enumerate(texts, start=1)]
    asyncio.run(survey(analysis, items, decided, shortlist))
    return [(candidate.item.line, count, candidate.uncertainty) for candidate, count in shortlist.ranked()]


def test_equal_texts_are_asked_about_once_and_counted(taxonomy, make_reason):
    analysis = FakeAnalysis(taxonomy, {"退貨": {"parcel.late": 0.5}, "退货": {"parcel.late": 0.5}}, make_reason)
    assert _survey(analysis, ["退貨", "退货", "退货"]) == [(1, 3, 1.0)]
    assert analysis.asked == ["退貨"]


def test_two_reasons_that_are_both_stated_clearly_are_no_riddle(taxonomy, make_reason):
    answers = {
        "包裹丢了\n钱也没退": {"parcel.lost": 0.5, "refund.refund": 0.5},
        "包裹丢了": {"parcel.lost": 1.0},
        "那个呢\n怎么弄": {"parcel.lost": 0.5, "refund.refund": 0.5},
        "那个呢": {"parcel.lost": 0.4, "refund.refund": 0.4},
    }
    ranked = _survey(FakeAnalysis(taxonomy, answers, make_reason), ["包裹丢了\n钱也没退", "那个呢\n怎么弄"])
    assert ranked == [(2, 1, 1.0), (1, 1, 0.0)]


def test_empty_texts_and_decided_ones_are_left_out(taxonomy, make_reason):
    analysis = FakeAnalysis(taxonomy, {"新的问题": {"parcel.late": 0.7}}, make_reason)
    ranked = _survey(analysis, [" \u200b", "已经标过了", "新的问题"], decided={"已经标过了"})
    assert [line for line, _, _ in ranked] == [3]
    assert analysis.asked == ["新的问题"]
