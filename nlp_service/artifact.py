"""Model folders: files beside a `manifest.json` that names, describes and fingerprints them.

Both sides import this module: training writes artefacts with it, the service reads them with it. Weights are ONNX or
safetensors, never anything that can execute code on loading, and their SHA-256 is checked before they are opened.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_service.errors import ArtifactError

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model folder whose files have been verified.

    Attributes:
        kind: what it is for: `encoder`, `reasons`, `sentiment`, `kinds`, …
        digest: SHA-256 over kind, version, configuration and file digests, hexadecimal; it changes with any of them.
        config: the configuration its reader needs (labels, dimensions, temperature, …).
    """

    folder: Path
    kind: str
    name: str
    version: str
    digest: str
    files: Mapping[str, str]
    config: Mapping[str, Any]

    def path(self, name: str) -> Path:
        """The path of a file that the manifest lists."""
        if name not in self.files:
            raise ArtifactError(f"{self.folder}: the manifest lists no file {name}")
        return self.folder / name

    def tensors(self, name: str) -> dict[str, NDArray[np.float32]]:
        """The arrays of a safetensors file that the manifest lists."""
        from safetensors.numpy import load_file

        return load_file(self.path(name))


def load(folder: Path, kind: str) -> Artifact:
    """Read and verify a model folder.

    Raises:
        ArtifactError: if the folder has no readable manifest, is of another kind, or a file's digest differs.
    """
    manifest = _read_manifest(folder)
    if manifest["kind"] != kind:
        raise ArtifactError(f"{folder}: holds a model of kind '{manifest['kind']}', '{kind}' is needed")
    for name, expected in manifest["files"].items():
        path = folder / name
        if path.resolve().parent != folder.resolve():
            raise ArtifactError(f"{folder}: file name '{name}' leads out of the folder")
        if not path.is_file():
            raise ArtifactError(f"{folder}: {name} is missing")
        if file_digest(path) != expected:
            raise ArtifactError(f"{folder}: {name} isn't the file the manifest describes (digest differs)")
    return Artifact(
        folder=folder,
        kind=kind,
        name=manifest["name"],
        version=manifest["version"],
        digest=_digest_of(manifest),
        files=manifest["files"],
        config=manifest["config"],
    )


def write(
    folder: Path, *, kind: str, name: str, version: str, files: Sequence[str], config: Mapping[str, Any], command: str
) -> None:
    """Write the manifest of a folder whose files are already in place.

    Args:
        files: names, inside `folder`, of the files to fingerprint.
        config: JSON-serialisable configuration for the reader.
        command: the command line that made the artefact, so that it can be made again.
    """
    manifest = {
        "format": FORMAT,
        "kind": kind,
        "name": name,
        "version": version,
        "files": {file: file_digest(folder / file) for file in sorted(files)},
        "config": config,
        "command": command,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArtifactError(f"{folder}: no {MANIFEST} here, this is not a model folder") from None
    except OSError as error:
        raise ArtifactError(f"{path}: can't be read: {error.strerror}") from None
    except ValueError as error:
        raise ArtifactError(f"{path}: not valid JSON: {error}") from None
    expected = {"format": int, "kind": str, "name": str, "version": str, "files": dict, "config": dict}
    if not isinstance(manifest, dict) or any(not isinstance(manifest.get(k), t) for k, t in expected.items()):
        raise ArtifactError(f"{path}: needs {', '.join(expected)}")
    if manifest["format"] != FORMAT:
        raise ArtifactError(f"{path}: format {manifest['format']} is unknown, this version reads format {FORMAT}")
    return manifest


def _digest_of(manifest: Mapping[str, Any]) -> str:
    identity = {key: manifest[key] for key in ("kind", "version", "files", "config")}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
