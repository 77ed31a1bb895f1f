"""Topics are axes: a question is its topic's axis and a direction of its own, so that likeness is exact."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_service.contracts import Cluster, GoneCluster, QuestionItem
from nlp_service.tasks.questions.finding.drafts import Draft
from nlp_service.tasks.questions.identity.continuation import continue_clusters, reaches
from nlp_service.tasks.questions.identity.returning import MOST_QUIET
from nlp_service.tasks.questions.wording.repeats import Group, unit_rows

DIMENSION = 512
LEAST = 3
WORDINGS = 8


def axis(number):
    return np.eye(DIMENSION)[number]


class Traffic:
    """Questions of one window; a vector has 0.8 of its topic and 0.6 of what no other question has."""

    def __init__(self, seed=0, first_id=0):
        self._generator = np.random.default_rng(seed)
        self._first_id = first_id
        self.questions = []

    def groups(self, topic, count):
        noise = self._generator.normal(size=(count, DIMENSION))
        noise[:, :20] = 0
        vectors = unit_rows(0.8 * unit_rows(np.asarray(topic, dtype=float)) + 0.6 * unit_rows(noise))
        return [self._group(vector) for vector in vectors.astype(np.float32)]

    def _group(self, vector):
        row = len(self.questions)
        self.questions.append(QuestionItem(str(self._first_id + row), f"question {row}"))
        return Group(f"{self._first_id + row:05d}", f"question {row}", (row,), vector)


def draft(*parts, stability=0.9):
    groups = tuple(group for part in parts for group in part)
    return Draft(groups, stability)


def earlier(name, groups, of, *, reach=True, wordings=WORDINGS, ids=()):
    size = len(groups)
    cluster = Cluster(f"q-{name}", name, name, size, size / of, "enquiry", [], list(ids), 0.9, "born")
    return replace(cluster, reach=size if reach else None), np.stack([group.vector for group in groups[:wordings]])


def before(*topics, count=30, of=1000, **known):
    """Earlier clusters a, b, … of topics."""
    window = Traffic(seed=1)
    return [
        earlier(name, window.groups(topic, count), of, **known) for name, topic in zip("abcdef", topics, strict=False)
    ]


def answer(drafts, rest, previous, traffic, of=1000):
    questions = traffic.questions + [QuestionItem(f"filler{row}", "") for row in range(of - len(traffic.questions))]
    parts, gone = continue_clusters(drafts, rest, previous, questions, LEAST, LEAST)
    told = sorted((part.ancestor.id if part.ancestor else None or "", part.event, part.size) for part in parts)
    return told, [(one.id, one.event, one.into) for one in gone]


def test_without_previous_all_are_born():
    now = Traffic()

    assert answer([draft(now.groups(axis(0), 5))], [], [], now) == ([("", "born", 5)], [])


@pytest.mark.parametrize("known", [{}, {"reach": False}, {"reach": False, "wordings": 1}])
def test_the_same_traffic_keeps_its_ids_and_nothing_happens(known):
    now = Traffic()
    drafts = [draft(now.groups(axis(topic), count)) for topic, count in ((1, 26), (0, 35))]

    assert answer(drafts, [], before(axis(0), axis(1), **known), now) == (
        [("q-a", "steady", 35), ("q-b", "steady", 26)],
        [],
    )


def test_the_name_and_the_change_come_with_the_id():
    now = Traffic()

    (part,), _ = continue_clusters([draft(now.groups(axis(0), 30))], [], before(axis(0)), now.questions, LEAST, LEAST)

    assert part.ancestor is not None and part.ancestor.name == "a"
    assert part.predecessors == ["q-a"]
    assert part.change is not None and (part.change.before, part.change.now) == (0.03, 1.0)


def test_a_missed_cluster_is_brought_back_from_what_was_left_over():
    now = Traffic()

    assert answer([], now.groups(axis(0), 25), before(axis(0)), now) == ([("q-a", "steady", 25)], [])


def test_two_earlier_clusters_in_one_fresh_cluster_are_kept_apart():
    now = Traffic()
    drafts = [draft(now.groups(axis(0), 30), now.groups(axis(0) + axis(1), 25))]

    assert answer(drafts, [], before(axis(0), axis(0) + axis(1)), now)[0] == [
        ("q-a", "steady", 30),
        ("q-b", "steady", 25),
    ]


def test_two_fresh_clusters_of_one_earlier_cluster_are_joined():
    now = Traffic()
    drafts = [draft(now.groups(axis(0) + sign * 0.3 * axis(1), 15)) for sign in (1, -1)]

    assert answer(drafts, [], before(axis(0)), now) == ([("q-a", "steady", 30)], [])


def pair_of(likeness):
    """Two topics that are so much alike, with the same middle for any likeness."""
    near, far = np.sqrt((1 + likeness) / 2) * axis(0), np.sqrt((1 - likeness) / 2) * axis(1)
    return near + far, near - far


def test_a_cluster_of_two_things_has_split_where_they_are_found_apart():
    window, now = Traffic(seed=1), Traffic()
    mixed = [
        group for pair in zip(window.groups(axis(0), 20), window.groups(axis(1), 20), strict=True) for group in pair
    ]
    drafts = [draft(now.groups(axis(topic), 20)) for topic in (0, 1)]

    parts, gone = continue_clusters(drafts, [], [earlier("a", mixed, 1000)], now.questions, LEAST, LEAST)

    assert sorted(part.event for part in parts) == ["split", "split"]
    assert [part.predecessors for part in parts] == [["q-a"], ["q-a"]]
    assert sum(part.ancestor is not None for part in parts) == 1
    assert gone == []


def test_one_cluster_recorded_as_two_has_merged():
    window, now = Traffic(seed=1), Traffic()
    groups = window.groups(axis(0), 80)
    previous = [earlier("a", groups[:40], 1000, wordings=40), earlier("b", groups[40:], 1000, wordings=40)]

    parts, gone = continue_clusters([draft(now.groups(axis(0), 80))], [], previous, now.questions, LEAST, LEAST)

    ((part,), (lost,)) = parts, gone
    assert (part.event, part.predecessors) == ("merged", ["q-a", "q-b"])
    assert part.ancestor is not None
    assert {part.ancestor.id, lost.id} == {"q-a", "q-b"}
    assert (lost.event, lost.into) == ("merged", [part.ancestor.id])


@pytest.mark.parametrize(("wordings", "events"), [(3, ["split", "split"]), (2, ["steady"])])
def test_a_cluster_has_split_only_if_several_wordings_are_on_either_side(wordings, events):
    now = Traffic()
    drafts = [draft(now.groups(axis(topic), 4)) for topic in (1, 2)]

    told, _ = answer(drafts, [], [mixed(Traffic(seed=1), (1, wordings), (2, WORDINGS - wordings))], now)

    assert [event for _, event, _ in told] == events


@pytest.mark.parametrize(
    ("likeness_of_others", "events"), [(0.0, ["merged"]), (0.8, ["merged"]), (0.9, ["steady"] * 2)]
)
def test_two_have_merged_only_if_they_are_far_more_alike_than_either_is_to_others(likeness_of_others, events):
    """Where traffic is blurred, many clusters are nearly one, and which are found apart is chance."""
    window, now = Traffic(seed=1), Traffic()
    third = likeness_of_others * axis(0) + np.sqrt(1 - likeness_of_others**2) * axis(1)
    groups, others = window.groups(axis(0), 80), window.groups(third, 40)
    previous = [
        earlier(name, some, 1000, wordings=40) for name, some in (("a", groups[:40]), ("b", groups[40:]), ("c", others))
    ]
    drafts = [draft(now.groups(axis(0), 80)), draft(now.groups(third, 40))]

    told, _ = answer(drafts, [], previous, now)

    assert [event for name, event, _ in told if name != "q-c"] == events


@pytest.mark.parametrize(("likeness_now", "events"), [(0.4, ["split", "split"]), (0.6, ["steady"])])
def test_a_cluster_has_split_only_if_its_parts_are_apart_now_too(likeness_now, events):
    """Of few wordings, some are apart by chance."""
    window, now = Traffic(seed=1), Traffic()
    then = [window.groups(topic, 20) for topic in pair_of(0.4)]
    mixed = [group for two in zip(*then, strict=True) for group in two]
    drafts = [draft(now.groups(topic, 20)) for topic in pair_of(likeness_now)]

    told, gone = answer(drafts, [], [earlier("a", mixed, 1000)], now)

    assert [event for _, event, _ in told] == events
    assert gone == []


@pytest.mark.parametrize(("count", "event"), [(38, "steady"), (90, "grown"), (16, "steady"), (5, "shrunk")])
def test_only_a_change_beyond_chance_is_an_event(count, event):
    now = Traffic()

    assert answer([draft(now.groups(axis(0), count))], [], before(axis(0)), now)[0] == [("q-a", event, count)]


@pytest.mark.parametrize(("of_a_conversation", "event"), [(None, "grown"), (1, "grown"), (3, "steady")])
def test_what_few_customers_repeat_is_no_change(of_a_conversation, event):
    now = Traffic()
    drafts = [draft(now.groups(axis(0), 60))]
    if of_a_conversation:
        now.questions = [
            replace(question, conversation=str(row // of_a_conversation)) for row, question in enumerate(now.questions)
        ]

    assert answer(drafts, [], before(axis(0)), now)[0] == [("q-a", event, 60)]


@pytest.mark.parametrize(("count", "event"), [(30, "died"), (4, "quiet")])
def test_a_cluster_without_questions_has_died_or_is_quiet(count, event):
    now = Traffic()
    drafts = [draft(now.groups(axis(1), count))]

    told, gone = answer(drafts, [], before(axis(0), axis(1), count=count), now)

    assert [name for name, *_ in told] == ["q-b"]
    assert gone == [("q-a", event, [])]


def test_the_remnant_of_a_cluster_does_not_bring_it_back():
    now = Traffic()

    assert answer([], now.groups(axis(0), 5), before(axis(0)), now) == ([], [("q-a", "died", [])])


@pytest.mark.parametrize(("count", "event"), [(60, "born"), (35, "steady")])
def test_a_new_cluster_is_born_if_the_earlier_run_cannot_have_overlooked_it(count, event):
    now = Traffic()
    drafts = [draft(now.groups(axis(0), 30)), draft(now.groups(axis(1), count))]

    assert answer(drafts, [], before(axis(0)), now)[0] == [("", event, count), ("q-a", "steady", 30)]


@pytest.mark.parametrize(("overlooked", "event"), [(False, "born"), (True, "steady")])
def test_what_is_overlooked_now_may_have_been_overlooked_then(overlooked, event):
    now = Traffic()
    known = now.groups(axis(2), 60)
    drafts = [draft(now.groups(axis(1), 65)), draft(now.groups(axis(0), 30))]

    told, _ = answer(
        [*drafts, *([] if overlooked else [draft(known)])],
        known if overlooked else [],
        before(axis(0), axis(2)),
        now,
    )

    assert ("", event, 65) in told


@pytest.mark.parametrize(("reach", "event"), [(30, "born"), (50, "born"), (55, "steady"), (70, "steady")])
def test_a_new_cluster_beside_an_earlier_one_is_born_only_if_more_questions_are_there_than_before(reach, event):
    now = Traffic()
    beside = axis(0) + 0.75 * axis(1)
    ((cluster, vectors),) = before(axis(0))
    drafts = [draft(now.groups(axis(0), 30)), draft(now.groups(beside, 40))]

    assert answer(drafts, [], [(replace(cluster, reach=reach), vectors)], now)[0] == [
        ("", event, 40),
        ("q-a", "steady", 30),
    ]


@pytest.mark.parametrize(("count", "event"), [(22, "born"), (15, "steady")])
def test_a_birth_is_looked_for_from_twenty_questions_on(count, event):
    now = Traffic()
    beside = axis(0) + 0.75 * axis(1)
    drafts = [draft(now.groups(axis(0), 10)), draft(now.groups(beside, count))]

    assert answer(drafts, [], before(axis(0), count=10), now)[0] == [("", event, count), ("q-a", "steady", 10)]


NEW = axis(1)


def sampled(*topics, rest=100):
    """The vectors of a sample of the earlier window: so many questions of each topic, and others."""
    window = Traffic(seed=2)
    groups = [group for topic, count in topics for group in window.groups(topic, count)]
    groups += window.groups(axis(9), rest)
    return np.stack([group.vector for group in groups])


def event_of_newcomer(count, sample, *, topic=NEW, previous=None):
    """What is said of so many questions about a topic that no earlier cluster is about."""
    now = Traffic()
    drafts = [draft(now.groups(axis(0), 30)), draft(now.groups(topic, count))]
    rest = now.groups(axis(9), 100)
    questions = now.questions + [QuestionItem(f"filler{row}", "") for row in range(1000 - len(now.questions))]

    parts, _ = continue_clusters(drafts, rest, previous or before(axis(0)), questions, LEAST, LEAST, sample)

    (event,) = (part.event for part in parts if part.ancestor is None)
    assert [part.event for part in parts if part.ancestor] == ["steady"]
    return event


@pytest.mark.parametrize("sample", [None, np.empty((0, DIMENSION), dtype=np.float32)])
def test_without_a_sample_few_questions_may_have_been_overlooked(sample):
    assert event_of_newcomer(35, sample) == "steady"


@pytest.mark.parametrize(("count", "event"), [(35, "born"), (15, "born"), (6, "steady")])
def test_a_topic_that_the_sample_lacks_is_born_unless_that_may_be_chance(count, event):
    assert event_of_newcomer(count, sampled((axis(0), 30))) == event


@pytest.mark.parametrize(("overlooked", "event"), [(30, "steady"), (20, "steady"), (2, "born")])
def test_a_topic_that_was_there_before_but_in_no_cluster_is_not_born(overlooked, event):
    assert event_of_newcomer(30, sampled((axis(0), 30), (NEW, overlooked))) == event


@pytest.mark.parametrize(("nearness", "event"), [(0.8, "born"), (0.5, "steady")])
def test_questions_that_are_near_their_middle_only_because_they_made_it_are_no_topic(nearness, event):
    now = Traffic()
    generator = np.random.default_rng(3)
    known, loose = now.groups(axis(0), 30), now.groups(axis(9), 12)
    for place, group in enumerate(loose):
        own = generator.normal(size=DIMENSION)
        own[:20] = 0
        vector = nearness * NEW + np.sqrt(1 - nearness**2) * own / np.linalg.norm(own)
        loose[place] = replace(group, vector=vector.astype(np.float32))
    questions = now.questions + [QuestionItem(f"filler{row}", "") for row in range(958)]
    sample = sampled((axis(0), 30))

    parts, _ = continue_clusters([draft(known), draft(loose)], [], before(axis(0)), questions, LEAST, LEAST, sample)

    assert [part.event for part in parts if part.ancestor is None] == [event]


def test_a_part_of_the_questions_says_less_than_all_of_them():
    assert event_of_newcomer(40, sampled((axis(0), 6), rest=26)) == "born"
    assert event_of_newcomer(40, sampled((axis(0), 2), rest=6)) == "steady"


@pytest.mark.parametrize(("overlooked", "event"), [(0, "born"), (3, "steady")])
def test_many_are_born_if_the_sample_is_too_small_to_tell_and_does_not_speak_against_it(overlooked, event):
    assert event_of_newcomer(60, sampled((axis(0), 2), (NEW, overlooked), rest=6 - overlooked)) == event


@pytest.mark.parametrize(("overlooked", "event"), [(0, "born"), (3, "steady")])
def test_there_was_room_for_as_many_as_the_sample_says(overlooked, event):
    """Three of 25, so some hundred of a thousand, though the records of the clusters leave no room for them."""
    assert event_of_newcomer(60, sampled((axis(0), 2), (NEW, overlooked), rest=23 - overlooked)) == event


@pytest.mark.parametrize(("topics", "event"), [(2, "born"), (6, "steady")])
def test_the_more_clusters_there_are_the_less_one_of_them_is_beyond_chance(topics, event):
    now = Traffic()
    drafts = [draft(now.groups(axis(topic), 10)) for topic in range(topics)] + [draft(now.groups(axis(20), 10))]
    previous = before(*(axis(topic) for topic in range(topics)), count=10)
    others = 100 - 10 * topics
    sample = sampled(*((axis(topic), 10) for topic in range(topics)), rest=others)

    parts, _ = continue_clusters(drafts, now.groups(axis(9), others), previous, now.questions, LEAST, LEAST, sample)

    assert [part.event for part in parts if part.ancestor is None] == [event]


@pytest.mark.parametrize(("neighbours", "event"), [(0, "born"), (35, "steady")])
def test_what_was_at_home_in_an_earlier_cluster_does_not_hide_a_new_one_beside_it(neighbours, event):
    beside = axis(0) + 0.75 * axis(1)
    ((cluster, vectors),) = before(axis(0))
    previous = [(replace(cluster, reach=70), vectors)]

    assert event_of_newcomer(40, None, topic=beside, previous=previous) == "steady"
    sample = sampled((axis(0), 70), (beside, neighbours))
    assert event_of_newcomer(40, sample, topic=beside, previous=previous) == event


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 40), st.integers(0, 40))
def test_the_more_there_were_before_the_less_a_topic_is_new(some, others):
    few, many = sorted((some, others))
    born = [
        event_of_newcomer(40, sampled((axis(0), 30), (NEW, count), rest=140 - count)) == "born" for count in (few, many)
    ]

    assert born[0] >= born[1]


def test_ids_that_are_positions_prove_nothing():
    now = Traffic()
    drafts = [draft(now.groups(axis(topic), 20)) for topic in (1, 0, 3)]
    window = Traffic(seed=1)
    previous = [
        earlier(name, window.groups(axis(topic), 20), 1000, ids=[str(start + row) for row in range(20)])
        for name, topic, start in (("a", 0, 0), ("b", 1, 20), ("c", 2, 40))
    ]

    told, _ = answer(drafts, [], previous, now)

    assert [(name, event) for name, event, _ in told] == [("", "steady"), ("q-a", "steady"), ("q-b", "steady")]


def test_ids_that_agree_with_the_vectors_tell_what_one_wording_does_not():
    now = Traffic()
    topics = [now.groups(axis(topic), 20) for topic in range(6)]
    ids = [[now.questions[group.rows[0]].id for group in groups] for groups in topics]
    previous = [
        earlier(name, groups, 1000, reach=False, wordings=1, ids=known)
        for name, groups, known in zip("abcd", topics[:4], ids[:4], strict=True)
    ]
    previous.append(earlier("e", [*topics[4], *topics[5]], 1000, reach=False, wordings=1, ids=[*ids[4], *ids[5]]))
    known, _ = answer([draft(groups) for groups in topics], [], previous, now)
    strangers = [(replace(cluster, members=[]), vectors) for cluster, vectors in previous]
    unknown, _ = answer([draft(groups) for groups in topics], [], strangers, now)

    assert [event for _, event, _ in known].count("split") == 2
    assert [event for _, event, _ in unknown].count("split") == 0


def test_the_answer_depends_on_no_order():
    now = Traffic()
    drafts = [draft(now.groups(axis(topic), 12 + topic)) for topic in range(4)]
    rest = now.groups(axis(4), 12)
    previous = before(*(axis(topic) for topic in (0, 1, 2, 4)))

    assert answer(drafts, rest, previous, now) == answer(drafts[::-1], rest[::-1], previous[::-1], now)


def test_without_questions_all_are_gone():
    assert answer([], [], before(axis(0)), Traffic(), of=0) == ([], [("q-a", "quiet", [])])


def test_a_record_without_a_share_is_continued_but_not_measured():
    now = Traffic()
    ((cluster, vectors),) = before(axis(0))

    (part,), _ = continue_clusters(
        [draft(now.groups(axis(0), 9))],
        [],
        [(replace(cluster, size=0, share=0.0), vectors)],
        now.questions,
        LEAST,
        LEAST,
    )

    assert (part.event, part.change) == ("steady", None)


@pytest.mark.parametrize("record", [{"size": 0, "share": 0.0, "reach": 0}, {"size": 5, "share": 1e-320, "reach": None}])
def test_a_record_that_says_nothing_of_the_earlier_window_does_no_harm(record):
    now = Traffic()
    ((cluster, vectors),) = before(axis(0))
    drafts = [draft(now.groups(axis(0), 9)), draft(now.groups(axis(1), 9))]

    parts, _ = continue_clusters(drafts, [], [(replace(cluster, **record), vectors)], now.questions, LEAST, LEAST)

    assert len(parts) == 2
    assert all(part.change is None for part in parts)


@pytest.mark.parametrize("record", [{"size": 10_000_000, "reach": 10_000_000}, {"size": 5_000, "reach": None}])
def test_many_records_of_an_impossibly_large_window_take_little_time(record):
    """No clock: if the time of a test of chance grew with the window, this test would not end."""
    now = Traffic()
    ((cluster, vectors),) = before(axis(0))
    records = [replace(cluster, id=f"q-{number}", share=1e-9, **record) for number in range(2_000)]
    previous = [(one, vectors[:1]) for one in records]

    parts, gone = continue_clusters([draft(now.groups(axis(0), 30))], [], previous, now.questions, LEAST, LEAST)

    assert len(gone) + sum(part.ancestor is not None for part in parts) == 2_000


def test_reach_counts_the_questions_at_home_outliers_included():
    now = Traffic()
    groups = [*now.groups(axis(0), 7), *now.groups(axis(1), 4), *now.groups(axis(2), 3)]

    assert reaches(groups, [vectors for _, vectors in before(axis(1), axis(0))]) == [4, 7]
    assert reaches([], [axis(0)[None].astype(np.float32)]) == [0]


@pytest.mark.parametrize(("questions", "kept"), [(4, True), (2, False)])
def test_a_cluster_that_lives_on_needs_fewer_questions_than_a_new_one(questions, kept):
    now = Traffic()
    groups = [*now.groups(axis(0), questions)]

    parts, gone = continue_clusters([], groups, before(axis(0)), now.questions, 10, 3)

    assert [(part.ancestor.id, part.size) for part in parts] == ([("q-a", questions)] if kept else [])
    assert [one.id for one in gone] == ([] if kept else ["q-a"])


def mixed(window, *parts):
    """A cluster of the earlier answer about several topics, its wordings divided as they are: topic, wordings."""
    groups = [group for topic, count in parts for group in window.groups(axis(topic), count)]
    return earlier("a", groups, 1000)


@pytest.mark.parametrize(("held", "kept"), [(2, False), (3, False), (4, True), (6, True)])
def test_an_id_goes_on_only_with_half_of_what_was_asked(held, kept):
    now = Traffic()
    previous = [mixed(Traffic(seed=1), (1, held), (2, WORDINGS - held)), *before(axis(3))]
    drafts = [draft(now.groups(axis(1), 30)), draft(now.groups(axis(3), 30))]

    told, gone = answer(drafts, [], [*previous[:1], (replace(previous[1][0], id="q-b"), previous[1][1])], now)

    assert [name for name, *_ in told] == (["q-a", "q-b"] if kept else ["", "q-b"])
    assert [name for name, *_ in gone] == ([] if kept else ["q-a"])


@pytest.mark.parametrize(("count", "of", "event"), [(15, 1000, "died"), (15, 300, "quiet"), (9, 1000, "quiet")])
def test_a_cluster_that_vanishes_has_died_though_there_are_none_now(count, of, event):
    now = Traffic()
    drafts = [draft(now.groups(axis(1), 30))]
    previous = before(axis(0), count=count)

    assert answer(drafts, [], previous, now, of=of)[1] == [("q-a", event, [])]


def quiet(earlier, runs=1):
    cluster, vectors = earlier
    gone = GoneCluster(cluster.id, "named by hand", "quiet", [], None, ["a wording"], None, runs)
    return gone.record(), vectors


def test_what_was_quiet_and_comes_back_keeps_its_id_and_name_and_is_not_born():
    now = Traffic()
    a, b = before(axis(0), axis(1))
    drafts = [draft(now.groups(axis(0), 60)), draft(now.groups(axis(1), 30))]
    sample = sampled((axis(1), 30))

    parts, gone = continue_clusters(drafts, [], [quiet(a), b], now.questions, LEAST, LEAST, sample)

    (back,) = [part for part in parts if part.ancestor.id == "q-a"]
    assert (back.ancestor.name, back.event, back.predecessors) == ("named by hand", "steady", ["q-a"])
    assert gone == []


def test_what_comes_back_leaves_a_living_neighbour_that_has_more_than_it():
    now = Traffic()
    a, b = before(axis(0) + 0.5 * axis(1), axis(1) + 0.5 * axis(0))
    drafts = [draft(now.groups(axis(0) + 0.5 * axis(1), 30)), draft(now.groups(axis(1) + 0.5 * axis(0), 30))]

    assert answer(drafts, [], [quiet(a), b], now)[0] == [("q-a", "steady", 30), ("q-b", "steady", 30)]
    assert answer(drafts[:1], [], [quiet(a), b], now)[0] == [("q-a", "steady", 30)]


@pytest.mark.parametrize(("runs", "remembered"), [(0, True), (1, True), (3, True), (4, False)])
def test_a_quiet_cluster_is_remembered_for_a_few_runs(runs, remembered):
    now = Traffic()
    a, b = before(axis(0), axis(1), count=4)
    earlier = [quiet(a, runs) if runs else a, b]

    _, gone = continue_clusters([draft(now.groups(axis(1), 4))], [], earlier, now.questions, LEAST, LEAST)

    assert [(one.id, one.event, one.quiet_runs, len(one.wordings)) for one in gone] == (
        [("q-a", "quiet", runs + 1, 1)] if remembered else []
    )


def test_only_so_many_quiet_clusters_are_remembered():
    now = Traffic()
    a, b = before(axis(0), axis(1), count=4)
    many = [(replace(quiet(a)[0], id=f"q-{number:03}"), a[1]) for number in range(300)]

    _, gone = continue_clusters([draft(now.groups(axis(1), 4))], [], [b, *many], now.questions, LEAST, LEAST)

    assert [one.id for one in gone] == [f"q-{number:03}" for number in range(MOST_QUIET)]


def test_what_has_died_is_remembered_too():
    now = Traffic()
    drafts = [draft(now.groups(axis(1), 30))]
    questions = now.questions + [QuestionItem(f"filler{row}", "") for row in range(970)]

    _, gone = continue_clusters(drafts, [], before(axis(0), axis(1)), questions, LEAST, LEAST)

    assert [(one.event, one.quiet_runs, one.wordings) for one in gone] == [("died", 1, ["a"])]
