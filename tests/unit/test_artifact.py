"""Model folders: what is refused before anything in it is opened."""

import hashlib
import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from nlp_service import artifact
from nlp_service.errors import ArtifactError

CONFIG = {"labels": ["退款", "b"], "dimension": 4}


@pytest.fixture
def folder(tmp_path):
    """A sound folder of kind `sentiment`."""
    folder = tmp_path / "model"
    folder.mkdir()
    save_file({"weights": np.eye(2, dtype=np.float32)}, folder / "head.safetensors")
    (folder / "notes.txt").write_text("n", encoding="utf-8")
    write(folder)
    return folder


def write(folder, **changes):
    arguments = {
        "kind": "sentiment",
        "name": "mine",
        "version": "3",
        "files": ["notes.txt", "head.safetensors"],
        "config": CONFIG,
        "command": "python -m training.x",
    }
    artifact.write(folder, **(arguments | changes))


def edit(folder, **changes):
    """Change the manifest by hand; None removes a field."""
    path = folder / artifact.MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: value for key, value in manifest.items() if value is not None}), encoding="utf-8")


def test_what_was_written_is_read(folder):
    model = artifact.load(folder, "sentiment")
    assert (model.folder, model.kind, model.name, model.version) == (folder, "sentiment", "mine", "3")
    assert model.config == CONFIG
    assert model.files == {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in model.files}
    assert set(model.files) == {"notes.txt", "head.safetensors"}
    assert np.array_equal(model.tensors("head.safetensors")["weights"], np.eye(2))
    assert model.path("notes.txt") == folder / "notes.txt"


def test_the_manifest_is_readable_and_says_how_the_model_was_made(folder):
    text = (folder / artifact.MANIFEST).read_text(encoding="utf-8")
    assert "退款" in text
    assert json.loads(text)["command"] == "python -m training.x"


@pytest.mark.parametrize(
    "change", [{"version": "4"}, {"config": {**CONFIG, "dimension": 5}}, {"files": ["notes.txt"]}, {"kind": "kinds"}]
)
def test_the_digest_follows_everything_that_changes_answers(folder, change):
    before = artifact.load(folder, "sentiment").digest
    write(folder, **change)
    assert artifact.load(folder, change.get("kind", "sentiment")).digest != before


def test_the_digest_follows_the_files_and_not_the_place(folder, tmp_path):
    before = artifact.load(folder, "sentiment").digest
    moved = folder.rename(tmp_path / "elsewhere")
    assert artifact.load(moved, "sentiment").digest == before
    (moved / "notes.txt").write_text("m", encoding="utf-8")
    write(moved)
    assert artifact.load(moved, "sentiment").digest != before


def test_a_changed_file_is_refused(folder):
    with (folder / "head.safetensors").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ArtifactError, match=r"head\.safetensors .*digest"):
        artifact.load(folder, "sentiment")


def test_a_missing_file_is_refused(folder):
    (folder / "notes.txt").unlink()
    with pytest.raises(ArtifactError, match=r"notes\.txt is missing"):
        artifact.load(folder, "sentiment")


def test_another_kind_is_refused(folder):
    with pytest.raises(ArtifactError, match="'sentiment', 'kinds' is needed"):
        artifact.load(folder, "kinds")


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "sub/notes.txt", "link.txt", "..", ".", ""])
def test_a_name_that_leads_elsewhere_is_refused_whatever_its_digest(folder, tmp_path, name):
    (tmp_path / "secret.txt").write_text("s", encoding="utf-8")
    (folder / "sub").mkdir()
    (folder / "sub" / "notes.txt").write_text("n", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    path = folder / name
    edit(folder, files={name: artifact.file_digest(path) if path.is_file() else "0"})
    with pytest.raises(ArtifactError, match="leads out"):
        artifact.load(folder, "sentiment")


def test_a_file_that_the_manifest_doesnt_list_isnt_handed_out(folder):
    (folder / "unlisted.safetensors").write_bytes(b"")
    model = artifact.load(folder, "sentiment")
    for name in ("unlisted.safetensors", "manifest.json", "../model/notes.txt"):
        with pytest.raises(ArtifactError, match="lists no file"):
            model.path(name)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{}", b'{"format": 1', b"[1,"])
def test_a_manifest_that_isnt_json_is_refused(folder, content):
    (folder / artifact.MANIFEST).write_bytes(content)
    with pytest.raises(ArtifactError, match="not valid JSON"):
        artifact.load(folder, "sentiment")


@pytest.mark.parametrize("content", ["[]", "null", "3", '"text"', "{}"])
def test_a_manifest_that_is_no_manifest_is_refused(folder, content):
    (folder / artifact.MANIFEST).write_text(content, encoding="utf-8")
    with pytest.raises(ArtifactError, match="needs format, kind, name, version, files, config"):
        artifact.load(folder, "sentiment")


@pytest.mark.parametrize("field", ["format", "kind", "name", "version", "files", "config"])
@pytest.mark.parametrize("value", [None, ["wrong"]])
def test_every_field_is_needed_and_of_its_type(folder, field, value):
    edit(folder, **{field: value})
    with pytest.raises(ArtifactError, match="needs"):
        artifact.load(folder, "sentiment")


def test_a_later_format_is_refused(folder):
    edit(folder, format=artifact.FORMAT + 1)
    with pytest.raises(ArtifactError, match=f"format {artifact.FORMAT + 1} is unknown"):
        artifact.load(folder, "sentiment")


@pytest.mark.parametrize("place", ["nowhere", "model/notes.txt", "empty"])
def test_a_place_that_is_no_model_folder_is_refused(folder, tmp_path, place):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError):
        artifact.load(tmp_path / place, "sentiment")
