"""SIGHUP under traffic: the contact-reason model and its tree change places, and no request fails."""

import json
import shutil
import threading
import time
from collections import Counter
from itertools import count

import httpx
import pytest

from nlp_service import artifact
from nlp_service.settings import MODELS

SECONDS = 60
QUESTION = "我的包裹什么时候发货？"
CODE, NAME = "delivery.dispatch.dispatch_time", "发货时间"
CLIENTS = 3


class Traffic:
    """Asks without a break, each time with a text that the cache doesn't know, and keeps every answer.

    Attributes:
        statuses: how often each HTTP status came, or the name of an error.
        answers: how often each (name of the code, digest of the model, digest of the tree) came.
    """

    def __init__(self, url):
        self.statuses = Counter()
        self.answers = Counter()
        self._url = url
        self._numbers = count()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(path,)) for path in ("reasons", "analyze") * CLIENTS]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        for thread in self._threads:
            thread.join(SECONDS)

    def _ask(self, path):
        with httpx.Client(base_url=self._url, timeout=SECONDS) as client:
            while not self._stopped.is_set():
                texts = [QUESTION, f"订单{next(self._numbers)}的鞋子有点小，想换大一码"]
                documents = [{"text": text} for text in texts]
                body = {"texts": texts} if path == "reasons" else {"documents": documents, "features": ["reasons"]}
                try:
                    response = client.post(f"/v1/{path}", json=body)
                    self.statuses[response.status_code] += 1
                    self.answers[_seen(path, response.json())] += 1
                except Exception as error:  # a dropped connection, an answer of another shape: a failed request
                    self.statuses[type(error).__name__] += 1


def _seen(path, answer):
    reason = answer["results"][0] if path == "reasons" else answer["documents"][0]["reasons"][0]
    return reason["path"][-1]["name"], answer["model"]["reasons"], answer["model"]["taxonomy"]


@pytest.fixture
def tree(tmp_path):
    """The shipped tree, to be changed."""
    return shutil.copy(MODELS / "reasons" / "retail.yaml", tmp_path / "tree.yaml")


@pytest.fixture
def model(tmp_path):
    """The shipped contact-reason model, to be changed."""
    return shutil.copytree(MODELS / "reasons", tmp_path / "reasons")


@pytest.fixture
def server_of_these(start_server, model, tree):
    return start_server("--reasons", model, "--taxonomy", tree)


def rename(tree, name):
    """Give `CODE` another name in the shipped tree; the digest of the file that this makes."""
    shipped = (MODELS / "reasons" / "retail.yaml").read_text(encoding="utf-8")
    here = shipped.index(f"- code: {CODE}\n")
    tree.write_text(shipped[:here] + shipped[here:].replace(f"zh: {NAME}", f"zh: {name}", 1), encoding="utf-8")
    return artifact.file_digest(tree)


def new_version(model):
    """Give the model another version; its digest."""
    manifest = json.loads((model / artifact.MANIFEST).read_text(encoding="utf-8"))
    (model / artifact.MANIFEST).write_text(json.dumps({**manifest, "version": "after"}), encoding="utf-8")
    return artifact.load(model, "reasons").digest


def wait_until(happened, what):
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"{what} doesn't happen"
        time.sleep(0.05)


def test_models_and_trees_change_under_traffic(server_of_these, model, tree, metrics):
    server = server_of_these
    first, shipped = artifact.load(model, "reasons").digest, artifact.file_digest(tree)

    def answered(*answer):
        before = traffic.answers[answer]
        wait_until(lambda: traffic.answers[answer] > before + 2 * CLIENTS, f"an answer '{answer[0]}'")

    with Traffic(server.client.base_url) as traffic:
        answered(NAME, first, shipped)
        renamed = rename(tree, "何时发货")
        server.hang_up()
        answered("何时发货", first, renamed)

        tree.write_text(tree.read_text(encoding="utf-8") + "\n- code: [", encoding="utf-8")
        server.hang_up()
        wait_until(lambda: " ERROR " in server.log, "a refusal")
        answered("何时发货", first, renamed)

        again, second = rename(tree, "几时寄出"), new_version(model)
        server.hang_up()
        server.hang_up()
        answered("几时寄出", second, again)

    assert set(traffic.statuses) == {200}
    assert set(traffic.answers) == {(NAME, first, shipped), ("何时发货", first, renamed), ("几时寄出", second, again)}
    (refusal,) = [line for line in server.log.splitlines() if " ERROR " in line]
    assert f"{tree}: not valid YAML" in refusal
    done = [line for line in server.log.splitlines() if " INFO " in line and "reloaded: " in line]
    assert f"taxonomy {shipped[:12]} -> {renamed[:12]}" in done[0]
    assert f"reasons {first[:12]} -> {second[:12]}" in done[1]
    assert "换大一码" not in server.log
    metric = metrics(server.metrics())
    assert metric("reloads_total", result="refused") == 1
    assert metric("reloads_total", result="swapped") in (2, 3)  # the last two signals may have become one reload
    assert server.terminate() == 0


def test_a_model_that_doesnt_know_its_own_examples_is_refused(server_of_these, model):
    from safetensors.numpy import load_file, save_file

    server = server_of_these
    for file in ("head.safetensors", "prototypes.safetensors"):
        tensors = load_file(model / file)
        turned = {name: values[::-1].copy() if values.ndim == 2 else values for name, values in tensors.items()}
        save_file(turned, model / file)
    manifest = json.loads((model / artifact.MANIFEST).read_text(encoding="utf-8"))
    manifest["files"] = {file: artifact.file_digest(model / file) for file in manifest["files"]}
    (model / artifact.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    before = server.answer("/v1/reasons", texts=[QUESTION])
    server.hang_up()
    wait_until(lambda: " ERROR " in server.log, "a refusal")
    (refusal,) = [line for line in server.log.splitlines() if " ERROR " in line]
    assert "recognises only " in refusal
    assert server.answer("/v1/reasons", texts=[QUESTION]) == before
