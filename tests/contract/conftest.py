"""The shipped encoder, loaded once."""

import pytest

from nlp_service import artifact
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.settings import MODELS


@pytest.fixture(scope="session")
def encoder_artifact():
    return artifact.load(MODELS / "encoder", "encoder")


@pytest.fixture(scope="session")
def torch_encoder(encoder_artifact):
    """Only where the `gpu-torch` or the `train` extra is installed: `make test-training`."""
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from nlp_service.embedding.encoder.torch_engine import TorchEncoder

    return TorchEncoder(encoder_artifact, threads=2)


@pytest.fixture(scope="session")
def onnx_encoder(encoder_artifact):
    return OnnxEncoder(encoder_artifact, threads=2)
