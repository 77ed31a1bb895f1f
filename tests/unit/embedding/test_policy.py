"""Who goes next, and which sequences together."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nlp_service.embedding.batching.policy import CALL_TOKENS, LEAST_SHARE, PATIENCE, neighbours, next_batch, plan, turn

LENGTHS = st.lists(st.integers(1, 512), max_size=200)
BUDGETS = st.integers(1, 4096)


@given(LENGTHS, BUDGETS)
def test_every_position_occurs_exactly_once(lengths, budget):
    assert sorted(position for batch in plan(lengths, budget) for position in batch) == list(range(len(lengths)))


@given(LENGTHS, BUDGETS)
def test_the_padded_area_stays_within_the_budget_unless_one_sequence_alone_exceeds_it(lengths, budget):
    for batch in plan(lengths, budget):
        assert len(batch) == 1 or max(lengths[position] for position in batch) * len(batch) <= budget


@given(LENGTHS, BUDGETS)
def test_lengths_ascend_over_all_batches(lengths, budget):
    in_order = [lengths[position] for batch in plan(lengths, budget) for position in batch]
    assert in_order == sorted(lengths)


@given(LENGTHS, BUDGETS)
def test_no_batch_could_have_taken_the_first_of_the_next(lengths, budget):
    batches = plan(lengths, budget)
    assert all(batches)
    for batch, following in pairwise(batches):
        assert lengths[following[0]] * (len(batch) + 1) > budget


def test_examples():
    assert plan([], 10) == []
    assert plan([5, 1, 5], 10) == [[1, 0], [2]]
    assert plan([3, 3, 3, 3], 12) == [[0, 1, 2, 3]]
    assert plan([100], 10) == [[0]]


SOME_LENGTHS = st.lists(st.integers(1, 512), min_size=1, max_size=100).map(sorted)


@given(SOME_LENGTHS, st.integers(0, 99), BUDGETS)
def test_a_batch_holds_its_anchor_and_stays_within_the_budget(lengths, anchor, budget):
    anchor %= len(lengths)
    low, high = neighbours(lengths, anchor, budget)
    assert 0 <= low <= anchor < high <= len(lengths)
    assert high - low == 1 or lengths[high - 1] * (high - low) <= budget


@given(SOME_LENGTHS, st.integers(0, 99), BUDGETS)
def test_padding_never_costs_more_than_the_call_it_saves(lengths, anchor, budget):
    anchor %= len(lengths)
    low, high = neighbours(lengths, anchor, budget)
    assert lengths[high - 1] * (high - low) - sum(lengths[low:high]) <= CALL_TOKENS


@given(SOME_LENGTHS, st.integers(0, 99), BUDGETS)
def test_whoever_stays_behind_would_have_been_too_much(lengths, anchor, budget):
    anchor %= len(lengths)
    low, high = neighbours(lengths, anchor, budget)
    for first, last in ((low - 1, high), (low, high + 1)):
        if first >= 0 and last <= len(lengths):
            area = lengths[last - 1] * (last - first)
            assert area > budget or area - sum(lengths[first:last]) > CALL_TOKENS


def test_neighbours_of_the_same_length_fill_the_budget():
    assert neighbours([8] * 100, 50, 256) in [(50 - below, 50 - below + 32) for below in range(32)]


def test_a_long_sequence_goes_alone_rather_than_with_much_padding():
    assert neighbours([5, 5, 5, 200], 3, 1024) == (3, 4)
    assert neighbours([5, 5, 5, 200], 0, 1024) == (0, 3)


COUNTS = st.fixed_dictionaries({"interactive": st.integers(0, 3), "bulk": st.integers(0, 3)})
WORKERS = st.integers(1, 4)
PASSED_OVER = st.integers(0, PATIENCE + 1)


@given(COUNTS, COUNTS, WORKERS, PASSED_OVER)
def test_nobody_waits_while_a_worker_idles(waiting, running, workers, passed_over):
    found = turn(waiting, running, workers=workers, reserved=0, passed_over=passed_over)
    idle = sum(running.values()) < workers
    assert (found is not None) >= (idle and any(waiting.values()))


@given(COUNTS, COUNTS, WORKERS, st.integers(0, 1), PASSED_OVER)
def test_a_turn_is_of_somebody_who_waits_and_for_an_idle_worker(waiting, running, workers, reserved, passed_over):
    found = turn(waiting, running, workers=workers, reserved=reserved, passed_over=passed_over)
    if found is not None:
        assert waiting[found.lane] > 0
        assert 0 < found.share <= workers - running[found.executor]


@given(COUNTS, COUNTS, WORKERS, st.integers(0, 1), PASSED_OVER)
def test_bulk_work_holds_up_no_interactive_work(waiting, running, workers, reserved, passed_over):
    waiting |= {"interactive": waiting["interactive"] + 1}
    found = turn(waiting, running, workers=workers, reserved=reserved, passed_over=passed_over)
    assert (found is not None) == (running["interactive"] < workers)
    if found is not None:
        assert found.executor == "interactive"
        assert (found.lane == "bulk") == (waiting["bulk"] > 0 and passed_over >= PATIENCE)


@given(COUNTS, COUNTS, WORKERS, st.integers(0, 1))
def test_bulk_work_by_itself_leaves_the_reserve_free_and_no_more(waiting, running, workers, reserved):
    waiting |= {"interactive": 0, "bulk": waiting["bulk"] + 1}
    found = turn(waiting, running, workers=workers, reserved=reserved, passed_over=0)
    free = workers - sum(running.values())
    assert (found is not None) == (free > 0 and running["bulk"] < workers - reserved)


@given(SOME_LENGTHS, st.integers(0, 99), BUDGETS, WORKERS)
def test_a_divided_batch_holds_the_oldest_within_its_share_of_what_waits(lengths, oldest, batch_tokens, share):
    oldest %= len(lengths)
    low, high = next_batch(lengths, oldest, batch_tokens, share)
    assert low <= oldest < high
    area = lengths[high - 1] * (high - low)
    assert high - low == 1 or area <= min(batch_tokens, max(LEAST_SHARE, -(-lengths[-1] * len(lengths) // share)))
