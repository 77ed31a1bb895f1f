"""What is measured, in the order of the report; speed is relative to the first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from training import vocabulary
from training.export_variants.builds import Builds
from training.export_variants.worker import Job

PYTORCH = "PyTorch float32, eager"


@dataclass(frozen=True)
class Variant:
    """A way to export and to run.

    Attributes:
        runtime: a key of `training.export_variants.runtimes.RUNTIMES`.
        needs: modules beyond the `train` extra.
        expand: whether ONNX Runtime expands stored integers while loading.
    """

    build: Callable[[Builds], Path]
    runtime: str = "onnxruntime"
    needs: tuple[str, ...] = ()
    expand: bool = True


VARIANTS: Mapping[str, Variant] = {
    "plain float32 (PyTorch's exporter)": Variant(lambda builds: builds.plain, needs=("onnxscript",)),
    "fused float32": Variant(lambda builds: builds.fused(32)),
    "fused float32, int64 inputs": Variant(lambda builds: builds.int64_inputs()),
    "fused, stored in 8 bits": Variant(lambda builds: builds.fused(8)),
    "fused, stored in 4 bits": Variant(lambda builds: builds.fused(4)),
    "8-bit blocks while running": Variant(lambda builds: builds.blockwise(8), needs=("onnx_ir",)),
    "4-bit blocks while running": Variant(lambda builds: builds.blockwise(4), needs=("onnx_ir",)),
    "static int8": Variant(lambda builds: builds.static(), expand=False),
    "OpenVINO float32": Variant(lambda builds: builds.plain, runtime="openvino", needs=("openvino", "onnxscript")),
    "OpenVINO, 8-bit weights": Variant(
        lambda builds: builds.openvino_8bit(), runtime="openvino", needs=("openvino", "onnxscript", "nncf")
    ),
    PYTORCH: Variant(lambda builds: builds.pytorch(), runtime="pytorch"),
}


def build_all(variants: Mapping[str, Variant], builds: Builds) -> tuple[dict[str, Path], dict[str, str]]:
    """Build what can be built.

    Returns:
        Paths by variant, and why the others are missing.
    """
    paths: dict[str, Path] = {}
    reasons: dict[str, str] = {}
    for name, variant in variants.items():
        missing = _missing(variant.needs)
        if missing:
            reasons[name] = f"package {', '.join(missing)} missing"
            continue
        try:
            paths[name] = variant.build(builds)
        except Exception as error:  # other people's exporters and quantisers raise anything; the rest is measured
            reasons[name] = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    return paths, reasons


def jobs(paths: Mapping[str, Path], folder: Path, threads: int) -> dict[str, Job]:
    """What each worker is told; the texts are in `sequences.json` in the folder."""
    return {
        name: Job(
            runtime=VARIANTS[name].runtime,
            model=str(path),
            threads=threads,
            expand=VARIANTS[name].expand,
            sequences=str(folder / "sequences.json"),
            vectors=str(folder / f"vectors-{number}.npz"),
            pad_id=vocabulary.SPECIAL.index("<pad>"),
        )
        for number, (name, path) in enumerate(paths.items())
    }


def _missing(modules: Sequence[str]) -> list[str]:
    return [module for module in modules if find_spec(module) is None]
