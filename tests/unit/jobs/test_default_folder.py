"""Where jobs are kept if nobody says where; and that only a server keeps any."""

from pathlib import Path

import pytest

from nlp_service import settings
from nlp_service.cli.analyze import analyze
from nlp_service.cli.serve import serve


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in ("NLP_SERVICE_JOBS", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variable", "folder"),
    [
        (None, "/home/ada/.local/state/nlp-service/jobs"),
        ("/state", "/state/nlp-service/jobs"),
        ("relative", "/home/ada/.local/state/nlp-service/jobs"),
    ],
)
def test_the_folder_is_where_the_user_keeps_state(monkeypatch, variable, folder):
    monkeypatch.setenv("HOME", "/home/ada")
    if variable is not None:
        monkeypatch.setenv("XDG_STATE_HOME", variable)
    assert settings.load().jobs == Path(folder)


def test_a_user_without_a_home_has_a_folder_too(monkeypatch):
    def homeless():
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    assert settings.load().jobs == Path("/var/lib/nlp-service/jobs")


def test_only_a_server_has_flags_for_jobs():
    flags = {"jobs", "jobs_ttl_s"}
    assert {option.name for option in serve.params} >= flags
    assert not {option.name for option in analyze.params} & flags
