"""Parts made for the test, and the folder that keeps them."""

import pytest

from nlp_service.batch import FileIdentity, Manifest, Part, Refused, Row, working

ANSWERING = {"encoder": "e1", "reasons": "r1"}


@pytest.fixture(scope="session")
def make_row():
    """A row of a document that is tagged, but for what is given."""

    def make(line=1, **values):
        usual = {
            "id": f"d{line}",
            "at": "2026-03-01T09:05:00",
            "channel": "电话",
            "status": "tagged",
            "code": "parcel.late",
            "reason": "物流 › 太慢",
            "probability": 0.9,
            "other_codes": None,
            "sentiment_mean": -0.25,
            "sentiment_start": -0.5,
            "sentiment_valley": -0.75,
            "sentiment_end": 0.25,
            "customer_sentences": 3,
            "questions": 1,
            "skipped": None,
        }
        return Row(line=line, **usual | values)

    return make


@pytest.fixture
def manifest():
    return Manifest(FileIdentity(7, "f1"), 2, ANSWERING)


@pytest.fixture
def part(make_row):
    return Part([make_row(1), make_row(3)], [Refused(2, "not valid JSON")])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.jsonl.parts"


@pytest.fixture
def folder(path, manifest):
    """A folder in which a run of four lines has begun."""
    with working(path) as folder:
        folder.begin(manifest, 4, restart=False)
        yield folder
