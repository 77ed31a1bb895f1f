"""Plain FastAPI + sentence-transformers: the model at start-up, `encode` in the handler."""

import os
from typing import Any

import torch
from embeddings_api import EmbeddingsRequest, answer
from fastapi import FastAPI
from sentence_transformers import SentenceTransformer

torch.set_num_threads(int(os.environ["PEER_THREADS"]))
model = SentenceTransformer(os.environ["PEER_MODEL"], device="cpu")
app = FastAPI()


@app.get("/health")
def health() -> dict[str, str]:
    """Is it up?"""
    return {"status": "ok"}


@app.post("/v1/embeddings")
def embeddings(request: EmbeddingsRequest) -> dict[str, Any]:
    """Vectors of unit length; FastAPI runs a plain `def` in its thread pool, so the event loop goes on."""
    return answer(model.encode(request.texts, show_progress_bar=False), request)
