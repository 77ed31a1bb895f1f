"""LitServe + sentence-transformers, with LitServe's dynamic batching over requests.

LitServe's own `OpenAIEmbeddingSpec` refuses requests of several texts while it batches, so the API is spelled out here.
"""

import argparse
from typing import Any

import litserve
import numpy as np
import torch
from embeddings_api import EmbeddingsRequest, answer
from sentence_transformers import SentenceTransformer

Answer = dict[str, Any]


class Embeddings(litserve.LitAPI):
    """Vectors of unit length."""

    def __init__(self, model: str, threads: int, **options: Any) -> None:
        super().__init__(**options)
        self._folder = model
        self._threads = threads

    def setup(self, device: str) -> None:
        """Runs in the worker process."""
        torch.set_num_threads(self._threads)
        self._model = SentenceTransformer(self._folder, device=device)

    def decode_request(self, request: dict[str, Any]) -> EmbeddingsRequest:
        """The body as it is checked elsewhere."""
        return EmbeddingsRequest.model_validate(request)

    def batch(self, inputs: list[EmbeddingsRequest]) -> list[EmbeddingsRequest]:
        """Requests stay apart; their texts are put together below."""
        return inputs

    def predict(self, x: list[EmbeddingsRequest]) -> list[Answer]:
        """All texts of all requests in one call."""
        vectors = self._model.encode([text for request in x for text in request.texts], show_progress_bar=False)
        ends = np.cumsum([len(request.texts) for request in x])[:-1]
        return [answer(part, request) for part, request in zip(np.split(vectors, ends), x, strict=True)]

    def unbatch(self, output: list[Answer]) -> list[Answer]:
        """One answer a request."""
        return output

    def encode_response(self, output: Answer) -> Answer:
        """The answer as it is."""
        return output


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--max-batch-size", type=int, required=True)
    parser.add_argument("--batch-timeout", type=float, required=True)
    given = parser.parse_args()
    api = Embeddings(
        given.model,
        given.threads,
        max_batch_size=given.max_batch_size,
        batch_timeout=given.batch_timeout,
        api_path="/v1/embeddings",
    )
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=given.workers, fast_queue=True)
    server.run(host="127.0.0.1", port=given.port, log_level="warning", generate_client_file=False)


if __name__ == "__main__":
    main()
