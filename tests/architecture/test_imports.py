"""The import arrows, and what is loaded when."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HEAVY = ["onnxruntime", "torch", "transformers", "fastapi", "redis", "sklearn", "hdbscan", "numpy", "ray"]
TRAINING_ONLY = ["torch", "transformers", "sentence_transformers", "onnx"]
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None, no_cache=True))"
START = """
import asyncio
from nlp_service.assembly import running
from nlp_service.settings import load
from nlp_service.telemetry import Telemetry

async def start():
    async with running(load(), Telemetry()) as service:
        await service.analysis.analyze([])
        await service.analysis.reasons(["我要退货"])

asyncio.run(start())
"""


def _python(code, cwd=ROOT):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def _loaded_by(code):
    """The top-level modules that are loaded after this code has run in a fresh interpreter."""
    run = _python(f"{code}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})")
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split())


def test_the_import_contracts_hold():
    run = _python(LINT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_contracts_cover_every_room_and_every_task():
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    named = {
        name.strip()
        for contract in linter["contracts"]
        for key in ("layers", "modules", "source_modules")
        for entry in contract.get(key, [])
        for name in entry.split("|")
    }
    package = ROOT / "nlp_service"
    rooms = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    tasks = {f"tasks.{path.parent.name}" for path in package.glob("tasks/*/__init__.py")}
    assert {f"nlp_service.{name}" for name in (rooms | tasks) - {"__init__", "__main__"}} - named == set()


def test_a_forbidden_import_is_found(tmp_path):
    """The proof that this way of running the linter can fail: a package that breaks a contract of the same form."""
    package = tmp_path / "nlp_service"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "errors.py").write_text("import nlp_service.analysis\n", encoding="utf-8")
    (package / "analysis.py").write_text("", encoding="utf-8")
    (tmp_path / "setup.cfg").write_text(
        "[importlinter]\nroot_package = nlp_service\n"
        "[importlinter:contract:1]\nname = arrow\ntype = layers\n"
        "layers =\n    nlp_service.analysis\n    nlp_service.errors\n",
        encoding="utf-8",
    )
    run = _python(f"import sys; sys.path.insert(0, '.')\n{LINT}", cwd=tmp_path)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "nlp_service.errors is not allowed to import nlp_service.analysis" in run.stdout


@pytest.mark.parametrize("module", ["nlp_service", "nlp_service.errors", "nlp_service.cli"])
def test_importing_the_package_or_its_command_line_loads_nothing_heavy(module):
    assert _loaded_by(f"import {module}") & set(HEAVY) == set()


def test_what_tags_loads_ray_only_when_it_is_asked_to():
    assert "ray" not in _loaded_by("import nlp_service.batch.ray_actors, nlp_service.cli.tagging")


@pytest.mark.parametrize("module", ["nlp_service.contracts", "nlp_service.text", "nlp_service.taxonomy"])
def test_the_rooms_at_the_bottom_load_no_runtime(module):
    assert _loaded_by(f"import {module}") & (set(HEAVY) - {"numpy"}) == set()


def test_the_running_service_needs_no_training_library():
    assert _loaded_by(START) & set(TRAINING_ONLY) == set()
