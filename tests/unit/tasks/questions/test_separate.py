"""Large clusterings in a process of their own."""

import os
import signal
import sys
import threading
from multiprocessing import Pipe
from unittest.mock import Mock

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from nlp_service.contracts import QuestionItem
from nlp_service.errors import ProcessLostError
from nlp_service.tasks.questions import FEWEST_APART, QuestionClusterer, SeparateClusterer, separate

TOPICS = 40
TAKES_AND_ENDS = """
import sys
from multiprocessing.connection import Connection
from nlp_service.tasks.questions.separate import receive
receive(Connection(int(sys.argv[1])))
"""
"""A child that takes a job and ends without a word."""


@pytest.fixture(scope="module")
def asked():
    """Questions, vectors and kinds: topics that lie apart, each with as many wordings."""
    generator = np.random.default_rng(0)
    topics = generator.normal(size=(TOPICS, 32))
    rows = FEWEST_APART // TOPICS
    vectors = np.repeat(topics, rows, axis=0) + generator.normal(scale=0.1, size=(TOPICS * rows, 32))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    questions = [QuestionItem(str(row), f"第{row // rows}类问题的第{row}种问法") for row in range(len(vectors))]
    return questions, vectors, ["enquiry"] * len(vectors)


@pytest.fixture
def clusterer():
    made = SeparateClusterer()
    with threadpool_limits(1, user_api="blas"):  # as in the service, and in its child: sums are rounded alike
        yield made
    made.close()


def test_the_clusters_are_those_of_this_process(clusterer, asked):
    here = QuestionClusterer().cluster(*asked)
    places = []
    assert clusterer.cluster(*asked, progress=lambda *place: places.append(place)) == here
    assert len(here.clusters) == TOPICS
    assert ("clustering", 1, 4) in places
    previous = [(cluster, asked[1][: len(cluster.wordings)]) for cluster in here.clusters]
    expected = QuestionClusterer().cluster(*asked, previous, previous_sample=asked[1][:50])
    assert clusterer.cluster(*asked, previous, previous_sample=asked[1][:50]) == expected


def test_it_works_on_after_its_process_was_killed_between_two_sets(clusterer, asked):
    first = clusterer.cluster(*asked)
    os.kill(clusterer._rooms[False]._child.pid, signal.SIGKILL)
    clusterer._rooms[False]._child.wait(5)
    assert clusterer.cluster(*asked) == first


def test_a_child_that_ends_for_want_of_work_just_as_some_comes_is_replaced(clusterer, asked, monkeypatch):
    room = clusterer._rooms[False]
    with monkeypatch.context() as ending:
        ending.setattr(separate, "CHILD", TAKES_AND_ENDS)
        room._line = room._started()
    assert clusterer.cluster(*asked).clusters


def test_a_new_child_that_ends_is_not_replaced_again_and_again(clusterer, asked, monkeypatch):
    monkeypatch.setattr(separate, "CHILD", TAKES_AND_ENDS)
    with pytest.raises(ProcessLostError):
        clusterer.cluster(*asked)


def test_work_that_nobody_wants_any_more_is_ended(clusterer, asked):
    class UnwantedError(Exception):
        pass

    def progress(_step, done, _of):
        if done:
            raise UnwantedError

    with pytest.raises(UnwantedError):
        clusterer.cluster(*asked, progress=progress)
    assert clusterer._rooms[False]._child is None
    assert clusterer.cluster(*asked).clusters


def test_a_process_that_dies_over_its_work_is_an_error_and_no_wait(clusterer, asked):
    def progress(_step, done, _of):
        if done:
            clusterer._rooms[False]._child.kill()

    with pytest.raises(ProcessLostError):
        clusterer.cluster(*asked, progress=progress)


def test_a_failure_tells_where_and_not_about_what(clusterer, asked):
    questions, vectors, kinds = asked
    with pytest.raises(RuntimeError, match=r"clustering failed: AttributeError at \w+\.py:\d+") as caught:
        clusterer.cluster(questions, vectors, kinds, [("geheim", vectors[:1])])
    assert "geheim" not in str(caught.value)


def test_sets_take_turns(clusterer, asked):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(clusterer.cluster(*asked))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_few_questions_need_no_other_process(clusterer, asked):
    questions, vectors, kinds = (some[:100] for some in asked)
    assert clusterer.cluster(questions, vectors, kinds) == QuestionClusterer().cluster(questions, vectors, kinds)
    assert clusterer._rooms[False]._child is None


def test_a_process_that_cant_be_started_is_an_error_of_its_own(clusterer, asked, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ProcessLostError):
        clusterer.cluster(*asked)


def test_what_ends_the_service_lets_its_process_finish(clusterer, asked):
    def progress(_step, done, _of):
        if done:
            os.kill(clusterer._rooms[False]._child.pid, signal.SIGTERM)
            os.kill(clusterer._rooms[False]._child.pid, signal.SIGINT)

    assert clusterer.cluster(*asked, progress=progress).clusters


def test_modules_in_the_working_folder_are_not_its_own(clusterer, asked, tmp_path, monkeypatch):
    (tmp_path / "random.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    assert clusterer.cluster(*asked).clusters


def test_a_job_stands_in_no_requests_way(asked, monkeypatch):
    monkeypatch.setattr("nlp_service.tasks.questions.separate.MOST_AT_ONCE", 1_000)
    questions, vectors, kinds = asked
    more = [*questions, QuestionItem("more", "还有一个问题")], np.vstack([vectors, vectors[:1]]), [*kinds, "enquiry"]
    clusterer, answered = SeparateClusterer(), []

    def progress(_step, done, _of):
        if done and not answered:
            answered.append(clusterer.cluster(*asked))

    assert clusterer.cluster(*more, progress=progress).clusters
    assert answered
    clusterer.close()


def test_its_process_ends_with_it(asked):
    clusterer = SeparateClusterer()
    clusterer.cluster(*asked)
    child = clusterer._rooms[False]._child
    clusterer.close()
    assert child.poll() is not None


@pytest.mark.parametrize("reasons", [[], ["order.cancel", None, "order.cancel"]])
def test_a_job_arrives_whole(reasons, monkeypatch):
    monkeypatch.setattr(separate, "AT_ONCE", 2)
    questions = [QuestionItem(str(row), "能取消吗", conversation="c") for row in range(3)]
    job = separate.Job(questions, np.eye(3, dtype=np.float32), ["request"] * 3, [], None, 4, reasons)
    ours, theirs = Pipe()
    with ours, theirs:
        separate.send(ours, job)
        received = separate.receive(theirs)
    assert received._replace(vectors=None) == job._replace(vectors=None)
    assert np.array_equal(received.vectors, job.vectors)


@pytest.mark.parametrize("rows", [0, 3])
def test_vectors_are_sent_from_where_they_lie(rows):
    vectors = np.arange(rows * 4, dtype=np.float32).reshape(rows, 4)
    ours, theirs = Pipe()
    with ours, theirs:
        separate.send(ours, separate.Job([], vectors, [], (), vectors, None, []))
        assert separate.receive(theirs).vectors.tolist() == vectors.tolist()
    sent = []
    separate.send(Mock(send_bytes=sent.append), separate.Job([], vectors, [], (), None, None, []))
    assert sent[0].nbytes == vectors.nbytes
    assert rows == 0 or np.shares_memory(sent[0], vectors)
