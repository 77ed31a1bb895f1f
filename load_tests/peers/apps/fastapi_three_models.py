"""Plain FastAPI + three sentence-transformers models, one a task, as a team builds it task by task.

Each task has its own fine-tuned copy of the base model and a linear head. The heads are drawn at random: what they
answer means nothing, what they cost is the same.
"""

import os
from typing import Any

import numpy as np
import torch
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

LABELS = {"reasons": 118, "sentiment": 3, "kinds": 6}

torch.set_num_threads(int(os.environ["PEER_THREADS"]))
draw = np.random.default_rng(0)
models = {task: SentenceTransformer(os.environ["PEER_MODEL"], device="cpu") for task in LABELS}
heads = {task: draw.normal(size=(384, labels)).astype(np.float32) for task, labels in LABELS.items()}
app = FastAPI()


class Chat(BaseModel):
    """A chat whose sentences were split elsewhere, which is in this peer's favour."""

    sentences: list[str]


@app.get("/health")
def health() -> dict[str, str]:
    """Is it up?"""
    return {"status": "ok"}


@app.post("/analyze")
def analyze(chat: Chat) -> dict[str, list[dict[str, Any]]]:
    """For each task and sentence, the likeliest label and its probability."""
    return {task: classify(task, chat.sentences) for task in LABELS}


def classify(task: str, sentences: list[str]) -> list[dict[str, Any]]:
    """Encode and classify."""
    scores = models[task].encode(sentences, show_progress_bar=False) @ heads[task]
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    best = probabilities.argmax(axis=1)
    return [
        {"label": int(label), "probability": float(row[label])} for label, row in zip(best, probabilities, strict=True)
    ]
