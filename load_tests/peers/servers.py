"""Environments and processes of the servers, one at a time."""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from load_tests.peers.client import HOST, PeerError

HERE = Path(__file__).resolve().parent
APPS = HERE / "apps"
REQUIREMENTS = HERE / "requirements"
BASE_LAYERS = 12
DONE = ".done"
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 5.0
LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "DO_NOT_TRACK": "1"}


@dataclass(frozen=True)
class Environments:
    """One virtual environment for each file in `requirements/`.

    Attributes:
        folder: where they are made.
        given: Python interpreters to use instead, by name.
    """

    folder: Path
    given: Mapping[str, Path]

    def python(self, name: str) -> Path:
        """The interpreter of an environment, which is made if it isn't there or its requirements have changed.

        Raises:
            PeerError: if pip fails.
        """
        if name in self.given:
            return self.given[name]
        requirements = REQUIREMENTS / f"{name}.txt"
        digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
        home = self.folder / name
        python, mark = home / "bin" / "python", home / "requirements.sha256"
        if not mark.is_file() or mark.read_text(encoding="ascii") != digest:
            print(f"installing {name} into {home}", flush=True)
            shutil.rmtree(home, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(home)])
            _run([str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)])
            mark.write_text(digest, encoding="ascii")
        return python

    def versions(self, name: str, packages: tuple[str, ...]) -> dict[str, str]:
        """Installed versions."""
        code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]), sep='\\n')"
        found = _run([str(self.python(name)), "-c", code, *packages]).split()
        return dict(zip(packages, found, strict=True))


def convert(environments: Environments, artifact: Path, checkpoint: Path, exported: Path, base: Path) -> None:
    """Write the encoder in the forms that peers load, and a network of multilingual-e5-small's shape, if not there yet.

    Raises:
        PeerError: if a conversion fails.
    """
    python = environments.python("onnxruntime")
    for folder, options in ((checkpoint, []), (exported, []), (base, ["--layers", str(BASE_LAYERS)])):
        if (folder / DONE).is_file():
            continue
        print(f"converting the encoder into {folder}", flush=True)
        run_app(python, "checkpoint.py", artifact, folder, *options)
        if folder == exported:
            run_app(environments.python("infinity"), "export_onnx.py", folder)
        (folder / DONE).touch()


def run_app(python: Path, app: str, *arguments: str | Path) -> str:
    """What one of the scripts in `apps/` prints.

    Raises:
        PeerError: if it fails.
    """
    return _run([str(python), str(APPS / app), *map(str, arguments)])


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **OFFLINE}, check=False)
    if done.returncode:
        raise PeerError(f"{' '.join(command[:4])} … failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(command: list[str], environment: Mapping[str, str], ready: str, log: Path) -> Iterator[int]:
    """Run a server (`{port}` in its command is filled in) and yield its port once `ready` answers with 200.

    It runs in its log's folder, in a process group of its own that is ended with it.

    Raises:
        PeerError: if it ends before it is ready, or isn't in time.
    """
    port = free_port()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [part.format(port=port) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **OFFLINE, **environment},
            cwd=log.parent,
            start_new_session=True,
        )
    try:
        _wait(process, f"http://{HOST}:{port}{ready}", log)
        yield port
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise PeerError(f"the server ended while starting, see {log}")
        with contextlib.suppress(OSError), LOCAL.open(address, timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise PeerError(f"the server was not ready within {START_TIMEOUT_S:.0f} s, see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process's group, which holds its workers too."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_TIMEOUT_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
