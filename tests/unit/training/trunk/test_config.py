from pathlib import Path

import pytest
import yaml

from nlp_service.errors import ConfigurationError
from training.trunk import config

CONFIGS = sorted(Path("training/configs").glob("*.yaml"))
TASK = {
    "name": "goods",
    "objective": "labels",
    "share": 1,
    "sources": [{"path": "sentiment/shopping.jsonl", "held_out": 0.1}],
}
RUN = {"name": "small", "steps": 10, "rate": 1e-4, "tasks": [TASK]}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_configuration_that_ships_is_valid(path: Path) -> None:
    read = config.read(path)

    assert read.tasks
    assert len({task.name for task in read.tasks}) == len(read.tasks)


def test_our_own_texts_that_configurations_name_are_there() -> None:
    named = {
        Path(source.path)
        for path in CONFIGS
        for task in config.read(path).tasks
        for source in task.sources
        if source.path.startswith("training/")
    }

    assert named
    assert all(path.is_file() for path in named)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_no_gpl_data_trains_a_shipped_model(path: Path) -> None:
    sources = {source.path for task in config.read(path).tasks for source in task.sources}

    assert not any("car" in Path(source).stem.split("_") or "airline" in source for source in sources)


def test_a_labels_task_is_told_from_its_objective(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(RUN), encoding="utf-8")

    (task,) = config.read(tmp_path / "run.yaml").tasks

    assert isinstance(task, config.Labels)
    assert task.sources[0].held_out == 0.1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"stepps": 3}, "stepps"),
        ({"rate": 0}, "rate"),
        ({"steps": None}, "steps"),
        ({"tasks": [{**TASK, "objective": "guess"}]}, "tasks.0"),
        ({"tasks": [{**TASK, "batch": 1}]}, "batch"),
        ({"augment": {"typos": 2}}, "augment.typos"),
    ],
)
def test_a_wrong_key_or_value_is_named_in_one_line(tmp_path: Path, change: dict[str, object], named: str) -> None:
    (tmp_path / "run.yaml").write_text(yaml.safe_dump({**RUN, **change}), encoding="utf-8")

    with pytest.raises(ConfigurationError) as caught:
        config.read(tmp_path / "run.yaml")

    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["{", ""])
def test_what_is_not_a_configuration_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.yaml").write_text(content, encoding="utf-8")

    with pytest.raises(ConfigurationError):
        config.read(tmp_path / "run.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.yaml"):
        config.read(tmp_path / "absent.yaml")


def test_an_extension_changes_what_it_names_and_keeps_the_rest(tmp_path: Path) -> None:
    other = {**TASK, "name": "hotel"}
    (tmp_path / "base.yaml").write_text(yaml.safe_dump({**RUN, "tasks": [TASK, other]}), encoding="utf-8")
    change = {"extends": "base.yaml", "steps": 99, "change_tasks": {"goods": {"share": 7}, "hotel": None}}
    (tmp_path / "more.yaml").write_text(yaml.safe_dump(change), encoding="utf-8")

    read = config.read(tmp_path / "more.yaml")

    assert (read.steps, read.rate) == (99, RUN["rate"])
    assert [(task.name, task.share) for task in read.tasks] == [("goods", 7)]


def test_an_extension_may_add_tasks_after_the_others(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(RUN), encoding="utf-8")
    more = {**TASK, "name": "hotel"}
    change = {"extends": "base.yaml", "more_tasks": [more]}
    (tmp_path / "more.yaml").write_text(yaml.safe_dump(change), encoding="utf-8")

    assert [task.name for task in config.read(tmp_path / "more.yaml").tasks] == ["goods", "hotel"]


def test_an_extension_of_an_unknown_task_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(RUN), encoding="utf-8")
    change = {"extends": "base.yaml", "change_tasks": {"god": {"share": 7}}}
    (tmp_path / "more.yaml").write_text(yaml.safe_dump(change), encoding="utf-8")

    with pytest.raises(ConfigurationError, match="no task 'god'"):
        config.read(tmp_path / "more.yaml")
