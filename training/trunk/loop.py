"""Run a configuration: one batch of one task a step, resumable at any saved step, the same for the same seed."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.utils.tensorboard import SummaryWriter

from nlp_service.errors import ConfigurationError
from training.trunk import model, objectives
from training.trunk.config import Config
from training.trunk.tasks import AnyTask, Batch, DistilTask, GroupTask, LabelTask, PairTask
from training.trunk.teacher import CHECKPOINT

STATE = "state.safetensors"
LOG = "log.jsonl"
_TEXTS_TO_BEGIN_WITH = 1_500
"""Of a task, to fit its head to."""


class Run:
    """A training run in a folder.

    Args:
        device: `cpu` or `cuda`; on CUDA matrices are multiplied in bfloat16.
    """

    def __init__(self, config: Config, tasks: list[AnyTask], folder: Path, device: str) -> None:
        torch.manual_seed(config.seed)
        self._config, self._folder, self._device = config, folder, device
        self._tasks = {task.name: task for task in tasks}
        self.trunk = model.start(config.start, config.dropout).to(device)
        dimension = self.trunk.bert.config.hidden_size
        sizes = {task.name: len(task.labels) for task in tasks if isinstance(task, LabelTask)}
        self.heads = model.heads(sizes, dimension).to(device)
        teachers = {task.name: task.dimension for task in tasks if isinstance(task, DistilTask)}
        self.maps = model.maps(teachers, dimension).to(device)
        source = Path(config.start.source)
        self._new = [name for made in (self.heads, self.maps) for name in model.take_over(made, source)]
        self._optimisers = self._make_optimisers()
        self._schedulers = [torch.optim.lr_scheduler.LambdaLR(o, self._factor) for o in self._optimisers]
        self._plan = self._make_plan()
        self.step = 0

    def train(self, report: Callable[[str], None]) -> None:
        """Go on until the configured number of steps; saves as it goes, and the trunk at the end."""
        if self.step == 0:
            self._begin()
        writer = SummaryWriter(str(self._folder / "tensorboard"))
        began, first = time.monotonic(), self.step
        losses: dict[str, list[float]] = {}
        while self.step < self._config.steps:
            name, loss = self._one_step()
            losses.setdefault(name, []).append(loss)
            if self.step % self._config.log_every == 0:
                left = (time.monotonic() - began) / (self.step - first) * (self._config.steps - self.step)
                means = {task: float(np.mean(values)) for task, values in sorted(losses.items())}
                self._log(writer, "loss", means)
                shown = " ".join(f"{task} {value:.3f}" for task, value in means.items())
                report(f"step {self.step} of {self._config.steps}, {left / 60:.1f} min left: {shown}")
                losses.clear()
            last = self.step == self._config.steps
            if last or self.step % self._config.validate_every == 0:
                figures = self.validate()
                self._log(writer, "validation", figures)
                shown = " ".join(f"{task} {value:.3f}" for task, value in figures.items())
                report(f"step {self.step}, held out: {shown}")
            if last or self.step % self._config.save_every == 0:
                self.save()
        writer.close()

    def _begin(self) -> None:
        """Fit new heads and maps to the trunk as it is: what random ones ask of it would undo what it has learned."""
        self.trunk.eval()
        for name in self._new:
            task = self._tasks[name]
            batches = [task.batch(number) for number in range(-(-_TEXTS_TO_BEGIN_WITH // task.settings.batch))]
            texts = [text for batch in batches for text in batch.texts]
            vectors = self.trunk.encode(texts, task.settings.max_tokens)
            targets = torch.from_numpy(np.concatenate([batch.targets for batch in batches])).to(self._device)
            if name in self.heads:
                model.point_at_means(self.heads[name], vectors, targets)
            else:
                model.fit_map(self.maps[name], vectors, targets)

    def validate(self) -> dict[str, float]:
        """On held-out rows: accuracy of heads, AUC of pairs, recall@1 of groups."""
        self.trunk.eval()
        figures = {}
        with torch.inference_mode():
            for name, task in self._tasks.items():
                if task.validation is not None:
                    figures[name] = self._score(task, task.validation)
        return figures

    def save(self) -> None:
        """Write everything that going on needs, and the trunk as a checkpoint of its own."""
        tensors = {f"{part}.{name}": tensor for part, module in self._parts() for name, tensor in _state(module)}
        for number, optimiser in enumerate(self._optimisers):
            for key, values in optimiser.state_dict()["state"].items():
                for name, value in values.items():
                    tensors[f"optimiser.{number}.{key}.{name}"] = torch.as_tensor(value).contiguous()
        unfinished = self._folder / f"{STATE}.part"
        save_file(tensors, unfinished, metadata={"step": str(self.step)})
        unfinished.replace(self._folder / STATE)
        self.trunk.save(self._folder / CHECKPOINT)
        save_file(dict(_state(self.heads) + _state(self.maps)), self._folder / CHECKPOINT / model.HEADS)

    def resume(self) -> None:
        """Go back to the last saved step.

        Raises:
            ConfigurationError: if nothing was saved, or the configuration isn't the one it was saved with.
        """
        if not (self._folder / STATE).is_file():
            raise ConfigurationError(f"{self._folder}: nothing was saved here yet")
        tensors = load_file(self._folder / STATE)
        try:
            for part, module in self._parts():
                prefix = f"{part}."
                state = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
                module.load_state_dict(state)
            for number, optimiser in enumerate(self._optimisers):
                optimiser.load_state_dict(_optimiser_state(tensors, number, optimiser))
        except (RuntimeError, ValueError, KeyError):
            raise ConfigurationError(f"{self._folder}: was saved with another configuration") from None
        with safe_open(self._folder / STATE, framework="pt") as file:
            self.step = int(file.metadata()["step"])
        for scheduler, optimiser in zip(self._schedulers, self._optimisers, strict=True):
            scheduler.last_epoch = self.step
            for group, base in zip(optimiser.param_groups, scheduler.base_lrs, strict=True):
                group["lr"] = base * self._factor(self.step)

    def _one_step(self) -> tuple[str, float]:
        # Seeded by step, so that dropout is the same whether or not the run was interrupted before.
        torch.manual_seed(self._config.seed * 1_000_003 + self.step)
        name, number = self._plan[self.step]
        task = self._tasks[name]
        self.trunk.train()
        with torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._device == "cuda"):
            loss = self._loss(task, task.batch(number)) * task.settings.weight
        loss.backward()
        dense = [parameter for parameter in self._dense_parameters() if parameter.grad is not None]
        torch.nn.utils.clip_grad_norm_(dense, 1.0)
        for optimiser, scheduler in zip(self._optimisers, self._schedulers, strict=True):
            optimiser.step()
            optimiser.zero_grad()
            scheduler.step()
        self.step += 1
        return name, float(loss.detach()) / task.settings.weight

    def _loss(self, task: AnyTask, batch: Batch) -> torch.Tensor:
        vectors = self.trunk.read(batch.texts, task.settings.max_tokens)
        targets = torch.from_numpy(batch.targets).to(self._device)
        if isinstance(task, LabelTask):
            return objectives.labels(self.heads[task.name](vectors), targets)
        if isinstance(task, PairTask):
            return objectives.pairs(vectors, targets)
        if isinstance(task, GroupTask):
            return objectives.groups(vectors, targets, task.settings.temperature)
        return objectives.distil(vectors, self.maps[task.name](vectors), targets, task.settings.temperature)

    def _score(self, task: AnyTask, batch: Batch) -> float:
        vectors = self.trunk.encode(batch.texts, task.settings.max_tokens)
        targets = torch.from_numpy(batch.targets).to(self._device)
        if isinstance(task, LabelTask):
            predicted = self.heads[task.name](vectors).argmax(dim=1)
            return float((predicted == targets.argmax(dim=1)).float().mean())
        if isinstance(task, PairTask):
            return _auc(vectors, targets)
        similarities = vectors @ vectors.T - 2 * torch.eye(len(vectors), device=self._device)
        return float((targets[similarities.argmax(dim=1)] == targets).float().mean())

    def _make_plan(self) -> list[tuple[str, int]]:
        """For every step its task and the number of that task's batch."""
        names = list(self._tasks)
        shares = np.array([self._tasks[name].settings.share for name in names])
        drawn = np.random.default_rng(self._config.seed).choice(len(names), self._config.steps, p=shares / shares.sum())
        count = dict.fromkeys(names, 0)
        plan = []
        for number in drawn:
            plan.append((names[number], count[names[number]]))
            count[names[number]] += 1
        return plan

    def _make_optimisers(self) -> list[torch.optim.Optimizer]:
        words = self.trunk.bert.embeddings.word_embeddings
        words.weight.requires_grad = self._config.word_rate > 0
        words.sparse = True
        dense = [parameter for parameter in self.trunk.parameters() if parameter is not words.weight]
        groups: list[dict[str, Any]] = [
            {"params": [p for p in dense if p.ndim > 1], "weight_decay": self._config.decay},
            {"params": [p for p in dense if p.ndim <= 1], "weight_decay": 0.0},
        ]
        for module in (self.heads, self.maps):
            if len(module):
                groups.append({"params": list(module.parameters()), "lr": self._config.head_rate, "weight_decay": 0.0})
        optimisers: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups, lr=self._config.rate)]
        if self._config.word_rate:
            optimisers.append(torch.optim.SparseAdam([words.weight], lr=self._config.word_rate))
        return optimisers

    def _dense_parameters(self) -> list[torch.nn.Parameter]:
        return [p for group in self._optimisers[0].param_groups for p in group["params"]]

    def _factor(self, step: int) -> float:
        rise = max(1, int(self._config.warm_up * self._config.steps))
        return min((step + 1) / rise, (self._config.steps - step) / max(1, self._config.steps - rise))

    def _parts(self) -> list[tuple[str, torch.nn.Module]]:
        return [("trunk", self.trunk), ("heads", self.heads), ("maps", self.maps)]

    def _log(self, writer: SummaryWriter, kind: str, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            writer.add_scalar(f"{kind}/{name}", value, self.step)
        with (self._folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": self.step, "kind": kind, **figures}) + "\n")


def _state(module: torch.nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [(name, tensor.contiguous()) for name, tensor in module.state_dict().items()]


def _optimiser_state(tensors: dict[str, torch.Tensor], number: int, optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    state: dict[int, dict[str, Any]] = {}
    prefix = f"optimiser.{number}."
    for name, tensor in tensors.items():
        if name.startswith(prefix):
            key, field = name.removeprefix(prefix).split(".")
            sparse_step = field == "step" and isinstance(optimiser, torch.optim.SparseAdam)
            state.setdefault(int(key), {})[field] = int(tensor) if sparse_step else tensor
    return {"state": state, "param_groups": optimiser.state_dict()["param_groups"]}


def _auc(vectors: torch.Tensor, same: torch.Tensor) -> float:
    """Probability that a same-meaning pair has a larger cosine than another."""
    first, second = vectors.chunk(2)
    cosines = (first * second).sum(dim=1)
    above = cosines[same > 0.5][:, None] - cosines[same < 0.5][None, :]
    return float((above > 0).float().mean() + 0.5 * (above == 0).float().mean())
