"""Who may wait, and who is told what instead."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp_service.calls import LANES, Call
from nlp_service.embedding.batching.admission import Admission
from nlp_service.embedding.batching.lines import Lines, Waiting
from nlp_service.errors import OverloadedError, TooMuchWorkError

RATE = 4000.0
NOW = 1000.0


@pytest.fixture
def ask(telemetry):
    """Asks to be admitted behind so many tokens of each lane: the lane, or the error; or what is expected."""
    admission = Admission(batch_tokens=256, queue_tokens=65_536, telemetry=telemetry)

    def ask(call, tokens, *, now=NOW, rate=RATE, running=0, expecting=False, **waiting):
        lines = Lines(256)
        for lane, number in waiting.items():
            lines[lane].add([Waiting([1] * number, lane, lambda _: None, since=now, number=0)])
        try:
            if expecting:
                return admission.expect(call, tokens, lines, running=running, rate=rate, now=now)
            return admission.check(call, tokens, lines, running=running, rate=rate, floor=RATE / 2, now=now)
        except (OverloadedError, TooMuchWorkError) as error:
            return error

    return ask


def test_after_a_bad_moment_a_large_request_that_can_be_done_in_time_is_let_in(ask):
    assert ask(Call(deadline=NOW + 60), 5000, rate=1.0) == "bulk"


def test_what_can_never_be_done_in_time_is_too_much_after_a_bad_moment_too(ask):
    outcome = ask(Call(deadline=NOW + 4), 5000, rate=1.0)
    assert isinstance(outcome, TooMuchWorkError)
    assert "about 5 s" in str(outcome)


def test_bulk_work_that_would_be_late_behind_interactive_work_is_refused(ask):
    outcome = ask(Call("bulk", deadline=NOW + 5), 400, interactive=50_000)
    assert isinstance(outcome, OverloadedError)
    assert outcome.retry_after_s == pytest.approx((50_000 + 400) / RATE - 5 / 2)
    assert ask(Call("bulk", deadline=NOW + 60), 400, interactive=50_000) == "bulk"


def test_nobody_waits_for_what_is_behind_them(ask):
    assert ask(Call("interactive", deadline=NOW + 5), 400, bulk=50_000) == "interactive"


def test_behind_nothing_but_running_batches_nobody_is_refused(ask):
    assert ask(Call("bulk", deadline=NOW), 1, running=512) == "bulk"


def test_retry_after_does_not_run_away_from_who_retries_too_early(ask):
    def told(identity, now):
        return now + ask(Call(deadline=now + 60, identity=identity), 2000, now=now, interactive=62_000).retry_after_s

    first = told(1, NOW)
    again = [told(1, NOW + tries / 10) for tries in range(10)]
    assert again == pytest.approx([first] * 10)
    assert told(2, NOW + 1) < first + 2


def test_whoever_finds_a_place_before_their_time_leaves_the_promised_one_to_others(ask):
    refused = ask(Call(deadline=NOW + 60, identity=1), 2000, interactive=62_000)
    assert ask(Call(deadline=NOW + 60, identity=1), 2000) == "interactive"
    due = NOW + refused.retry_after_s
    again = ask(Call(deadline=due + 60, identity=1), 2000, now=due, interactive=62_000)
    assert isinstance(again, OverloadedError)  # as a newcomer: the promise was kept


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tokens=st.integers(1, 4096),
    patience=st.floats(0, 60),
    running=st.integers(0, 512),
    waiting=st.fixed_dictionaries({lane: st.integers(0, 65_536) for lane in LANES}),
    lane=st.sampled_from([None, *LANES]),
)
def test_newcomers_expect_what_they_will_find(ask, tokens, patience, running, waiting, lane):
    call = Call(lane, deadline=NOW + patience)
    expected = ask(call, tokens, running=running, expecting=True, **waiting)
    found = ask(call, tokens, running=running, **waiting)
    assert isinstance(expected, OverloadedError) == isinstance(found, OverloadedError)


def test_who_was_told_to_come_now_or_asks_for_a_lot_is_not_turned_away_by_an_estimate(ask):
    call = Call(deadline=NOW + 60, identity=1)
    due = NOW + ask(call, 2000, interactive=62_000, expecting=True).retry_after_s
    assert ask(Call(deadline=due + 60, identity=1), 2000, now=due, interactive=62_000, expecting=True) is None
    assert isinstance(ask(Call(deadline=due + 60), 2000, now=due, interactive=62_000, expecting=True), OverloadedError)
    assert ask(Call(deadline=NOW + 60), 5000, bulk=62_000, expecting=True) is None
