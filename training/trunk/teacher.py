"""What a teacher says of texts: the vectors of a whole encoder, or the answers of an earlier run's head."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from nlp_service import artifact
from nlp_service.contracts import Vectors
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.errors import ConfigurationError
from nlp_service.text import prepare
from training import checkpoint
from training.trunk.model import HEADS, CosineHead, Trunk
from training.vectors import encode_texts

CHECKPOINT = "checkpoint"
_SENTENCE_TRANSFORMERS = "modules.json"
_BATCH = 64


def teacher_vectors(teacher: Path, texts: Sequence[str], threads: int, device: str) -> Vectors:
    """Unit vectors of raw texts, shape (texts, teacher's dimension).

    Args:
        teacher: folder of an encoder artefact, or of a sentence-transformers model, which reads the texts as they are.

    Raises:
        ConfigurationError: if the folder holds neither.
    """
    if (teacher / artifact.MANIFEST).is_file():
        return encode_texts(OnnxEncoder(artifact.load(teacher, "encoder"), threads=threads), texts)
    if not (teacher / _SENTENCE_TRANSFORMERS).is_file():
        raise ConfigurationError(f"{teacher}: holds neither an encoder artefact nor a sentence-transformers model")
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(teacher), device=device, local_files_only=True)
    vectors: Vectors = model.encode(list(texts), batch_size=_BATCH, normalize_embeddings=True)
    return vectors


def head_outputs(
    run: Path, name: str, labels: Sequence[str], texts: Sequence[str], max_tokens: int, device: str
) -> NDArray[np.float32]:
    """Probabilities by the trunk and the head `name` of a finished run, shape (texts, labels).

    Raises:
        ConfigurationError: if the run has no such head, or one for another number of labels.
    """
    try:
        tensors = load_file(run / CHECKPOINT / HEADS)
    except OSError:
        raise ConfigurationError(f"{run}: holds no finished run") from None
    state = {key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")}
    if not state or len(state["bias"]) != len(labels):
        raise ConfigurationError(f"{run}: has no head '{name}' for {len(labels)} labels")
    trunk = Trunk(checkpoint.read_transformers(str(run / CHECKPOINT)), dropout=0.0).to(device).eval()
    head = CosineHead(trunk.bert.config.hidden_size, len(labels)).to(device)
    head.load_state_dict(state)
    with torch.inference_mode():
        logits = head(trunk.encode([prepare(text) for text in texts], max_tokens))
    probabilities: NDArray[np.float32] = logits.softmax(dim=1).cpu().numpy()
    return probabilities
