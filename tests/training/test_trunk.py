import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from nlp_service.errors import ConfigurationError, DataError
from training import checkpoint
from training.clean_labels import POSTERIORS, ROWS
from training.trunk import __main__ as command
from training.trunk import config as configuration
from training.trunk import loop, model, objectives, tasks
from training.trunk.config import Config, Start
from training.trunk.teacher import teacher_vectors


def _config(source: Path, **changes: Any) -> Config:
    labels = {"name": "reasons", "objective": "labels", "share": 2, "batch": 8, "sources": [{"path": "tickets.jsonl"}]}
    groups = {**labels, "name": "groups", "objective": "groups", "column": "label", "batch": 2, "share": 1}
    settings: dict[str, Any] = {
        "name": "tiny",
        "steps": 12,
        "rate": 3e-3,
        "word_rate": 1e-3,
        "head_rate": 3e-2,
        "save_every": 6,
        "validate_every": 100,
        "log_every": 4,
        "start": {"source": str(source), "trim_vocabulary": False},
        "tasks": [labels, groups],
    }
    return Config.model_validate({**settings, **changes})


def _run(config: Config, data: Path, folder: Path) -> loop.Run:
    folder.mkdir(exist_ok=True)
    return loop.Run(config, tasks.make(config, data, threads=1, device="cpu"), folder, "cpu")


def _silent(_line: str) -> None:
    return


def test_an_interrupted_run_ends_with_the_same_weights(tiny_checkpoint: Path, tickets: Path, tmp_path: Path) -> None:
    config = _config(tiny_checkpoint)
    whole = _run(config, tickets, tmp_path / "whole")
    whole.train(_silent)

    class StoppedError(Exception):
        pass

    def stop(line: str) -> None:
        if line.startswith("step 8 "):
            raise StoppedError

    with pytest.raises(StoppedError):
        _run(config, tickets, tmp_path / "parts").train(stop)
    resumed = _run(config, tickets, tmp_path / "parts")
    resumed.resume()
    began = resumed.step
    resumed.train(_silent)

    assert began == 6
    for name, tensor in whole.trunk.state_dict().items():
        assert torch.equal(tensor, resumed.trunk.state_dict()[name]), name


def test_training_learns_what_it_is_shown(tiny_checkpoint: Path, tickets: Path, tmp_path: Path) -> None:
    config = _config(tiny_checkpoint, steps=60)
    shown = config.tasks[0].model_copy(update={"validation": _config(tiny_checkpoint).tasks[0].sources})
    config = config.model_copy(update={"tasks": (shown, config.tasks[1])})
    run = _run(config, tickets, tmp_path / "run")
    before = run.validate()["reasons"]
    run.train(_silent)

    assert run.validate()["reasons"] > max(before, 0.9)
    assert (tmp_path / "run" / loop.LOG).read_text(encoding="utf-8").count('"loss"') == 15


def test_a_new_head_begins_with_what_the_trunk_knows(tiny_checkpoint: Path, tickets: Path, tmp_path: Path) -> None:
    config = _config(tiny_checkpoint, steps=1, rate=1e-9, head_rate=1e-9, word_rate=0.0)
    shown = config.tasks[0].model_copy(update={"validation": config.tasks[0].sources})
    run = _run(config.model_copy(update={"tasks": (shown,)}), tickets, tmp_path / "run")
    before = run.validate()["reasons"]
    run.train(_silent)

    assert run.validate()["reasons"] > before


def test_a_new_direction_is_that_of_its_texts_or_stays_as_it_was() -> None:
    head = model.CosineHead(8, 3)
    before = head.directions.detach().clone()
    vectors = _unit(np.random.default_rng(0).normal(size=(40, 8)).tolist())
    targets = torch.full((40, 3), 0.1 / 3)  # smoothed; nothing has the third label
    targets[:20, 0] += 0.9
    targets[20:, 1] += 0.9
    model.point_at_means(head, vectors, targets)

    towards_first = torch.nn.functional.normalize(vectors[:20].mean(dim=0) - vectors[20:].mean(dim=0), dim=0)
    torch.testing.assert_close(head.directions[0], towards_first)
    torch.testing.assert_close(head.directions[1], -towards_first)
    assert torch.equal(head.directions[2], before[2])


def test_a_new_map_begins_where_the_teacher_is(tiny_checkpoint: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(200, 8, generator=generator), dim=1)
    turned = vectors @ torch.linalg.qr(torch.randn(8, 8, generator=generator))[0]
    layer = model.maps({"base": 8}, 8)["base"]
    before = objectives.distil(vectors, layer(vectors), turned, 0.05)
    model.fit_map(layer, vectors, turned)

    assert objectives.distil(vectors, layer(vectors), turned, 0.05) < 0.01 < before


def test_texts_of_any_length_are_read_together_as_alone(tiny_checkpoint: Path) -> None:
    trunk = model.start(Start(source=str(tiny_checkpoint), trim_vocabulary=False), dropout=0.0).eval()
    texts = ["退货", "物流到哪里了", "快递慢" * 20, "发票"] * 8 + ["我要退货换货" * 10] * 8
    with torch.inference_mode():
        together = trunk.read(texts, 64)
        alone = torch.cat([trunk.read([text], 64) for text in texts])

    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_the_step_is_the_one_that_the_weights_were_saved_with(
    tiny_checkpoint: Path, tickets: Path, tmp_path: Path
) -> None:
    config = _config(tiny_checkpoint, steps=6)
    _run(config, tickets, tmp_path / "run").train(_silent)
    (tmp_path / "run" / "progress.json").write_text('{"step": 3}')  # as an earlier version left it when it was killed
    resumed = _run(config, tickets, tmp_path / "run")
    resumed.resume()

    assert resumed.step == 6


def test_a_run_is_resumed_only_with_its_own_configuration(tiny_checkpoint: Path, tickets: Path, tmp_path: Path) -> None:
    _run(_config(tiny_checkpoint, steps=6), tickets, tmp_path / "run").train(_silent)
    other = _run(
        _config(tiny_checkpoint, start={"source": str(tiny_checkpoint), "layers": [0], "trim_vocabulary": False}),
        tickets,
        tmp_path,
    )

    with pytest.raises(ConfigurationError, match="nothing was saved"):
        other.resume()
    other._folder = tmp_path / "run"
    with pytest.raises(ConfigurationError, match="another configuration"):
        other.resume()


def _command(config: Config, data: Path, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    configuration.write(config, folder.parent / "config.yaml")
    options = ["--config", str(folder.parent / "config.yaml"), "--data", str(data), "--out", str(folder), *more]
    return subprocess.run([sys.executable, "-m", "training.trunk", *options], capture_output=True, text=True)


def test_the_command_goes_on_only_with_the_configuration_it_began_with(
    tiny_checkpoint: Path, tickets: Path, tmp_path: Path
) -> None:
    assert _command(_config(tiny_checkpoint, steps=6), tickets, tmp_path / "run").returncode == 0
    longer = _command(_config(tiny_checkpoint, steps=12), tickets, tmp_path / "run", "--resume")
    again = _command(_config(tiny_checkpoint, steps=6), tickets, tmp_path / "run")

    assert configuration.read(tmp_path / "run" / "config.yaml") == _config(tiny_checkpoint, steps=6)
    assert (longer.returncode, again.returncode) == (2, 2)
    assert "can't change on its way" in longer.stderr
    assert len(longer.stderr.splitlines()) == len(again.stderr.splitlines()) == 1


def _in_process(config: Config, data: Path, folder: Path, *, resume: bool = False) -> None:
    configuration.write(config, folder.parent / "config.yaml")
    given = {"config": folder.parent / "config.yaml", "data": data, "out": folder, "device": "cpu", "threads": 1}
    command.train(Namespace(**given, resume=resume))


@pytest.mark.parametrize("resume", [False, True])
def test_a_mistyped_folder_of_data_leaves_nothing_behind(
    tiny_checkpoint: Path, tickets: Path, tmp_path: Path, resume: bool
) -> None:
    config, out = _config(tiny_checkpoint, steps=2), tmp_path / "run"
    with pytest.raises(DataError, match=r"tickets\.jsonl: can't be read"):
        _in_process(config, tmp_path / "mistyped", out, resume=resume)
    assert not out.exists()
    _in_process(config, tickets, out, resume=resume)

    assert (out / loop.STATE).is_file()
    assert configuration.read(out / command.CONFIG) == config


def test_what_stopped_before_it_saved_anything_begins_again(
    tiny_checkpoint: Path, tickets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = _config(tiny_checkpoint, steps=2), tmp_path / "run"
    out.mkdir()
    configuration.write(config, out / command.CONFIG)
    with pytest.raises(ConfigurationError, match="can't change on its way"):
        _in_process(_config(tiny_checkpoint, steps=3), tickets, out, resume=True)
    _in_process(config, tickets, out, resume=True)

    assert (out / loop.STATE).is_file()
    assert "begins at step 0" in capsys.readouterr().out


def test_a_row_that_a_task_cannot_read_is_named_by_its_line(tiny_checkpoint: Path, tmp_path: Path) -> None:
    pairs = {"name": "pairs", "objective": "pairs", "share": 1, "sources": [{"path": "pairs.jsonl"}]}
    (tmp_path / "pairs.jsonl").write_text('{"a": "我要退货", "b": "退货", "label": 1}\n{"a": "坏了", "label": 0}\n')

    with pytest.raises(DataError, match=r"pairs\.jsonl: line 2: has no 'b'"):
        tasks.make(_config(tiny_checkpoint, tasks=[pairs]), tmp_path, threads=1, device="cpu")


def test_soft_labels_of_other_rows_are_refused(tiny_checkpoint: Path, tickets: Path, tmp_path: Path) -> None:
    labels = _config(tiny_checkpoint).tasks[0].model_copy(update={"soft_labels": tmp_path / "soft"})
    config = _config(tiny_checkpoint).model_copy(update={"tasks": (labels,)})
    with pytest.raises(DataError, match="holds no soft labels"):
        tasks.make(config, tickets, threads=1, device="cpu")
    (tmp_path / "soft").mkdir()
    save_file({"posteriors": np.ones((1, 1), dtype=np.float16)}, tmp_path / "soft" / POSTERIORS)
    (tmp_path / "soft" / ROWS).write_text('{"labels": ["return"], "keys": ["another"]}')
    with pytest.raises(DataError, match="doesn't know 32 of 32 rows"):
        tasks.make(config, tickets, threads=1, device="cpu")


def test_the_written_checkpoint_is_the_trained_trunk(tiny_checkpoint: Path, tickets: Path, tmp_path: Path) -> None:
    run = _run(_config(tiny_checkpoint, steps=6), tickets, tmp_path / "run")
    run.train(_silent)
    read = checkpoint.read_transformers(str(tmp_path / "run" / "checkpoint"))

    assert read.tokenizer == run.trunk.tokenizer
    for name, tensor in run.trunk.bert.state_dict().items():
        np.testing.assert_array_equal(read.tensors[name], tensor.numpy())


def test_a_run_goes_on_from_another_ones_trunk_and_heads(tiny_checkpoint: Path, tickets: Path, tmp_path: Path) -> None:
    first = _run(_config(tiny_checkpoint, steps=6), tickets, tmp_path / "first")
    first.train(_silent)
    start = {"source": str(tmp_path / "first" / "checkpoint"), "trim_vocabulary": False}
    second = _run(_config(tiny_checkpoint, start=start), tickets, tmp_path / "second")

    for part in ("trunk", "heads"):
        before, after = getattr(first, part).state_dict(), getattr(second, part).state_dict()
        assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_a_student_learns_from_the_teachers_answers(tiny_checkpoint: Path, tickets: Path, tmp_path: Path) -> None:
    _run(_config(tiny_checkpoint, steps=6), tickets, tmp_path / "teacher").train(_silent)
    taught = (
        _config(tiny_checkpoint).tasks[0].model_copy(update={"teacher": tmp_path / "teacher", "teacher_share": 1.0})
    )
    config = _config(tiny_checkpoint).model_copy(update={"tasks": (taught,)})

    task = tasks.make(config, tickets, threads=1, device="cpu")[0]
    targets = task.batch(0).targets

    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-5)
    assert 0.5 < targets.max(axis=1).mean() < 0.9999
    with pytest.raises(ConfigurationError, match="no head 'unheard'"):
        unheard = taught.model_copy(update={"name": "unheard"})
        tasks.make(config.model_copy(update={"tasks": (unheard,)}), tickets, threads=1, device="cpu")


def test_a_sentence_transformers_model_can_be_the_teacher(tiny_checkpoint: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import PreTrainedTokenizerFast

    fast = PreTrainedTokenizerFast(tokenizer_file=str(tiny_checkpoint / "tokenizer.json"), pad_token="<pad>")
    fast.save_pretrained(tmp_path / "network")
    network = model.Trunk(checkpoint.read(str(tiny_checkpoint)), dropout=0.0).eval()
    network.bert.save_pretrained(tmp_path / "network")
    layers = [Transformer(str(tmp_path / "network")), Pooling(32)]
    SentenceTransformer(modules=layers, device="cpu").save(str(tmp_path / "teacher"))
    texts = ["abc", "bca abc abc", "c"]

    vectors = teacher_vectors(tmp_path / "teacher", texts, threads=1, device="cpu")

    np.testing.assert_allclose(vectors, network.encode(texts, 64).numpy(), atol=1e-5)


def test_a_teacher_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="absent: holds neither"):
        teacher_vectors(tmp_path / "absent", ["abc"], threads=1, device="cpu")


def test_a_batch_is_the_same_whenever_it_is_asked_for(tiny_checkpoint: Path, tickets: Path) -> None:
    config = _config(tiny_checkpoint)
    first, second = (tasks.make(config, tickets, threads=1, device="cpu")[0] for _ in range(2))
    batches = [first.batch(number) for number in range(6)]
    again = second.batch(5)

    assert again.texts == batches[5].texts
    np.testing.assert_array_equal(again.targets, batches[5].targets)
    assert any(batch.texts != batches[0].texts for batch in batches)


def test_keeping_everything_changes_nothing(tiny_checkpoint: Path) -> None:
    whole = checkpoint.read_transformers(str(tiny_checkpoint))
    kept = model.keep_neurons(model.keep_layers(whole, [0, 1]), whole.feed_forward)

    assert kept.tensors.keys() == whole.tensors.keys()
    assert all(np.array_equal(kept.tensors[name], tensor) for name, tensor in whole.tensors.items())


def test_cutting_keeps_the_named_layers_and_the_width(tiny_checkpoint: Path) -> None:
    whole = checkpoint.read_transformers(str(tiny_checkpoint))
    cut = model.keep_neurons(model.keep_layers(whole, [1]), 16)

    assert (cut.layers, cut.feed_forward) == (1, 16)
    query = "attention.self.query.weight"
    np.testing.assert_array_equal(cut.tensors[f"encoder.layer.0.{query}"], whole.tensors[f"encoder.layer.1.{query}"])
    assert cut.tensors["encoder.layer.0.intermediate.dense.weight"].shape == (16, 32)
    assert cut.tensors["encoder.layer.0.output.dense.weight"].shape == (32, 16)
    model.Trunk(cut, dropout=0.0)


@pytest.mark.parametrize("layers", [[], [2], [-1]])
def test_layers_that_do_not_exist_are_refused(tiny_checkpoint: Path, layers: list[int]) -> None:
    with pytest.raises(ConfigurationError, match=r"start\.layers"):
        model.keep_layers(checkpoint.read_transformers(str(tiny_checkpoint)), layers)


def test_more_neurons_than_there_are_is_refused() -> None:
    start = Start(feed_forward=4096)

    assert start.feed_forward == 4096
    with pytest.raises(ValueError, match="feed_forward"):
        Start(feed_forward=0)


def _unit(rows: list[list[float]]) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.tensor(rows), dim=1)


def test_pairs_are_better_when_the_same_are_nearer() -> None:
    first = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    right = _unit([*first, [1.0, 0.1, 0.0], [0.0, 0.0, 1.0]])
    wrong = _unit([*first, [0.0, 0.0, 1.0], [0.0, 1.0, 0.1]])
    same = torch.tensor([1.0, 0.0])

    assert objectives.pairs(right, same) < objectives.pairs(wrong, same)


def test_groups_are_best_when_only_their_own_are_near() -> None:
    group = torch.tensor([0, 0, 1, 1])
    apart = _unit([[1.0, 0.0], [1.0, 0.05], [0.0, 1.0], [0.05, 1.0]])
    mixed = _unit([[1.0, 0.0], [0.0, 1.0], [1.0, 0.05], [0.05, 1.0]])

    assert objectives.groups(apart, group, 0.1) < 0.1 < objectives.groups(mixed, group, 0.1)


def test_a_perfect_copy_of_the_teacher_costs_nothing() -> None:
    teacher = _unit([[1.0, 0.2, 0.0], [0.1, 1.0, 0.3], [0.0, 0.4, 1.0]])

    assert objectives.distil(teacher, teacher, teacher, 0.05) == pytest.approx(0.0, abs=1e-5)
    assert objectives.distil(teacher.roll(1, 0), teacher.roll(1, 0), teacher, 0.05) > 0.1
