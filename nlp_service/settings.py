"""Everything that can be set, in one closed list: each value is an environment variable and a flag of `serve`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from nlp_service.errors import ConfigurationError

ENVIRONMENT_PREFIX = "NLP_SERVICE_"
MODELS = Path(__file__).resolve().parent.parent / "models"
NO_HOME = Path("/var/lib")
"""Where the state of a service is that runs for no user with a home."""
LONGEST_S = 315_360_000
"""Ten years, for every setting in seconds or milliseconds: dates, clocks and Redis can't count without end."""
LONGEST_MS = LONGEST_S * 1000


def _jobs_folder() -> Path:
    """As the XDG Base Directory Specification has it; a relative path in its variable is to be ignored."""
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    if given.is_absolute():
        return given / "nlp-service" / "jobs"
    try:
        return Path.home() / ".local" / "state" / "nlp-service" / "jobs"
    except RuntimeError:
        return NO_HOME / "nlp-service" / "jobs"


class Settings(BaseSettings):
    """Frozen settings; a flag wins over the environment, the environment over the default."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="forbid")

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 8000
    workers: Annotated[
        int,
        Field(
            ge=1,
            le=256,
            description="Processes that answer, each with models (about 450 MB, up to 750 MB with full caches) and a "
            "queue of its own; if threads is 0, they share the CPUs.",
        ),
    ] = 1
    drain_notice_ms: Annotated[
        int,
        Field(
            ge=0,
            le=LONGEST_MS,
            description="Time after SIGTERM in which everything is still served, while /health/ready already says 503: "
            "for load balancers to notice.",
        ),
    ] = 0
    drain_timeout_ms: Annotated[
        int,
        Field(
            ge=0, le=LONGEST_MS, description="Time that requests under way may take after that before they are cut off."
        ),
    ] = 60_000
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="Least level that is logged.")
    ] = "info"

    encoder: Annotated[Path, Field(description="Folder of the encoder.")] = MODELS / "encoder"
    reasons: Annotated[Path, Field(description="Folder of the contact-reason model.")] = MODELS / "reasons"
    sentiment: Annotated[Path, Field(description="Folder of the sentiment model.")] = MODELS / "sentiment"
    emotions: Annotated[Path, Field(description="Folder of the emotion model.")] = MODELS / "emotions"
    kinds: Annotated[Path, Field(description="Folder of the sentence-kind model.")] = MODELS / "kinds"
    questions: Annotated[Path, Field(description="Folder of the model that tells which sentences stand alone.")] = (
        MODELS / "questions"
    )
    faq_model: Annotated[Path, Field(description="Folder of the FAQ calibration.")] = MODELS / "faq"
    faq: Annotated[Path, Field(description="Knowledge base, JSON Lines.")] = MODELS / "faq" / "retail.jsonl"
    taxonomy: Annotated[
        Path | None, Field(description="Taxonomy file to use instead of the one the reason model was trained on.")
    ] = None
    taxonomy_mapping: Annotated[
        Path | None,
        Field(description="Mapping file that says what became of the codes the reason model was trained on."),
    ] = None
    reasons_precision: Annotated[
        float,
        Field(gt=0, lt=1, description="Target precision of tagged contact reasons, one that the reason model offers."),
    ] = 0.85

    engine: Annotated[
        Literal["onnxruntime", "torch", "fake"],
        Field(
            description="What runs the encoder; torch needs the gpu-torch extra; fake runs none and answers nonsense, "
            "to measure everything else."
        ),
    ] = "onnxruntime"
    device: Annotated[
        Literal["cpu", "cuda"], Field(description="Where the encoder runs; cuda needs the gpu or gpu-torch extra.")
    ] = "cpu"
    threads: Annotated[
        int,
        Field(
            ge=0,
            le=256,
            description="Batches encoded at the same time, each by one CPU; 0 takes the CPUs this process may use, "
            "and one on a GPU.",
        ),
    ] = 0
    batch_tokens: Annotated[
        int,
        Field(
            ge=0,
            description="Most tokens, padding included, in one encoder batch; 0 takes 256 on a CPU, 16384 on a GPU.",
        ),
    ] = 0
    queue_tokens: Annotated[
        int,
        Field(
            ge=0,
            description="Most tokens that may wait in each of the two lanes, interactive and bulk, before requests are "
            "refused (429); 0 takes 256 batches on a CPU, 64 on a GPU.",
        ),
    ] = 0
    request_timeout_ms: Annotated[
        int, Field(ge=1, le=LONGEST_MS, description="Time a request may take before it gets a 504.")
    ] = 60_000
    max_body_bytes: Annotated[int, Field(ge=1024, description="Largest request body; a larger one gets a 413.")] = (
        16_777_216
    )

    jobs: Annotated[
        Path,
        Field(
            description="Folder of jobs, which hold customers' texts; processes may share it. If not given: "
            "nlp-service/jobs in XDG_STATE_HOME, or else in ~/.local/state."
        ),
    ] = Field(default_factory=_jobs_folder)
    jobs_ttl_s: Annotated[
        int,
        Field(ge=1, le=LONGEST_S, description="Time a finished job's result, which holds customers' texts, is kept."),
    ] = 86_400

    cache_entries: Annotated[int, Field(ge=0, description="Sentence vectors kept in memory, about 1.8 kB each.")] = (
        50_000
    )
    judgements: Annotated[
        int,
        Field(
            ge=0,
            description="Sentences whose judgement by the heads is kept in memory, about 1 kB each and 4 bytes for "
            "each code, and for every 50 the whole result of a document.",
        ),
    ] = 50_000
    redis_url: Annotated[
        str | None, Field(description="Redis to share sentence vectors, e.g. redis://localhost:6379/0.")
    ] = None
    redis_timeout_ms: Annotated[
        int,
        Field(
            ge=1,
            le=LONGEST_MS,
            description="Time a look-up in Redis may take before it counts as a miss and Redis is left alone.",
        ),
    ] = 15
    redis_pause_ms: Annotated[
        int,
        Field(
            ge=1,
            le=LONGEST_MS,
            description="Time Redis is left alone after a failure; doubles up to 32-fold while it goes on.",
        ),
    ] = 500
    redis_ttl_s: Annotated[int, Field(ge=1, le=LONGEST_S, description="Time a vector is kept in Redis.")] = 2_592_000


def load(overrides: Mapping[str, Any] | None = None) -> Settings:
    """Settings from the environment and `overrides` (which win).

    Raises:
        ConfigurationError: naming every unknown or unusable setting.
    """
    known = {f"{ENVIRONMENT_PREFIX}{name}".upper() for name in Settings.model_fields}
    unknown = sorted(
        name for name in os.environ if name.upper().startswith(ENVIRONMENT_PREFIX) and name.upper() not in known
    )
    if unknown:
        raise ConfigurationError(f"unknown environment variable: {', '.join(unknown)}")
    try:
        return Settings(**(overrides or {}))
    except ValidationError as error:
        details = (_detail(str(item["loc"][0]), item["msg"], overrides or {}) for item in error.errors())
        raise ConfigurationError("; ".join(details)) from None


def _detail(name: str, problem: str, overrides: Mapping[str, Any]) -> str:
    """What is wrong with a setting, and where its value came from."""
    source = f"--{name.replace('_', '-')}" if name in overrides else f"{ENVIRONMENT_PREFIX}{name.upper()}"
    return f"{name}: {problem} ({source})"
