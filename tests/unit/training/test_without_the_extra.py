"""Every training command in a Python that lacks PyTorch and ONNX."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = """
import runpy, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "onnx", "transformers", "tensorboard", "wordfreq"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""
COMMANDS = {
    "build_encoder": "--out out",
    "clean_labels": "--train in.jsonl --out out",
    "emotions": "--train in.jsonl --out out",
    "export_variants": "--encoder-source packages --report out",
    "kinds": "--out out",
    "questions": "--out out",
    "reasons": "--taxonomy tree.yaml --train in.jsonl --out out",
    "sentiment": "--train in.jsonl --out out",
    "trunk": "--config run.yaml --data data --out out",
    "wide_texts": "--config run.yaml --data data --out out",
}


def _run(folder, command, *arguments):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, f"training.{command}", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("command", "arguments"), COMMANDS.items())
def test_it_ends_with_one_line_that_says_what_to_install(command, arguments, tmp_path):
    run = _run(tmp_path, command, *arguments.split())
    (line,) = run.stderr.splitlines()
    assert run.returncode == 2
    assert line.startswith(f"training.{command}: ")
    assert line.endswith(" isn't installed: pip install -e '.[train]' -c constraints.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["build_encoder", "clean_labels", "reasons", "sentiment", "wide_texts"])
def test_it_says_what_it_takes(command, tmp_path):
    run = _run(tmp_path, command, "--help")
    assert run.returncode == 0, run.stderr
    assert f"python -m training.{command}" in run.stdout
