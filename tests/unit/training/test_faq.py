"""The files that FAQ suggestions are calibrated on: read in every format, refused with a line that says why."""

import json
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from nlp_service.embedding.encoder.fake import FakeEncoder
from nlp_service.errors import DataError
from training.faq import LEAST_GROUPS, backgrounds, earlier_backgrounds, own_base, read_sources

SECRET = "客戶的秘密"


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Reads a file of pairs and a labelled one, given by name and content, beside a small knowledge base."""
    monkeypatch.chdir(tmp_path)
    entries = [{"id": str(n), "questions": [f"问{n}", f"再问{n}"], "answers": ["答"]} for n in range(LEAST_GROUPS)]
    (tmp_path / "base.jsonl").write_text("\n".join(json.dumps(entry) for entry in entries), encoding="utf-8")

    def read(pairs, labelled):
        for name, content in (pairs, labelled):
            (tmp_path / name).write_text(content, encoding="utf-8")
        options = Namespace(pairs=[tmp_path / pairs[0]], labelled=[tmp_path / labelled[0]], pairs_per_file=500)
        return read_sources(FakeEncoder(8), tmp_path / "base.jsonl", options)

    return read


PAIRS = [(f"a{n}", f"b{n}", int(n < LEAST_GROUPS)) for n in range(2 * LEAST_GROUPS)]
LABELLED = [(f"text {n}", f"label {n // 2}") for n in range(2 * LEAST_GROUPS)]
PAIRS_CSV = "a,b,label\n" + "".join(f"{a},{b},{label}\n" for a, b, label in PAIRS)
LABELLED_CSV = "text,label\n" + "".join(f"{text},{label}\n" for text, label in LABELLED) + "nothing,\n"
PAIRS_JSON = "".join(json.dumps(dict(zip(("a", "b", "label"), row, strict=True))) + "\n" for row in PAIRS)
LABELLED_JSON = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in LABELLED)


def test_tables_are_read_as_json_lines_are(read):
    tables = read(("pairs.csv", PAIRS_CSV), ("labelled.csv", LABELLED_CSV))
    lines = read(("pairs.jsonl", PAIRS_JSON), ("labelled.jsonl", LABELLED_JSON))
    assert [source.members for source in tables] == [source.members for source in lines]
    assert [len(source.members) for source in tables] == [LEAST_GROUPS] * 3


@pytest.mark.parametrize(
    ("pairs", "labelled", "message"),
    [
        (f'{{"a": "{SECRET}"', LABELLED_JSON, r"pairs\.jsonl: line 1: not valid JSON"),
        (f'{{"a": "{SECRET}", "b": "{SECRET}"}}', LABELLED_JSON, r"pairs\.jsonl: line 1: needs 'a' and 'b'"),
        (f'{{"a": "{SECRET}", "b": 3, "label": 1}}', LABELLED_JSON, r"pairs\.jsonl: line 1: needs 'a' and 'b'"),
        (f'["{SECRET}"]', LABELLED_JSON, r"pairs\.jsonl: line 1: needs 'a' and 'b'"),
        (PAIRS_JSON, f'{{"text": "{SECRET}"}}', r"labelled\.jsonl: line 1: needs a 'label'"),
        (PAIRS_JSON, f'{{"text": "{SECRET}", "label": null}}', "needs at least 10 groups"),
        (PAIRS_JSON, f"text,label\n{SECRET},a\n", r"labelled\.jsonl: line 1: not valid JSON"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_without_its_text(read, pairs, labelled, message):
    with pytest.raises(DataError, match=message) as caught:
        read(("pairs.jsonl", pairs), ("labelled.jsonl", labelled))
    assert SECRET not in str(caught.value)


def test_the_base_in_the_folder_stays_the_artefacts_own_whatever_is_calibrated_on(tmp_path):
    (tmp_path / "retail.jsonl").touch()
    assert (
        own_base(tmp_path, None) == own_base(tmp_path, tmp_path / "other" / "mine.jsonl") == tmp_path / "retail.jsonl"
    )


def test_a_folder_without_one_gets_a_copy_of_the_base_named(tmp_path):
    assert own_base(tmp_path / "new", tmp_path / "mine.jsonl") == tmp_path / "new" / "mine.jsonl"
    assert not (tmp_path / "new").exists()


def test_a_folder_with_none_or_several_bases_and_no_word_which_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no knowledge base; name yours with --entries"):
        own_base(tmp_path, None)
    for name in ("b.jsonl", "a.jsonl"):
        (tmp_path / name).touch()
    with pytest.raises(DataError, match=r"holds several knowledge bases: a\.jsonl, b\.jsonl"):
        own_base(tmp_path, tmp_path / "mine.jsonl")


def test_a_language_that_no_file_is_in_has_its_average_from_an_earlier_calibration(read):
    sources = read(("pairs.jsonl", PAIRS_JSON), ("labelled.jsonl", LABELLED_JSON))
    chinese = [source for source in sources if "en" not in source.languages]
    earlier = {"en": np.full(8, 3, dtype=np.float32), "zh": np.zeros(8, dtype=np.float32)}
    found = backgrounds(chinese, lambda: earlier)
    assert np.array_equal(found["en"], earlier["en"])
    assert not np.array_equal(found["zh"], earlier["zh"])


def test_no_earlier_calibration_is_needed_where_all_languages_are_there(read):
    def refuse():
        raise AssertionError

    sources = read(("pairs.jsonl", PAIRS_JSON), ("labelled.jsonl", LABELLED_JSON))
    assert set(backgrounds(sources, refuse)) == {"en", "zh"}


def test_the_average_of_another_encoders_vectors_is_refused():
    with pytest.raises(DataError, match="made for another encoder"):
        earlier_backgrounds(Path("models/faq"), "0" * 64)
