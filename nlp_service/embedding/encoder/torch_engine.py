"""The encoder on PyTorch: bfloat16 on a GPU that is good at it, float32 on the CPU.

The same artefact as on ONNX Runtime, run as a plain BERT: nothing else is read, and no code of others runs.
"""

from typing import Any, NamedTuple

from nlp_service.artifact import Artifact
from nlp_service.contracts import Vectors
from nlp_service.embedding.encoder.artifact_encoder import ArtifactEncoder, Integers
from nlp_service.embedding.encoder.weights import Weights, read
from nlp_service.errors import ConfigurationError

try:
    import torch
    from torch.nn import functional
except ImportError:
    raise ConfigurationError("engine 'torch' needs PyTorch: pip install 'nlp-service[gpu-torch]'") from None

ENGINE = "torch"
PRECISIONS = {"cpu": "float32", "cuda": "bfloat16"}


class TorchEncoder(ArtifactEncoder):
    """Runs an artefact of kind `encoder` on PyTorch.

    Args:
        precision: of matrix products, `float32` or `bfloat16`; the device's usual one if None. Sums, normalisation and
            pooling are always float32.

    Raises:
        ConfigurationError: if `device` is asked for and this PyTorch can't use it, or doesn't.
    """

    def __init__(self, artifact: Artifact, *, threads: int, device: str = "cpu", precision: str | None = None) -> None:
        _require(device)
        precision = precision or PRECISIONS[device]
        if device == "cpu":
            torch.set_num_threads(threads)
        super().__init__(artifact, engine=ENGINE, device=device, precision=precision)
        self._device = torch.device(device)
        weights = read(artifact)
        try:
            self._network = _Network(weights, self._device, getattr(torch, precision))
            used = self._forward(self._place(*self._padded(self.tokenize(["一"])))).device.type
        except RuntimeError as error:  # no memory left, a GPU this build has no kernels for, …
            reason = str(error).partition("\n")[0]
            raise ConfigurationError(f"device '{device}' can't be used by PyTorch: {reason}") from error
        if used != self._device.type:
            raise ConfigurationError(f"device '{device}' was asked for, but PyTorch worked on {used}")

    def _place(self, ids: Integers, mask: Integers) -> "_Batch":
        full = bool(mask.all())  # asked here, because asking the GPU would wait for it
        return _Batch(torch.from_numpy(ids).to(self._device), torch.from_numpy(mask).to(self._device), full)

    def _run(self, batch: "_Batch") -> Vectors:
        vectors: Vectors = self._forward(batch).cpu().numpy()
        return vectors

    def _forward(self, batch: "_Batch") -> Any:
        with torch.inference_mode():
            return self._network(batch)


class _Batch(NamedTuple):
    """Token ids and mask, both int32 of shape (sequences, length); `full` where nothing is padding."""

    ids: Any
    mask: Any
    full: bool


class _Network:
    """BERT with the norm behind each sum, exact GELU, and the mean over tokens as a unit vector."""

    def __init__(self, weights: Weights, device: Any, precision: Any) -> None:
        self._layers, self._heads, self._epsilon = weights.layers, weights.heads, weights.epsilon
        self._precision = precision
        self._tensors = {}
        for name, values in weights.tensors.items():
            multiplied = name.startswith("encoder.") and "Norm" not in name
            dtype = precision if multiplied else torch.float32
            self._tensors[name] = torch.tensor(values, device=device, dtype=dtype)

    def __call__(self, batch: _Batch) -> Any:
        """Vectors, float32 of shape (sequences, dimension)."""
        words = functional.embedding(batch.ids, self._tensors["words"])
        hidden = self._norm(words + self._tensors["positions_and_type"][: batch.ids.shape[1]], "embeddings.norm")
        seen = None if batch.full else batch.mask.bool()[:, None, None, :]
        for layer in range(self._layers):
            hidden = self._layer(hidden, seen, f"encoder.layer.{layer}.")
        return functional.normalize((hidden * batch.mask[..., None]).sum(dim=1), dim=1)

    def _layer(self, hidden: Any, seen: Any, name: str) -> Any:
        """Hidden states, float32 of shape (sequences, length, dimension), after one layer more."""
        sequences, length, dimension = hidden.shape
        stacked = self._linear(hidden, name + "qkv").view(sequences, length, 3, self._heads, -1)
        query, key, value = stacked.permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        joined = attended.transpose(1, 2).reshape(sequences, length, dimension)
        hidden = self._norm(
            hidden + self._linear(joined, name + "attention.output.dense"), name + "attention.output.LayerNorm"
        )
        inner = functional.gelu(self._linear(hidden, name + "intermediate.dense"))
        return self._norm(hidden + self._linear(inner, name + "output.dense"), name + "output.LayerNorm")

    def _linear(self, values: Any, name: str) -> Any:
        return functional.linear(values.to(self._precision), self._tensors[name], self._tensors[name + ".bias"])

    def _norm(self, values: Any, name: str) -> Any:
        weight, bias = self._tensors[name + ".weight"], self._tensors[name + ".bias"]
        return functional.layer_norm(values, weight.shape, weight, bias, self._epsilon)


def _require(device: str) -> None:
    if device not in PRECISIONS:
        raise ConfigurationError(f"device '{device}' is unknown: there are {', '.join(PRECISIONS)}")
    if device == "cpu" or torch.cuda.is_available():
        return
    reason = (
        "it finds no GPU that it can use; are GPU and driver there (nvidia-smi)?"
        if torch.version.cuda
        else "it was built without CUDA; install one built with it: https://pytorch.org/get-started/locally"
    )
    raise ConfigurationError(f"device '{device}' is not available in this PyTorch: {reason}")
