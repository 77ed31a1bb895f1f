"""An engine that can't be opened says so in one line, with what to install."""

import sys

import onnxruntime
import pytest

from nlp_service import artifact
from nlp_service.assembly import open_encoder
from nlp_service.cli import main
from nlp_service.errors import ConfigurationError
from nlp_service.settings import MODELS

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
