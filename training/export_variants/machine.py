"""What the figures depend on besides the model: the processor's features and the versions of the runtimes."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")
PACKAGES = ("onnxruntime", "openvino", "nncf", "torch", "transformers", "onnx", "onnxscript", "numpy")


def describe(cpuinfo: Path = CPUINFO) -> dict[str, str]:
    """The processor's name, which of `FEATURES` it has, and the versions of `PACKAGES`."""
    fields = _fields(cpuinfo)
    flags = fields.get("flags", "").split()
    features = {name: _yes_or_no(name in flags) if flags else "unknown" for name in FEATURES}
    name = fields.get("model name") or platform.processor() or platform.machine()
    return {"processor": name, **features, **{package: _version(package) for package in PACKAGES}}


def has_vnni(cpuinfo: Path = CPUINFO) -> bool:
    """Whether 8-bit products add up without saturating; False where that isn't known."""
    return not {"avx512_vnni", "avx_vnni"}.isdisjoint(_fields(cpuinfo).get("flags", "").split())


def _fields(cpuinfo: Path) -> dict[str, str]:
    """Of the first processor; empty where the system has no such file."""
    if not cpuinfo.exists():
        return {}
    first = cpuinfo.read_text(encoding="utf-8").split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
