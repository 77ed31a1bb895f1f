"""The shipped encoder, loaded once."""

import pytest

from nlp_service import artifact
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.settings import MODELS


@pytest.fixture(scope="session")
def encoder_artifact():
    return artifact.load(MODELS / "encoder", "encoder")


@pytest.fixture(scope="session")
def onnx_encoder(encoder_artifact):
    return OnnxEncoder(encoder_artifact, threads=2)
