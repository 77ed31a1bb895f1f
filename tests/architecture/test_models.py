"""The shipped artefacts: small, verified, described, and nothing in them that could run."""

import json
from pathlib import Path

import pytest

from nlp_service import artifact
from nlp_service.settings import Settings

ROOT = Path(__file__).parent.parent.parent
MODELS = ROOT / "models"
FOLDERS = sorted(path for path in MODELS.iterdir() if path.is_dir())
MAX_BYTES = 60_000_000
HARMLESS = {".onnx", ".safetensors", ".json", ".jsonl", ".yaml", ".md", "LICENSE", "NOTICE"}
"""Kinds of files that can't execute anything when they are read."""
BEGINNINGS_OF_CODE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK", b"#!")
"""Of pickles, of zip archives (PyTorch checkpoints are some), of scripts."""


def test_a_folder_for_every_model_that_the_settings_name():
    models = ("encoder", "reasons", "sentiment", "emotions", "kinds", "questions", "faq_model")
    assert {Settings.model_fields[name].default for name in models} == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_digests_verify_and_the_manifest_says_how_it_was_made(folder):
    model = artifact.load(folder, folder.name)
    manifest = json.loads((folder / artifact.MANIFEST).read_text(encoding="utf-8"))
    assert model.files
    assert manifest["command"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_model_has_a_card(folder):
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert len(card) > 500
    assert card.startswith(("#", "---"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_weight_file_is_in_the_manifest(folder):
    files = {path.name for path in folder.iterdir() if path.suffix in {".onnx", ".safetensors"}}
    assert files <= set(artifact.load(folder, folder.name).files)


def test_nothing_in_models_can_run():
    files = [path for path in MODELS.rglob("*") if path.is_file()]
    assert {path.suffix or path.name for path in files} <= HARMLESS
    assert not [path for path in files if path.read_bytes().startswith(BEGINNINGS_OF_CODE)]


def test_all_models_together_are_small():
    assert sum(path.stat().st_size for path in MODELS.rglob("*") if path.is_file()) < MAX_BYTES


def test_there_is_a_readme():
    assert len((ROOT / "README.md").read_text(encoding="utf-8")) > 1_000
