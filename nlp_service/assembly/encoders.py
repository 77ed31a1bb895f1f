"""From an encoder artefact to an encoder: its engine, device and threads, and the vector that it must give."""

from typing import TYPE_CHECKING

from nlp_service.artifact import Artifact
from nlp_service.contracts import Encoder, Vector
from nlp_service.settings import Settings
from nlp_service.text import prepare

if TYPE_CHECKING:
    from nlp_service.embedding.encoder.artifact_encoder import ArtifactEncoder

REFERENCE = "reference.safetensors"
"""In the artefact: `vectors`, shape (texts, dimension), which the original model gave for its `reference_texts`."""


def open_encoder(encoder_artifact: Artifact, *, engine: str, device: str, threads: int) -> "ArtifactEncoder":
    """An encoder artefact on an engine, one of `Settings.engine`; proven to use the device.

    Raises:
        ConfigurationError: if the engine isn't installed, or can't or doesn't use the device.
    """
    if engine == "fake":
        from nlp_service.embedding.encoder.fake import FakeArtifactEncoder

        return FakeArtifactEncoder(encoder_artifact)
    if engine == "torch":
        from nlp_service.embedding.encoder.torch_engine import TorchEncoder

        return TorchEncoder(encoder_artifact, threads=threads, device=device)
    from nlp_service.embedding.encoder.onnx import OnnxEncoder

    return OnnxEncoder(encoder_artifact, threads=threads, device=device)


def serving_encoder(settings: Settings, encoder_artifact: Artifact) -> Encoder:
    """An encoder artefact on the settings' engine and device.

    One thread a batch: dividing a batch among threads makes them wait for each other at every operator.

    Raises:
        ConfigurationError: as `open_encoder`.
    """
    return open_encoder(encoder_artifact, engine=settings.engine, device=settings.device, threads=1)


def reference(encoder_artifact: Artifact, encoder: Encoder) -> tuple[str, Vector]:
    """A text, and the vector that it must have."""
    text = encoder_artifact.config["reference_texts"][0]
    if encoder.info.engine == "fake":
        return text, encoder.encode(encoder.tokenize([prepare(text)]))[0]
    return text, encoder_artifact.tensors(REFERENCE)["vectors"][0]
