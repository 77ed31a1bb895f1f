"""What is known of a loaded model, and of the encoder."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A loaded model; `digest` changes when its weights or its configuration do."""

    task: Annotated[str, Field(examples=["encoder", "reasons"])]
    name: str
    version: str
    digest: str
    precision: str | None = None
    device: str | None = None
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """What an encoder is: enough to tell two answers apart.

    Attributes:
        dimension: length of a vector.
        max_tokens: longest sequence it reads, special tokens included.
        precision: of the arithmetic, e.g. `float32`.
        device: where it runs, e.g. `cpu`.
        engine: what runs it, e.g. `onnxruntime`.
    """

    name: str
    version: str
    digest: str
    dimension: int
    max_tokens: int
    precision: str
    device: str
    engine: str
