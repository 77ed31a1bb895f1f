"""Who is measured, how each is set up, and why; README.md gives the sources of the settings."""

import os
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from load_tests.peers.servers import APPS, Environments

EMBEDDINGS = "/v1/embeddings"
OURS = "nlp-service"
CORES = len(os.sched_getaffinity(0))
PEERS = ("infinity-torch", "infinity-onnx", "litserve", "fastapi-torch", "fastapi-onnx")


@dataclass(frozen=True)
class Models:
    """Folders of the networks.

    Attributes:
        artifact: our encoder.
        checkpoint: the same network for transformers and sentence-transformers.
        onnx: the same, exported to ONNX as usual.
        base: a network of multilingual-e5-small's shape, for the server with three models.
    """

    artifact: Path
    checkpoint: Path
    onnx: Path
    base: Path


@dataclass(frozen=True)
class Contender:
    """A server to measure.

    Attributes:
        command: `{port}` is filled in when it starts.
        ready: what answers with 200 once it serves.
        setting: how it is set up, in a few words, for the report.
        needs: environment that it runs in, and packages of it whose versions the report gives.
    """

    name: str
    command: list[str]
    ready: str
    setting: str
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, tuple[str, ...]] | None = None


def ours(command: str, setting: str, *options: str) -> Contender:
    """Our server, started by its own command line."""
    program, *arguments = shlex.split(command)
    program = str(Path(program).absolute()) if "/" in program else program
    options = ("--host", "127.0.0.1", "--port", "{port}", "--log-level", "warning", *options)
    return Contender(OURS, [program, *arguments, *options], "/health/ready", setting)


def peers(environments: Environments, models: Models, only: Collection[str]) -> list[Contender]:
    """The other servers of `/v1/embeddings`, or those of `PEERS` that are named."""
    makers = (
        partial(_infinity, environments, "torch", models.checkpoint),
        partial(_infinity, environments, "optimum", models.onnx),
        partial(_litserve, environments, models.checkpoint),
        partial(_fastapi_torch, environments, models.checkpoint),
        partial(_fastapi_onnx, environments, models.onnx),
    )
    return [make() for name, make in zip(PEERS, makers, strict=True) if not only or name in only]


def three_models(environments: Environments, models: Models) -> Contender:
    """Plain FastAPI with a model of its own for each task."""
    needs = ("sentence_transformers", ("fastapi", "uvicorn", "sentence-transformers", "torch"))
    return Contender(
        "FastAPI + 3 sentence-transformers models",
        _uvicorn(environments.python(needs[0]), "fastapi_three_models:app", workers=1),
        "/health",
        "three copies of a network of multilingual-e5-small's shape (12 layers), sentences split beforehand",
        {"PEER_MODEL": str(models.base), "PEER_THREADS": str(CORES)},
        needs,
    )


def _infinity(environments: Environments, engine: str, model: Path) -> Contender:
    on_torch = engine == "torch"
    python = environments.python("infinity")
    options = ["--model-id", str(model), "--served-model-name", "default", "--engine", engine, "--device", "cpu"]
    address = ["--host", "127.0.0.1", "--port", "{port}", "--url-prefix", "/v1", "--log-level", "error"]
    # Its engine optimum takes the first token's vector unless told otherwise.
    fixed = ["--batch-size", "32", "--no-model-warmup", "--pooling-method", "mean"]
    return Contender(
        f"infinity-emb, {engine}",
        [str(python.parent / "infinity_emb"), "v2", *options, *address, *fixed],
        "/health",
        f"engine {engine}, batches of 32" + ", BetterTransformer" * on_torch,
        {"HF_HOME": str(model.parent / "hf")},
        ("infinity", ("infinity-emb", *(("sentence-transformers", "torch") if on_torch else ("onnxruntime",)))),
    )


def _litserve(environments: Environments, model: Path) -> Contender:
    needs = ("litserve", ("litserve", "sentence-transformers", "torch"))
    app = [str(environments.python(needs[0])), str(APPS / "litserve_sentence_transformers.py"), "--port", "{port}"]
    workers = ["--workers", str(CORES), "--threads", "1", "--max-batch-size", "32", "--batch-timeout", "0.005"]
    return Contender(
        "LitServe + sentence-transformers",
        [*app, "--model", str(model), *workers],
        "/health",
        f"{CORES} workers of 1 thread, dynamic batches of up to 32 requests within 5 ms",
        {"OMP_NUM_THREADS": "1"},
        needs,
    )


def _fastapi_torch(environments: Environments, model: Path) -> Contender:
    needs = ("sentence_transformers", ("fastapi", "uvicorn", "sentence-transformers", "torch"))
    return Contender(
        "FastAPI + sentence-transformers",
        _uvicorn(environments.python(needs[0]), "fastapi_sentence_transformers:app", workers=CORES),
        "/health",
        f"{CORES} uvicorn workers of 1 thread",
        {"PEER_MODEL": str(model), "PEER_THREADS": "1", "OMP_NUM_THREADS": "1"},
        needs,
    )


def _fastapi_onnx(environments: Environments, model: Path) -> Contender:
    needs = ("onnxruntime", ("fastapi", "uvicorn", "onnxruntime", "tokenizers"))
    return Contender(
        "FastAPI + onnxruntime",
        _uvicorn(environments.python(needs[0]), "fastapi_onnxruntime:app", workers=CORES),
        "/health",
        f"{CORES} uvicorn workers, sessions of 1 thread",
        {"PEER_MODEL": str(model), "PEER_THREADS": "1"},
        needs,
    )


def _uvicorn(python: Path, app: str, workers: int) -> list[str]:
    address = ["--host", "127.0.0.1", "--port", "{port}", "--log-level", "warning", "--no-access-log"]
    return [str(python), "-m", "uvicorn", app, "--app-dir", str(APPS), "--workers", str(workers), *address]
