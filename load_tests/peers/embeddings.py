"""Part one: `/v1/embeddings` with the same network everywhere."""

import array
import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from load_tests.peers.client import PeerError, Request, ask, drive, post
from load_tests.peers.contenders import EMBEDDINGS, Contender
from load_tests.peers.figures import Rounds, cosine
from load_tests.peers.servers import serving

LEAST_COSINE = 0.999
WARM_UP_S = 0.7
CHECKED = (
    "你好，在吗",
    "我上周买的扫地机器人到现在还没发货，能帮我催一下吗？",
    "发票抬头开错了，麻烦重新开一张",
    "How long does delivery to Hong Kong take?",
    "订单号 20260318-7745，金额 1,299.50 元，请查一下",
    "太棒了👍👍",
)
"""Texts that our server's preparation leaves as they are; others, such as Traditional Chinese, it changes first."""


@dataclass(frozen=True)
class Shape:
    """A kind of load: this many texts in each request, over this many connections."""

    texts: int
    connections: int

    def __str__(self) -> str:
        texts = "1 text" if self.texts == 1 else f"{self.texts} texts"
        return f"{texts} × {self.connections} connection{'s' * (self.connections > 1)}"


SHAPES = (Shape(1, 1), Shape(1, 8), Shape(1, 32), Shape(32, 8))


@dataclass
class Result:
    """What a contender did, by kind of load.

    Attributes:
        cosine: the lowest of its vectors with our server's, over the checked texts.
    """

    contender: Contender
    cosine: float = 1.0
    shapes: dict[Shape, Rounds] = field(default_factory=lambda: {shape: Rounds() for shape in SHAPES})


def request(texts: Sequence[str]) -> Request:
    """Vectors in base64, as OpenAI's own client asks for them by default."""
    body = {"input": texts, "model": "default", "encoding_format": "base64"}
    return post(EMBEDDINGS, json.dumps(body, ensure_ascii=False).encode("utf-8"), len(texts))


def vectors(port: int, texts: Sequence[str]) -> list[list[float]]:
    """The vectors that a server gives.

    Raises:
        PeerError: if the answer isn't of OpenAI's shape.
    """
    try:
        data = json.loads(ask(port, request(texts)))["data"]
        rows = [array.array("f", base64.b64decode(item["embedding"])) for item in data]
    except (ValueError, KeyError, TypeError):
        raise PeerError("the answer to a request for embeddings is not of OpenAI's shape") from None
    return [list(row) for row in rows]


def measure(
    contenders: Sequence[Contender], sentences: Sequence[str], *, seconds: float, rounds: int, logs: Path
) -> list[Result]:
    """All contenders in turn, `rounds` times over; the first is ours, which the others' vectors must equal.

    Raises:
        PeerError: if a server fails, or its vectors are others.
    """
    results = [Result(contender) for contender in contenders]
    requests = {shape: list(_requests(sentences, shape.texts)) for shape in SHAPES}
    expected: list[list[float]] = []
    for number in range(rounds):
        for result in results:
            print(f"embeddings, round {number + 1} of {rounds}: {result.contender.name}", flush=True)
            with _served(result.contender, logs) as port:
                found = vectors(port, CHECKED)
                expected = expected or found
                result.cosine = min(cosine(one, other) for one, other in zip(found, expected, strict=True))
                if result.cosine < LEAST_COSINE:
                    raise PeerError(f"{result.contender.name} computes other vectors: cosine {result.cosine:.4f}")
                for shape, rounds_done in result.shapes.items():
                    texts = cycle(requests[shape])
                    drive(port, texts, shape.connections, WARM_UP_S)
                    rounds_done.add(drive(port, texts, shape.connections, seconds))
    return results


def _served(contender: Contender, logs: Path) -> AbstractContextManager[int]:
    return serving(contender.command, contender.environment, contender.ready, logs / f"{contender.name}.log")


def _requests(sentences: Sequence[str], size: int) -> Iterator[Request]:
    for begin in range(0, len(sentences) - size + 1, size):
        yield request(sentences[begin : begin + size])
