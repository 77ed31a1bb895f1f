"""Those who wait: every sequence leaves once, the oldest in the next batch, with others of its length."""

from hypothesis import given
from hypothesis import strategies as st

from nlp_service.embedding.batching.lines import Line, Lines, Waiting
from nlp_service.embedding.batching.policy import PATIENCE

IDLE = {"interactive": 0, "bulk": 0}
LENGTHS = st.lists(st.integers(1, 100), max_size=120)


def _waiting(lengths, lane="interactive", first=0):
    return [
        Waiting([0] * length, lane, lambda _: None, since=0.0, number=first + row) for row, length in enumerate(lengths)
    ]


def _drain(line, share=1):
    batches = []
    while batch := line.take(share):
        batches.append(batch)
    return batches


@given(LENGTHS, st.integers(1, 200), st.integers(1, 4))
def test_every_sequence_leaves_once_and_the_oldest_in_the_next_batch(lengths, batch_tokens, share):
    line, items = Line("interactive", batch_tokens), _waiting(lengths)
    line.add(items)
    assert (line.sequences, line.tokens) == (len(lengths), sum(lengths))
    left = {item.number for item in items}
    for batch in _drain(line, share):
        assert min(left) in {item.number for item in batch}
        left -= {item.number for item in batch}
    assert not left
    assert (line.sequences, line.tokens) == (0, 0)


@given(LENGTHS, st.sets(st.integers(0, 119)), st.integers(1, 64), st.integers(0, 10))
def test_withdrawn_sequences_never_leave_wherever_they_waited(lengths, gone, batch_tokens, taken_before):
    line, items = Line("interactive", batch_tokens), _waiting(lengths)
    line.add(items)
    done = [item for _ in range(taken_before) for item in line.take(1)]
    withdrawn = [item for item in items if item.number in gone and item.state == "waiting"]
    for item in withdrawn:
        line.withdraw(item)
    left = [item for batch in _drain(line) for item in batch]
    assert sorted(item.number for item in [*done, *left, *withdrawn]) == list(range(len(items)))
    assert (line.sequences, line.tokens) == (0, 0)


def test_withdrawn_sequences_are_not_held_on_to_when_nobody_waits_any_more():
    line, items = Line("bulk", 16), _waiting([4] * 100, "bulk")
    line.add(items)
    line.take(1)
    for item in items:
        if item.state == "waiting":
            line.withdraw(item)
    assert (list(line._window), list(line._later)) == ([], [])


def test_padding_is_low_on_skewed_lengths():
    lengths = [6] * 300 + [9] * 200 + [14] * 120 + [25] * 60 + [60] * 15 + [150] * 5
    mixed = [lengths[(at * 7919) % len(lengths)] for at in range(len(lengths))]
    line = Line("interactive", 256)
    line.add(_waiting(mixed))
    padded = sum(max(map(len, batch)) * len(batch) for batch in _drain(line))
    assert sum(lengths) / padded > 0.93


def test_a_hurried_sequence_leaves_with_the_interactive_ones_and_only_once():
    lines = Lines(16)
    bulk, interactive = _waiting([4] * 12, "bulk"), _waiting([4] * 4, first=12)
    lines["bulk"].add(bulk)
    lines["interactive"].add(interactive)
    lines.hurry([bulk[10]])
    assert (lines["bulk"].sequences, lines["interactive"].sequences) == (11, 5)
    left = []
    while (turn := lines.turn(IDLE, workers=1, reserved=0)) is not None:
        left += lines.take(turn.lane, 1)
    assert {item.number for item in left[:5]} == {10, 12, 13, 14, 15}
    assert sorted(item.number for item in left) == list(range(16))


@given(
    st.lists(st.tuples(st.sampled_from(["interactive", "bulk"]), st.integers(1, 100)), max_size=80), st.integers(1, 99)
)
def test_nobody_is_overtaken_for_ever_however_many_come_after(arrivals, batch_tokens):
    """One batch is taken after each arrival: the oldest of a lane leaves in the lane's next one, bulk in its eighth."""
    lines, left = Lines(batch_tokens), []
    oldest_bulk, passed = None, 0
    for number, (lane, length) in enumerate(arrivals):
        lines[lane].add(_waiting([length], lane, first=number))
        turn = lines.turn(IDLE, workers=1, reserved=0)
        taken = lines.take(turn.lane, turn.share)
        left += taken
        waits = [at for at, (kind, _) in enumerate(arrivals[: number + 1]) if kind == turn.lane]
        gone = {item.number for item in left}
        assert min(set(waits) - (gone - {item.number for item in taken})) in gone
        bulk = [at for at, (kind, _) in enumerate(arrivals[: number + 1]) if kind == "bulk" and at not in gone]
        now = bulk[0] if bulk else None
        passed = passed + 1 if now is not None and now == oldest_bulk else 0
        oldest_bulk = now
        assert passed <= PATIENCE
