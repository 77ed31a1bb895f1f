"""Whom was told to come back when."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from nlp_service.embedding.batching import promises
from nlp_service.embedding.batching.promises import GRACE_S, LONGEST_S, Promises


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.001, 10)), min_size=1, max_size=50))
def test_places_follow_each_other_as_fast_as_they_can_be_served_and_never_too_early(wanted):
    given_out = Promises()
    dues = [
        given_out.make(row, now=0.0, earliest=earliest, seconds=work) for row, (earliest, work) in enumerate(wanted)
    ]
    assert all(due >= earliest for due, (earliest, _) in zip(dues, wanted, strict=True))
    for (before, due), (_, work) in zip(itertools.pairwise(dues), wanted[1:], strict=True):
        assert due - before >= work - 1e-9


def test_a_place_is_kept_from_its_time_on_for_a_while_and_for_its_owner():
    given_out = Promises()
    due = given_out.make(7, now=0.0, earliest=10.0, seconds=1.0)
    assert [given_out.are_due(7, now) for now in (due - 1, due, due + GRACE_S, due + GRACE_S + 1)] == [
        False,
        True,
        True,
        False,
    ]
    assert not given_out.are_due(8, due)
    assert not given_out.are_due(None, due)
    given_out.keep(7)
    assert not given_out.are_due(7, due)


def test_whoever_takes_a_place_that_nobody_came_for_shortens_the_wait_of_the_next():
    given_out = Promises()
    for row in range(10):
        given_out.make(row, now=0.0, earliest=5.0, seconds=1.0)
    given_out.newcomer(4.0)
    assert given_out.make(10, now=0.0, earliest=5.0, seconds=1.0) == 11.0
    given_out.newcomer(100.0)
    assert given_out.make(11, now=0.0, earliest=5.0, seconds=1.0) == 5.0


def test_no_more_promises_are_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(promises, "MOST", 3)
    given_out = Promises()
    dues = {identity: given_out.make(identity, now=0.0, earliest=0.0, seconds=0.0) for identity in range(5)}
    assert [given_out.are_due(identity, due) for identity, due in dues.items()] == [False, False, True, True, True]


def test_who_cannot_be_known_again_is_told_a_time_all_the_same():
    given_out = Promises()
    assert given_out.make(None, now=0.0, earliest=5.0, seconds=1.0) == 5.0


def test_whoever_asks_again_before_their_time_keeps_their_place_and_takes_nobody_elses():
    given_out = Promises()
    due = given_out.make(7, now=0.0, earliest=10.0, seconds=1.0)
    assert [given_out.make(7, now=now, earliest=now + 10, seconds=1.0) for now in (0.2, 5.0, 9.0)] == [due] * 3
    assert given_out.make(8, now=9.0, earliest=9.0, seconds=1.0) == due + 1


def test_whoever_came_when_told_and_found_no_room_gets_another_place():
    given_out = Promises()
    due = given_out.make(7, now=0.0, earliest=10.0, seconds=1.0)
    assert given_out.make(7, now=due, earliest=due + 5, seconds=1.0) == due + 5


def test_places_that_nobody_came_for_are_given_back():
    given_out = Promises()
    for row in range(200):
        given_out.make(row, now=0.0, earliest=1.0, seconds=1.0)
    late = 100.0 + GRACE_S + 0.5  # half of them, a hundred, are over
    assert given_out.make(200, now=late, earliest=late, seconds=1.0) == late


def test_nobody_is_sent_away_for_longer_than_the_longest_time():
    given_out = Promises()
    dues = [given_out.make(row, now=100.0, earliest=100.0, seconds=50.0) for row in range(100)]
    assert max(dues) == 100.0 + LONGEST_S
    assert given_out.make(None, now=100.0, earliest=1e6, seconds=50.0) == 100.0 + LONGEST_S


def test_who_cannot_be_known_again_takes_no_place():
    given_out = Promises()
    for _ in range(10):
        given_out.make(None, now=0.0, earliest=5.0, seconds=1.0)
    assert given_out.make(7, now=0.0, earliest=5.0, seconds=1.0) == 5.0
