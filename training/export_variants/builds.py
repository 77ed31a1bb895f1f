"""Write the files that variants need, each once; a method returns the path to open."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import onnx

from training import onnx_graph, reference
from training.checkpoint import Checkpoint
from training.export_variants import machine, quantisation, surgery

CALIBRATION_TEXTS = 64


class Builds:
    """Builds from one checkpoint, into one folder.

    Args:
        sequences: token ids of the texts; a sample of them is what ranges of activations are learnt from.
    """

    def __init__(self, source: Checkpoint, sequences: Sequence[Sequence[int]], folder: Path) -> None:
        self._source = source
        self._sequences = sequences
        self._folder = folder

    def pytorch(self) -> Path:
        """A transformers checkpoint."""
        folder = self._folder / "pytorch"
        reference.bert(self._source).save_pretrained(folder)
        return folder

    @cached_property
    def plain(self) -> Path:
        """What PyTorch's exporter writes: ordinary operators, float32, int64 inputs."""
        from training.export_variants import pooled

        path = self._folder / "plain.onnx"
        pooled.export(reference.bert(self._source), path)
        return path

    def fused(self, bits: int) -> Path:
        """Our graph, stored in this precision."""
        return self._saved(self._graph(bits), f"fused-{bits}")

    def int64_inputs(self) -> Path:
        """Our graph in float32 with the inputs of most exporters."""
        model = self._graph(32)
        surgery.with_int64_inputs(model)
        return self._saved(model, "int64")

    def blockwise(self, bits: int) -> Path:
        """Weights expanded while multiplying; the word table stored in the same precision and expanded at load."""
        model = self._graph(32, word_bits=bits)
        surgery.with_plain_products(model)
        return self._saved(quantisation.blockwise(model, bits), f"blockwise-{bits}")

    def static(self) -> Path:
        """Integer products with fixed ranges; the word table stays float32."""
        model = self._graph(32)
        surgery.with_plain_products(model)
        path = self._folder / "static.onnx"
        sample = self._sequences[:: -(-len(self._sequences) // CALIBRATION_TEXTS)]
        quantisation.static(model, path, sample, vnni=machine.has_vnni())
        return path

    def openvino_8bit(self) -> Path:
        """OpenVINO's own format with its weights compressed to 8 bits."""
        import nncf
        import openvino

        model = nncf.compress_weights(
            openvino.Core().read_model(str(self.plain)), mode=nncf.CompressWeightsMode.INT8_SYM
        )
        path = self._folder / "openvino" / "model.xml"
        openvino.save_model(model, str(path), compress_to_fp16=False)
        return path

    def _graph(self, bits: int, word_bits: int | None = None) -> onnx.ModelProto:
        words = self._source.tensors["embeddings.word_embeddings.weight"]
        return onnx_graph.build(self._source, words, bits, word_bits)

    def _saved(self, model: onnx.ModelProto, name: str) -> Path:
        path = self._folder / f"{name}.onnx"
        onnx.save(model, path)
        return path


def size(path: Path) -> int:
    """Bytes of a folder, or of a file and its weights beside it."""
    files = path.iterdir() if path.is_dir() else path.parent.glob(f"{path.stem}.*")
    return sum(file.stat().st_size for file in files)
