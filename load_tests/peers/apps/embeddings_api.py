"""The request and the answer of `/v1/embeddings` for peers that have no API of their own."""

import base64
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel


class EmbeddingsRequest(BaseModel):
    """OpenAI's request, as far as the benchmark uses it."""

    input: str | list[str]
    model: str
    encoding_format: Literal["float", "base64"] = "float"

    @property
    def texts(self) -> list[str]:
        """The texts, however given."""
        return [self.input] if isinstance(self.input, str) else self.input


def answer(vectors: NDArray[np.float32], request: EmbeddingsRequest) -> dict[str, Any]:
    """OpenAI's answer with vectors of shape (texts, dimension)."""
    data = [
        {"object": "embedding", "index": index, "embedding": _written(vector, request.encoding_format)}
        for index, vector in enumerate(vectors)
    ]
    return {"object": "list", "data": data, "model": request.model, "usage": {"prompt_tokens": 0, "total_tokens": 0}}


def _written(vector: NDArray[np.float32], encoding: str) -> str | list[float]:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii") if encoding == "base64" else vector.tolist()
