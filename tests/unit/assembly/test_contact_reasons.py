"""A contact-reason model may bring an encoder of its own, and is refused where the one that it needs isn't there."""

import asyncio
import json
import shutil

import pytest

from nlp_service import artifact
from nlp_service.assembly import running
from nlp_service.errors import ConfigurationError
from nlp_service.settings import MODELS, load
from nlp_service.telemetry import Telemetry

TEXTS = ["請問什麼時候發貨？等很久了", "我要退货", "Where is my parcel?"]


def asked_of(**settings):
    """Answers to TEXTS, and the digests of what gave them."""

    async def ask():
        async with running(load(settings), Telemetry()) as service:
            return await service.analysis.reasons(TEXTS), service.analysis.digests()

    return asyncio.run(ask())


def changed(folder, **entries):
    """Rewrite entries of a model's manifest."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | entries), encoding="utf-8")


def test_a_contact_reason_model_with_an_encoder_of_its_own_is_served_beside_the_default(tmp_path):
    own = tmp_path / "reasons"
    shutil.copytree(MODELS / "reasons", own)
    shutil.copytree(MODELS / "encoder", own / "encoder")
    changed(own / "encoder", version="own")
    digest = artifact.load(own / "encoder", "encoder").digest
    changed(own, config={**artifact.load(own, "reasons").config, "encoder_digest": digest})
    answers, digests = asked_of(reasons=own)
    default, default_digests = asked_of()
    assert answers == default
    assert digests["reasons_encoder"] == digest != digests["encoder"]
    assert "reasons_encoder" not in default_digests


def test_a_contact_reason_model_of_another_encoder_needs_it_beside_it(tmp_path):
    shutil.copytree(MODELS / "reasons", tmp_path / "reasons")
    changed(tmp_path / "reasons", config={**artifact.load(MODELS / "reasons", "reasons").config, "encoder_digest": "f"})
    with pytest.raises(ConfigurationError, match="train it again"):
        asked_of(reasons=tmp_path / "reasons")
