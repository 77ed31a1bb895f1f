"""A GPU that was asked for and isn't used ends the start, with what to install."""

import json
import sys
from importlib.metadata import PackageNotFoundError

import onnxruntime
import pytest

from nlp_service import artifact
from nlp_service.embedding.encoder import onnx
from nlp_service.embedding.encoder.onnx import REPAIR, OnnxEncoder, heavy_work_of
from nlp_service.errors import ConfigurationError
from nlp_service.settings import MODELS


@pytest.fixture(scope="module")
def model():
    return artifact.load(MODELS / "encoder", "encoder")


@pytest.fixture
def available(monkeypatch):
    """Sets the providers that this ONNX Runtime says it was built with."""
    return lambda *names: monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(names))


@pytest.fixture
def gpu_package(monkeypatch):
    """Sets whether `onnxruntime-gpu` is installed."""

    def set_(installed):
        def version(name):
            if name == "onnxruntime-gpu" and not installed:
                raise PackageNotFoundError(name)
            return "1.0"

        monkeypatch.setattr(onnx, "version", version)

    return set_


@pytest.fixture
def cuda_that_is_the_cpu(monkeypatch):
    """Takes the CPU for the GPU, so that everything but CUDA itself runs."""
    place = onnxruntime.OrtValue.ortvalue_from_numpy
    monkeypatch.setitem(onnx.PROVIDERS, "cuda", "CPUExecutionProvider")
    monkeypatch.setitem(onnx.PROVIDER_OPTIONS, "cuda", {})
    monkeypatch.setattr(onnxruntime.OrtValue, "ortvalue_from_numpy", lambda array, device: place(array))


def _refusal(model, device="cuda"):
    with pytest.raises(ConfigurationError) as refusal:
        OnnxEncoder(model, threads=1, device=device)
    message = str(refusal.value)
    assert f"device '{device}'" in message
    assert "\n" not in message
    return message


def test_without_the_gpu_package_it_says_what_to_install(model, available, gpu_package):
    available("CPUExecutionProvider")
    gpu_package(False)
    assert _refusal(model).endswith(f"pip install 'nlp-service[gpu]' && {REPAIR}")


def test_with_the_gpu_package_under_the_other_one_it_says_how_to_dig_it_out(model, available, gpu_package):
    available("AzureExecutionProvider", "CPUExecutionProvider")
    gpu_package(True)
    message = _refusal(model)
    assert "onnxruntime has overwritten it" in message
    assert message.endswith(REPAIR)


def test_a_module_that_uninstalling_has_emptied_is_told_from_a_missing_device(model, monkeypatch, gpu_package):
    monkeypatch.delattr(onnxruntime, "get_available_providers")
    gpu_package(True)
    assert _refusal(model, "cpu").endswith(REPAIR)


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_session_that_falls_back_to_the_cpu_is_refused(model, available, monkeypatch, capsys):
    available("CUDAExecutionProvider", "CPUExecutionProvider")
    monkeypatch.setattr(
        onnxruntime, "preload_dlls", lambda: sys.stdout.write("Failed to load libcudnn.so.9:\nno such file\n")
    )
    message = _refusal(model)
    assert "would run on the CPU" in message
    assert "(Failed to load libcudnn.so.9: no such file)" in message
    assert capsys.readouterr().out == ""


def test_a_device_that_does_the_work_is_proven_and_leaves_no_profile(
    model, cuda_that_is_the_cpu, monkeypatch, tmp_path
):
    monkeypatch.setattr(onnx.tempfile, "mkdtemp", lambda: str(tmp_path / "profiled"))
    (tmp_path / "profiled").mkdir()
    encoder = OnnxEncoder(model, threads=1, device="cuda")
    assert encoder.info.device == "cuda"
    assert list(tmp_path.iterdir()) == []
    assert encoder.encode(encoder.tokenize(["退款"])).shape == (1, encoder.info.dimension)


@pytest.mark.parametrize("found", [{"CPUExecutionProvider", "TensorrtExecutionProvider"}, set()])
def test_a_device_that_leaves_work_to_others_is_refused(model, cuda_that_is_the_cpu, monkeypatch, found):
    monkeypatch.setattr(onnx, "heavy_work_of", lambda profile: heavy_work_of(profile) and found)
    message = _refusal(model)
    assert all(name in message for name in found)


def test_a_profile_tells_who_did_the_heavy_work(tmp_path):
    events = [
        {"cat": "Session", "name": "model_loading", "args": {}},
        {"cat": "Node", "name": "fence"},
        {"cat": "Node", "name": "a", "args": {"op_name": "MatMul", "provider": "CUDAExecutionProvider"}},
        {"cat": "Node", "name": "b", "args": {"op_name": "Shape", "provider": "CPUExecutionProvider"}},
    ]
    profile = tmp_path / "profiled" / "profile.json"
    profile.parent.mkdir()
    profile.write_text(json.dumps(events), encoding="utf-8")
    assert heavy_work_of(profile) == {"CUDAExecutionProvider"}
    assert not profile.parent.exists()
