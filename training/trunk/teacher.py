"""What an earlier run's head says of texts: the targets that a smaller trunk learns from beside the labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer

from nlp_service.errors import ConfigurationError
from nlp_service.text import prepare
from training import checkpoint
from training.trunk.model import CosineHead, Trunk, padded

CHECKPOINT = "checkpoint"
HEADS = "heads.safetensors"
_BATCH = 64


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
    tokenizer = Tokenizer.from_str(trunk.tokenizer)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    probabilities = np.zeros((len(texts), len(labels)), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            encodings = tokenizer.encode_batch_fast([prepare(texts[row]) for row in rows])
            ids, mask = padded([encoding.ids[:max_tokens] for encoding in encodings], trunk.bert.config.pad_token_id)
            logits = head(trunk(ids.to(device), mask.to(device)))
            probabilities[rows] = logits.softmax(dim=1).cpu().numpy()
    return probabilities
