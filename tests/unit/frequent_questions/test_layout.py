"""The map: areas are as sizes, circles stay apart and on it, and names cover nothing."""

from itertools import combinations
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_service.frequent_questions.report.layout import HEIGHT, WIDTH, broken, circles, ems, labels

PLACES = st.tuples(st.floats(-1, 1), st.floats(-1, 1))
BUBBLES = st.lists(st.tuples(PLACES, st.integers(1, 5_000)), min_size=1, max_size=40)


def drawn(bubbles):
    return circles([place for place, _ in bubbles], [size for _, size in bubbles])


def test_area_is_as_size():
    small, large = circles([(-1, 0), (1, 0)], [100, 400])
    assert large.r / small.r == pytest.approx(2, rel=0.01)


def test_left_stays_left_and_above_stays_above():
    left, right, above = circles([(-0.9, -0.5), (0.9, -0.5), (0, 0.9)], [5, 5, 5])
    assert left.x < above.x < right.x
    assert above.y < left.y == right.y


def test_circles_on_one_place_are_pushed_apart():
    placed = circles([(0.2, 0.2)] * 20, list(range(20, 40)))
    overlaps = [a.r + b.r - hypot(a.x - b.x, a.y - b.y) for a, b in combinations(placed, 2)]
    assert max(overlaps) < 6


@settings(max_examples=50)
@given(BUBBLES)
def test_every_circle_is_on_the_map(bubbles):
    placed = drawn(bubbles)
    assert len(placed) == len(bubbles)
    for circle in placed:
        assert circle.r <= circle.x <= WIDTH - circle.r
        assert circle.r <= circle.y <= HEIGHT - circle.r
    assert placed == drawn(bubbles)


@settings(max_examples=50)
@given(BUBBLES, st.lists(st.sampled_from(["Where is my parcel?", "退款多久到账", "x"]), min_size=40, max_size=40))
def test_names_are_on_the_map_and_cover_no_other(bubbles, names):
    placed = drawn(bubbles)
    shown = labels(placed, names[: len(placed)], 13.0, 11.0, 12)
    assert len(shown) <= 12
    for label in shown:
        assert label.width / 2 <= label.x <= WIDTH - label.width / 2
        assert label.height / 2 <= label.y <= HEIGHT - label.height / 2
    for one, other in combinations(shown, 2):
        apart = (
            abs(one.x - other.x) - (one.width + other.width) / 2,
            abs(one.y - other.y) - (one.height + other.height) / 2,
        )
        assert max(apart) >= -0.2


def test_a_lonely_circle_is_named_inside():
    (circle,) = circles([(0, 0)], [10])
    (label,) = labels([circle], ["退款多久到账"], 13.0, 11.0, 5)
    assert (label.x, label.y, label.lines) == (circle.x, circle.y, ("退款多久到账",))


def test_names_break_at_words_and_between_chinese_characters():
    assert broken("Where is my parcel now?", 9) == ("Where is my", "parcel now?")
    assert broken("一个订单扣了我两次钱", 6) == ("一个订单扣了", "我两次钱")
    assert broken("short", 9) == ("short",)


@given(st.text(max_size=200), st.floats(3, 20))
def test_two_lines_are_the_most_and_each_has_room(text, room):
    lines = broken(text, room)
    assert len(lines) <= 2
    assert all(ems(line) <= room for line in lines)
