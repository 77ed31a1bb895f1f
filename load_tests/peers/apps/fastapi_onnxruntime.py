"""Plain FastAPI + onnxruntime: the usual float32 export, a session at start-up, `run` in the handler."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from embeddings_api import EmbeddingsRequest, answer
from fastapi import FastAPI
from numpy.typing import NDArray
from tokenizers import Tokenizer

FOLDER = Path(os.environ["PEER_MODEL"])

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(os.environ["PEER_THREADS"])
session = onnxruntime.InferenceSession(str(FOLDER / "model.onnx"), options, providers=["CPUExecutionProvider"])
tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
tokenizer.enable_truncation(512)
tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
app = FastAPI()


def encode(texts: list[str]) -> NDArray[np.float32]:
    """Vectors of unit length, shape (texts, dimension)."""
    encodings = tokenizer.encode_batch_fast(texts)
    ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
    mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    (hidden,) = session.run(["last_hidden_state"], inputs)
    sums = (hidden * mask[..., None].astype(np.float32)).sum(axis=1)
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


@app.get("/health")
def health() -> dict[str, str]:
    """Is it up?"""
    return {"status": "ok"}


@app.post("/v1/embeddings")
def embeddings(request: EmbeddingsRequest) -> dict[str, Any]:
    """Vectors; FastAPI runs a plain `def` in its thread pool, so several run at once."""
    return answer(encode(request.texts), request)
