"""What can't be opened says so in one line, with what to install; a model may bring an encoder; CPUs and threads."""

import asyncio
import json
import os
import shutil
import sys

import onnxruntime
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from nlp_service import artifact, assembly
from nlp_service.assembly import available_cpus, open_encoder, running
from nlp_service.cli import main
from nlp_service.errors import ConfigurationError
from nlp_service.settings import MODELS, load
from nlp_service.telemetry import Telemetry

ENGINES = "nlp_service.embedding.encoder."


@pytest.fixture
def no_gpu(monkeypatch):
    """A machine without PyTorch and without CUDA in ONNX Runtime, whatever is installed here."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    for name in ("torch", "onnx"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("torch_engine", "weights"):
        monkeypatch.delitem(sys.modules, ENGINES + name, raising=False)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_torch_engine_without_torch_names_its_extra(no_gpu, device):
    model = artifact.load(MODELS / "encoder", "encoder")
    with pytest.raises(ConfigurationError, match=r"nlp-service\[gpu-torch\]"):
        open_encoder(model, engine="torch", device=device, threads=1)


@pytest.mark.parametrize(
    ("flags", "hint"),
    [
        (["--device", "cuda"], "pip install --force-reinstall --no-deps 'onnxruntime-gpu<2'"),
        (["--engine", "torch", "--device", "cuda"], "pip install 'nlp-service[gpu-torch]'"),
        (["--engine", "torch"], "pip install 'nlp-service[gpu-torch]'"),
    ],
)
def test_an_engine_that_cant_be_used_ends_the_command_with_one_line_and_code_2(
    no_gpu, monkeypatch, capsys, tmp_path, flags, hint
):
    file = tmp_path / "in.jsonl"
    file.write_text('{"text": "我要退货"}\n', encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["nlp-service", "analyze", str(file), *flags])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert hint in line


TEXTS = ["請問什麼時候發貨？等很久了", "我要退货", "Where is my parcel?"]


def asked_of(**settings):
    """Answers to TEXTS, and the digests of what gave them."""

    async def ask():
        async with running(load(settings), Telemetry()) as service:
            return await service.analysis.reasons(TEXTS), service.analysis.digests()

    return asyncio.run(ask())


def changed(folder, **entries):
    """Rewrite entries of a model's manifest."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | entries), encoding="utf-8")


def test_a_contact_reason_model_with_an_encoder_of_its_own_is_served_beside_the_default(tmp_path):
    own = tmp_path / "reasons"
    shutil.copytree(MODELS / "reasons", own)
    shutil.copytree(MODELS / "encoder", own / "encoder")
    changed(own / "encoder", version="own")
    digest = artifact.load(own / "encoder", "encoder").digest
    changed(own, config={**artifact.load(own, "reasons").config, "encoder_digest": digest})
    answers, digests = asked_of(reasons=own)
    default, default_digests = asked_of()
    assert answers == default
    assert digests["reasons_encoder"] == digest != digests["encoder"]
    assert "reasons_encoder" not in default_digests


def test_a_contact_reason_model_of_another_encoder_needs_it_beside_it(tmp_path):
    shutil.copytree(MODELS / "reasons", tmp_path / "reasons")
    changed(tmp_path / "reasons", config={**artifact.load(MODELS / "reasons", "reasons").config, "encoder_digest": "f"})
    with pytest.raises(ConfigurationError, match="train it again"):
        asked_of(reasons=tmp_path / "reasons")


@pytest.mark.parametrize(
    ("files", "cpus"),
    [
        ({}, 4),
        ({"cpu.max": "max 100000\n"}, 4),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "900000 100000\n"}, 4),
        ({"cpu.max": "150000\n"}, 4),
        ({"cpu.max": "many few\n"}, 4),
        ({"cpu.max": "100000 0\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "150000\n"}, 4),
    ],
)
def test_a_containers_quota_limits_the_cpus_rounded_up(monkeypatch, tmp_path, files, cpus):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    monkeypatch.setattr(assembly, "CGROUP", tmp_path)
    (tmp_path / "cpu").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="ascii")
    assert available_cpus() == cpus


def blas_threads():
    """By library."""
    return {pool["filepath"]: pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_blas_has_one_thread_while_the_service_runs():
    async def while_it_runs():
        async with running(load({"engine": "fake"}), Telemetry()):
            return blas_threads()

    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        inside = asyncio.run(while_it_runs())
        after = blas_threads()
    assert set(before.values()) <= {2}
    assert {file: inside[file] for file in before} == dict.fromkeys(before, 1)
    assert {file: after[file] for file in before} == before
