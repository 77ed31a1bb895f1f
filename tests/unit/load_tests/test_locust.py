"""Locust by itself, from its command line."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from load_tests.server import free_port

ROOT = Path(__file__).parents[3]
# Not imported here: it changes the whole process.
pytestmark = pytest.mark.skipif(find_spec("locust") is None, reason="needs Locust")


def locust(*arguments):
    """Runs Locust for two seconds with one user: exit code, and all that it says."""
    command = [sys.executable, "-m", "locust", "-f", "load_tests/locustfile.py", "--headless", "-u", "1", "-t", "2s"]
    done = subprocess.run(
        [*command, *arguments, "SentenceUser"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


# 0.0.0.0 isn't taken for an address of this machine, and no request for it would leave it.
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "http://0.0.0.0:1"], "--host http://0.0.0.0:1: not an address of this machine (--allow-remote"),
        (["--host", "nowhere"], "--host nowhere: give http://HOST:PORT"),
        (
            ["--host", "http://0.0.0.0:1", "--allow-remote", "--transcripts", "/nope"],
            "--transcripts /nope: no such file",
        ),
    ],
)
def test_what_cannot_be_loaded_is_refused_before_any_request(arguments, message):
    code, said = locust(*arguments)
    assert code == 1
    assert said.splitlines()[-1].startswith(message)


def test_a_server_that_is_not_there_is_asked_a_few_times_only():
    code, said = locust("--host", f"http://127.0.0.1:{free_port()}")
    counts = re.findall(r"^(\d+) +POST /v1/\w+: no answer", said, re.MULTILINE)
    assert code == 1
    assert 1 <= sum(map(int, counts)) <= 3
