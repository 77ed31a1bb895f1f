"""A training run as a file: complete, closed (unknown keys are refused), in YAML."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nlp_service.errors import ConfigurationError

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Closed):
    """Rows of one JSON Lines file.

    Attributes:
        path: inside the data folder, or inside the repository if it starts with `training/` or `runs/`.
        held_out: share of rows never trained on (see `evaluation.heldout`).
        limit: at most so many rows, chosen by seed.
    """

    path: str
    held_out: Share = 0.0
    limit: int | None = None


class _Task(_Closed):
    """What all tasks share.

    Attributes:
        share: how often this task's batches come up, relative to the others'.
        weight: factor on its loss.
        batch: examples in a batch.
        max_tokens: longer texts are cut; labelled ones begin at a random sentence then.
        validation: rows to watch the run by; if not given, what the sources hold out.
    """

    name: str
    sources: tuple[Source, ...]
    validation: tuple[Source, ...] = ()
    share: Positive
    weight: Positive = 1.0
    batch: int = Field(default=64, gt=1)
    max_tokens: int = Field(default=64, gt=2)


class Labels(_Task):
    """Classification.

    Attributes:
        soft_labels: a folder written by `training.clean_labels`, for sets with wrong labels.
        teacher: folder of a finished run with a task of this name: its head's answers are mixed into the targets.
        teacher_share: how much they count against the labels.
    """

    objective: Literal["labels"]
    column: str = "label"
    soft_labels: Path | None = None
    smoothing: Share = 0.0
    teacher: Path | None = None
    teacher_share: Share = 0.5


class Pairs(_Task):
    """Pairs `a`, `b` with label 1 (same meaning) or 0."""

    objective: Literal["pairs"]


class Groups(_Task):
    """Texts that mean the same, as groups: rows `{"intent", "texts"}`, or rows with a label in `column`."""

    objective: Literal["groups"]
    column: str | None = None
    texts_per_group: int = Field(default=2, gt=1)
    temperature: Positive = 0.05


class Distil(_Task):
    """A text's vector like the teacher's: the teacher reads it clean, the student disturbed.

    Attributes:
        teacher: folder of an encoder artefact, or of a sentence-transformers model.
        columns: which columns of the rows hold texts.
        sentences: split into sentences as the service does.
    """

    objective: Literal["distil"]
    teacher: Path
    columns: tuple[str, ...] = ("text",)
    sentences: bool = True
    temperature: Positive = 0.05


Task = Annotated[Labels | Pairs | Groups | Distil, Field(discriminator="objective")]


class Start(_Closed):
    """Where the weights come from, and how the network is cut.

    Attributes:
        source: `packages`, a hub name, or a folder: a BERT checkpoint, or that of an earlier run, whose heads are taken
            over too where a task has the same name and as many labels.
        layers: which layers to keep, in order; all if not given.
        feed_forward: how many neurons of each feed-forward layer to keep (the most active); all if not given.
        trim_vocabulary: drop the pieces that prepared Chinese and English don't use (see `training.vocabulary`).
    """

    source: str = "packages"
    layers: tuple[int, ...] | None = None
    feed_forward: int | None = Field(default=None, gt=0)
    trim_vocabulary: bool = True


class Augment(_Closed):
    """Probabilities of disturbing a text in training."""

    punctuation: Share = 0.15
    typos: Share = 0.1
    disfluency: Share = 0.08
    case: Share = 0.1


class Config(_Closed):
    """A run.

    Attributes:
        steps: optimiser steps, one batch of one task each.
        rate: AdamW's peak learning rate; `word_rate`: of the word table (sparse Adam), 0 leaves it as it is.
        warm_up: share of steps until the peak; afterwards the rate falls linearly to nothing.
        head_rate: of the heads, which are thrown away afterwards.
        log_every, save_every, validate_every: in steps.
    """

    name: str
    seed: int = 0
    start: Start = Start()
    augment: Augment = Augment()
    steps: int = Field(gt=0)
    rate: Positive
    word_rate: float = Field(default=0.0, ge=0)
    head_rate: Positive = 2e-3
    warm_up: Share = 0.05
    decay: float = Field(default=0.01, ge=0)
    dropout: Share = 0.1
    log_every: int = 20
    save_every: int = 500
    validate_every: int = 500
    tasks: tuple[Task, ...]


def read(path: Path) -> Config:
    """Read a configuration.

    A file may say `extends: other.yaml` (beside it) and then only what differs; its `change_tasks` maps names of the
    other's tasks to the keys that change, or to null, which drops the task; `more_tasks` lists new ones.

    Raises:
        ConfigurationError: in one line, if a file can't be read or a key is unknown, missing or out of range.
    """
    try:
        return Config.model_validate(_content(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigurationError(f"{path}: {where}: {first['msg']}") from None


def write(config: Config, path: Path) -> None:
    """Write the whole configuration, with what it extends and every default, so that `read` gives it back."""
    path.write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), encoding="utf-8")


def _content(path: Path) -> Any:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: can't be read: {error.strerror}") from None
    except yaml.YAMLError:
        raise ConfigurationError(f"{path}: isn't YAML") from None
    if not isinstance(content, dict) or "extends" not in content:
        return content
    base = _content(path.parent / str(content.pop("extends")))
    changes = content.pop("change_tasks", {})
    tasks = {task["name"]: task for task in base["tasks"]}
    unknown = [name for name in changes if name not in tasks]
    if unknown:
        raise ConfigurationError(f"{path}: change_tasks: there is no task '{unknown[0]}' to change")
    merged = [{**task, **(changes.get(name) or {})} for name, task in tasks.items() if changes.get(name, task)]
    more = content.pop("more_tasks", [])
    return {**base, "tasks": merged + more, **content}
