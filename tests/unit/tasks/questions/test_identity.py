import numpy as np
import pytest

from nlp_service.tasks.questions.identity import Candidate, identify

AXES = np.eye(8, dtype=np.float32)


def candidate(vector, *, size=10, prefix="new"):
    members = frozenset(f"{prefix}{number}" for number in range(size))
    return Candidate(members, (vector / np.linalg.norm(vector)).astype(np.float32))


def outcomes(candidates, previous, questions=100):
    found = identify(candidates, previous, questions)
    return [(one.ancestor.id if one.ancestor else None, one.event) for one in found]


def test_without_previous_all_are_born():
    assert outcomes([candidate(AXES[0])], []) == [(None, "born")]


def test_without_clusters_there_is_nothing_to_say(earlier):
    assert outcomes([], [earlier("a", AXES[0])]) == []


def test_a_near_cluster_inherits_and_a_far_one_is_born(earlier):
    previous = [earlier("a", AXES[0], size=10, share=0.1)]

    assert outcomes([candidate(AXES[1]), candidate(AXES[0] + 0.1 * AXES[2])], previous) == [
        (None, "born"),
        ("q-a", "steady"),
    ]


@pytest.mark.parametrize(
    ("size", "event"),
    [(10, "steady"), (14, "steady"), (30, "grown"), (1, "shrunk")],
)
def test_only_a_change_beyond_chance_is_an_event(earlier, size, event):
    previous = [earlier("a", AXES[0], size=10, share=0.1)]

    assert outcomes([candidate(AXES[0], size=size)], previous) == [("q-a", event)]


def test_the_same_shares_of_many_more_questions_are_a_change(earlier):
    previous = [earlier("a", AXES[0], size=1000, share=0.1)]

    assert outcomes([candidate(AXES[0], size=1400)], previous, questions=10_000) == [("q-a", "grown")]


def test_two_that_fall_into_one_are_merged(earlier):
    previous = [earlier("a", AXES[0] + 0.2 * AXES[1]), earlier("b", AXES[0] + 0.1 * AXES[2])]

    assert outcomes([candidate(AXES[0])], previous) == [("q-b", "merged")]


def test_one_that_falls_into_two_is_split_and_the_nearer_part_inherits(earlier):
    parts = [candidate(AXES[0] + 0.2 * AXES[1], prefix="x"), candidate(AXES[0] + 0.1 * AXES[2], prefix="y")]

    assert outcomes(parts, [earlier("a", AXES[0])]) == [(None, "split"), ("q-a", "split")]


def test_common_ids_help_a_cluster_that_has_drifted(earlier):
    drifted = candidate(AXES[0] + 1.2 * AXES[1])
    previous = earlier("a", AXES[0], size=10, share=0.1, members=tuple(f"new{number}" for number in range(6)))
    strangers = earlier("a", AXES[0], size=10, share=0.1)

    assert outcomes([drifted], [previous]) == [("q-a", "steady")]
    assert outcomes([drifted], [strangers]) == [(None, "born")]


def test_common_ids_alone_prove_nothing(earlier):
    previous = earlier("a", AXES[0], members=tuple(f"new{number}" for number in range(10)))

    assert outcomes([candidate(AXES[1])], [previous]) == [(None, "born")]


def test_an_earlier_cluster_is_inherited_once_only(earlier):
    previous = [earlier(name, AXES[axis]) for axis, name in enumerate("abc")]
    candidates = [candidate(AXES[axis], prefix=str(axis)) for axis in (2, 0, 1)]

    assert [ancestor for ancestor, _ in outcomes(candidates, previous)] == ["q-c", "q-a", "q-b"]


def test_an_earlier_cluster_without_a_share_is_steady(earlier):
    assert outcomes([candidate(AXES[0])], [earlier("a", AXES[0], size=0, share=0.0)]) == [("q-a", "steady")]
