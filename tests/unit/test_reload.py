"""The contact-reason model changes places while requests are answered; encoder and other heads are fakes."""

import asyncio
import json
import logging
import threading
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file, save

from nlp_service import artifact, settings, taxonomy
from nlp_service.analysis import Analysis
from nlp_service.api.app import create_app
from nlp_service.assembly import Service, renewed
from nlp_service.assembly.contact_reasons import TEXTS_AT_ONCE
from nlp_service.cli.serve import _reloading
from nlp_service.contracts import ModelInfo
from nlp_service.conversation import Tasks
from nlp_service.embedding.batching.batcher import Batcher
from nlp_service.embedding.cache.memory import MemoryCache
from nlp_service.embedding.embedder import Embedder
from nlp_service.embedding.encoder.fake import FakeEncoder
from nlp_service.errors import ArtifactError, ConfigurationError, ServiceError, TaxonomyError
from nlp_service.joint_judging import FEW
from nlp_service.tasks.emotions import LABELS
from nlp_service.tasks.reasons import PROTOTYPES, ReasonClassifier
from nlp_service.tasks.reasons.blending import Calibration
from nlp_service.tasks.reasons.prototypes import Centres, directions, texts_of

QUESTION = "快递怎么还没到"
LEAVES = {
    "parcel.late": ("包裹迟到", [QUESTION, "都一周了還沒收到", "still waiting for my order"]),
    "parcel.lost": ("包裹丢失", ["包裹丢了", "快遞寄丟了怎麼辦", "my parcel is lost"]),
    "bill.tax": ("税号有误", ["税号开错了", "發票稅號不對", "the tax number is wrong"]),
    "bill.name": ("抬头有误", ["抬头写错了", "公司名稱打錯了", "wrong name on the invoice"]),
}
ENCODER = FakeEncoder()
TREE = "tree.yaml"


class PausableKinds:
    """Every sentence is a complaint; `pause` holds a request between the encoder and the contact reasons."""

    def __init__(self):
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def classify(self, vectors, ngrams):
        self.reached.set()
        assert self.go_on.wait(10)
        return ["complaint"] * len(vectors)


class NeutralSentiment:
    def classify(self, vectors, ngrams):
        return np.tile([0.0, 1.0, 0.0], (len(vectors), 1))

    def aspects_of_each(self, texts, vectors, probabilities):
        return [[] for _ in texts]


class NoEmotions:
    def classify(self, vectors, ngrams):
        return np.tile(np.eye(len(LABELS))[0], (len(vectors), 1))


class CountingBatcher(Batcher):
    """Remembers how many sequences came at once."""

    def __init__(self, telemetry):
        super().__init__(ENCODER, batch_tokens=2048, queue_tokens=200_000, telemetry=telemetry)
        self.submitted = []

    def submit(self, sequences, lands):
        self.submitted.append(len(sequences))
        return super().submit(sequences, lands)


@dataclass
class World:
    service: Service
    client: httpx.AsyncClient
    kinds: PausableKinds
    batcher: CountingBatcher

    async def answer(self, *others):
        """Name of the code, digest of the model and digest of the tree that a request for `QUESTION` brings."""
        response = await self.client.post("/v1/reasons", json={"texts": [QUESTION, *others]})
        assert response.status_code == 200, response.text
        body = response.json()
        return body["results"][0]["path"][-1]["name"], body["model"]["reasons"], body["model"]["taxonomy"]


def write_tree(folder: Path, names=None, more=()):
    nodes = [{"code": code, "name": code} for code in ("parcel", "bill")]
    for code, (name, examples) in LEAVES.items():
        wording = (names or {}).get(code, name)
        nodes.append({"code": code, "parent": code.split(".")[0], "name": wording, "examples": examples})
    (folder / TREE).write_text(yaml.safe_dump([*nodes, *more], allow_unicode=True), encoding="utf-8")


def write_model(folder: Path, version="1", **config):
    """A model without a head: codes are known by their texts. Keywords go into the configuration; None drops a key."""
    tree = taxonomy.load(folder / TREE)
    vectors = {
        text: ENCODER.encode(ENCODER.tokenize([text]))[0]
        for node in tree.leaves
        for part in texts_of(node, tree)
        for text in part
    }
    centre = np.zeros(ENCODER.info.dimension, dtype=np.float32)
    made = directions(tree.leaves, tree, vectors, Centres(centre, centre))
    (folder / PROTOTYPES).write_bytes(save({"centre": centre, "names_centre": centre, "directions": made}))
    everything = {
        "encoder_digest": ENCODER.info.digest,
        "taxonomy": TREE,
        "codes": [node.code for node in tree.leaves],
        "thresholds": {"0.8": [0.3, 0.3]},
        "calibration": Calibration().to_config(),
    } | config
    kept = {key: value for key, value in everything.items() if value is not None}
    artifact.write(folder, kind="reasons", name="n", version=version, files=[PROTOTYPES], config=kept, command="test")


def change_directions(folder: Path, change):
    """Write other directions, with a manifest that fits them."""
    tensors = load_file(folder / PROTOTYPES)
    changed = np.ascontiguousarray(change(tensors["directions"]), dtype=np.float32)
    (folder / PROTOTYPES).write_bytes(save({**tensors, "directions": changed}))
    manifest = json.loads((folder / artifact.MANIFEST).read_text(encoding="utf-8"))
    manifest["files"][PROTOTYPES] = artifact.file_digest(folder / PROTOTYPES)
    (folder / artifact.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    write_tree(tmp_path)
    write_model(tmp_path)
    return tmp_path


@pytest.fixture
def serving(folder, telemetry):
    """Serves the folder's model."""

    @asynccontextmanager
    async def serving():
        batcher, kinds = CountingBatcher(telemetry), PausableKinds()
        embedder = Embedder(ENCODER, batcher, MemoryCache(10_000, telemetry), telemetry)
        model = artifact.load(folder, "reasons")
        reasons = ReasonClassifier(
            model, taxonomy.load(folder / TREE), encoder_digest=ENCODER.info.digest, precision=0.8
        )
        analysis = Analysis(
            embedder,
            Tasks(
                reasons=reasons,
                sentiment=NeutralSentiment(),
                emotions=NoEmotions(),
                kinds=kinds,
                questions=None,
                standing=None,
                faq=None,
            ),
            knowledge_base="faq",
            models=[ModelInfo("encoder", "fake", "0", "e"), ModelInfo("reasons", "n", "1", model.digest)],
            telemetry=telemetry,
        )
        renew = partial(renewed, settings.load({"reasons": folder, "reasons_precision": 0.8}), embedder)
        service = Service(analysis, ENCODER, ("", np.zeros(1)), renew, telemetry)
        app = create_app(lambda: nullcontext(service), telemetry=telemetry)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client,
        ):
            yield World(service, client, kinds, batcher)
        await batcher.close()

    return serving


def test_a_reload_changes_answers_digests_and_taxonomies_together(run, serving, folder, metric, caplog):
    async def scenario():
        async with serving() as world:
            before = await world.answer()
            assert before[0] == "包裹迟到"
            write_tree(folder, {"parcel.late": "物流太慢"})
            write_model(folder, version="2")
            with caplog.at_level(logging.INFO, "nlp_service.assembly"):
                await world.service.reload()
            after = await world.answer()
            assert after[0] == "物流太慢"
            assert after[1] != before[1]
            assert after[2] != before[2]
            (tree,) = (await world.client.get("/v1/taxonomies")).json()["taxonomies"]
            assert tree["digest"] == after[2]
            models = {item["task"]: item for item in (await world.client.get("/v1/models")).json()["models"]}
            assert (models["reasons"]["digest"], models["reasons"]["version"]) == (after[1], "2")
            assert models["encoder"]["digest"] == "e"
            (line,) = caplog.messages
            assert all(digest[:12] in line for digest in (*before[1:], *after[1:]))

    run(scenario())
    assert metric("reloads_total", result="swapped") == 1


def test_a_new_code_is_known_by_its_examples_after_a_reload(run, serving, folder):
    async def scenario():
        async with serving() as world:
            leaf = {"code": "bill.paper", "parent": "bill", "name": "要纸质发票", "examples": ["能寄纸质发票吗"]}
            write_tree(folder, more=[leaf])
            await world.service.reload()
            (reason,) = await world.service.analysis.reasons(["能寄纸质发票吗"])
            assert reason.code == "bill.paper"

    run(scenario())


def test_a_request_under_way_ends_with_the_model_it_began_with(run, serving, folder):
    async def scenario():
        async with serving() as world:
            before = await world.answer()
            world.kinds.go_on.clear()
            world.kinds.reached.clear()
            enough_for_a_thread = [f"{number}号包裹丢了" for number in range(FEW + 1)]
            under_way = asyncio.create_task(world.answer(*enough_for_a_thread))
            assert await asyncio.to_thread(world.kinds.reached.wait, 10)
            write_tree(folder, {"parcel.late": "物流太慢"})
            write_model(folder, version="2")
            await world.service.reload()
            assert not under_way.done()
            world.kinds.go_on.set()
            assert await under_way == before
            assert (await world.answer())[0] == "物流太慢"

    run(scenario())


def _broken_tree(folder):
    (folder / TREE).write_text("- code: [", encoding="utf-8")


def _lost_code(folder):
    (folder / TREE).write_text("- {code: parcel.late, name: 包裹迟到}", encoding="utf-8")


def _half_copied(folder):
    (folder / PROTOTYPES).write_bytes((folder / PROTOTYPES).read_bytes()[:-4])


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (_broken_tree, TaxonomyError, "not valid YAML"),
        (_lost_code, ArtifactError, "lacks parcel.lost"),
        (_half_copied, ArtifactError, "digest differs"),
        (lambda folder: write_model(folder, encoder_digest="another"), ArtifactError, "trained on encoder another"),
        (lambda folder: write_model(folder, calibration=None), ConfigurationError, "can't be used: KeyError"),
        (
            lambda folder: change_directions(folder, lambda rows: rows[::-1]),
            ConfigurationError,
            "only 0 of 4 codes by their own examples",
        ),
        (
            lambda folder: change_directions(folder, lambda rows: rows * np.nan),
            ConfigurationError,
            "no probabilities between 0 and 1",
        ),
    ],
)
def test_what_cant_be_used_is_refused_and_the_old_model_goes_on(run, serving, folder, metric, damage, error, message):
    async def scenario():
        async with serving() as world:
            before, analysis = await world.answer(), world.service.analysis
            damage(folder)
            with pytest.raises(error, match=message):
                await world.service.reload()
            assert world.service.analysis is analysis
            assert await world.answer() == before
            write_tree(folder, {"parcel.late": "物流太慢"})
            write_model(folder)
            await world.service.reload()
            assert (await world.answer())[0] == "物流太慢"

    run(scenario())
    assert [metric("reloads_total", result=result) for result in ("refused", "swapped")] == [1, 1]


def test_reloads_take_turns(run, serving, folder, telemetry, metric):
    under_way, most = 0, 0

    async def renew(analysis):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return analysis

    async def scenario():
        async with serving() as world:
            service = Service(world.service.analysis, ENCODER, ("", np.zeros(1)), renew, telemetry)
            await asyncio.gather(*(service.reload() for _ in range(3)))

    run(scenario())
    assert most == 1
    assert metric("reloads_total", result="swapped") == 3


def test_a_tree_enters_the_queue_in_small_portions_and_only_once(run, serving, folder):
    examples = [f"第{number}号订单想补开发票" for number in range(5 * TEXTS_AT_ONCE // 2)]
    leaf = {"code": "bill.again", "parent": "bill", "name": "补开发票", "examples": examples}

    async def scenario():
        async with serving() as world:
            write_tree(folder, more=[leaf])
            await world.service.reload()
            assert max(world.batcher.submitted) <= TEXTS_AT_ONCE
            assert sum(world.batcher.submitted) >= len(examples)
            world.batcher.submitted.clear()
            await world.service.reload()
            assert world.batcher.submitted == []

    run(scenario())


class SlowService:
    """`reload` takes a while, and fails with what is in `failures` first."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.reloads = 0

    async def reload(self):
        self.reloads += 1
        await asyncio.sleep(0.02)
        if self.failures:
            raise self.failures.pop(0)


def test_signals_during_a_reload_ask_together_for_one_more(run):
    async def scenario():
        service, hangup = SlowService(), asyncio.Event()
        async with _reloading(service, hangup):
            for _ in range(4):
                hangup.set()
                await asyncio.sleep(0.002)
            await asyncio.sleep(0.2)
        return service.reloads

    assert run(scenario()) == 2


def test_a_failed_reload_is_one_line_in_the_log_and_the_next_signal_is_heard(run, caplog):
    async def scenario():
        service, hangup = SlowService(ServiceError("one problem\nanother")), asyncio.Event()
        async with _reloading(service, hangup):
            for _ in range(2):
                hangup.set()
                await asyncio.sleep(0.1)
        return service.reloads

    assert run(scenario()) == 2
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().endswith("one problem; another")


def test_the_end_doesnt_wait_for_a_reload(run):
    async def scenario():
        service, hangup = SlowService(), asyncio.Event()
        service.reload = asyncio.Event().wait
        async with _reloading(service, hangup):
            hangup.set()
            await asyncio.sleep(0.01)

    run(scenario(), seconds=5)
