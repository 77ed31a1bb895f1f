"""`nlp-service tag --ray local`: a real Ray on this machine, real models, and an actor that is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-m", "nlp_service", "tag"]
ROUNDING = 2e-4
WAIT_S = 240
ADDRESS = """
from nlp_service.batch.ray_actors import cluster
with cluster("local", dict, cpus=1, gpus=0):
    import ray
    print({node["NodeManagerAddress"] for node in ray.nodes()})
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "in.jsonl"
    rows = ({"id": str(n), "text": f"第 {n} 个包裹还没到，急死了。什么时候送？"} for n in range(400))
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def _tag(*arguments):
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)


def _rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _actors(driver):
    """The processes of actors below the driver's."""
    parents, names = {}, {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = status.read_text(encoding="utf-8").rpartition(")")[2].split()
            names[int(status.parent.name)] = (status.parent / "cmdline").read_bytes()
            parents[int(status.parent.name)] = int(rest[1])
        except OSError:  # it has just ended
            continue

    def is_below(process):
        while process in parents:
            process = parents[process]
            if process == driver:
                return True
        return False

    return [process for process, name in names.items() if b"ray::_Process" in name and is_below(process)]


def test_an_actor_is_killed_and_the_rows_are_those_of_one_process(file, tmp_path):
    out, alone = tmp_path / "out.jsonl", tmp_path / "alone.jsonl"
    flags = ["--part-size", "10", "--ray", "local", "--ray-actors", "2", "--ray-cpus", "1"]
    command = [*PROGRAM, str(file), str(out), *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as driver:
        deadline = time.monotonic() + WAIT_S
        while not list(tmp_path.glob("out.jsonl.parts/0*.json")):
            assert driver.poll() is None, driver.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(_actors(driver.pid)[0], signal.SIGKILL)
        _, said = driver.communicate(timeout=WAIT_S)
    assert driver.returncode == 0, said
    assert _tag(file, alone).returncode == 0
    for row, other in zip(_rows(out), _rows(alone), strict=True):
        assert row == {
            name: pytest.approx(value, abs=ROUNDING) if isinstance(value, float) else value
            for name, value in other.items()
        }


def test_what_an_actor_refuses_is_one_line(file, tmp_path):
    run = _tag(file, tmp_path / "out.csv", "--ray", "local", "--ray-cpus", 10_000)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.splitlines()[-1] == "nlp-service: --ray local: no room for an actor of 10000 CPUs and 0 GPUs"
    assert "Traceback" not in run.stderr


def test_a_cluster_that_isnt_there_is_one_line(file, tmp_path):
    run = _tag(file, tmp_path / "out.csv", "--ray", "ray://127.0.0.1:9")
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith("nlp-service: --ray ray://127.0.0.1:9: can't be used: ")
    assert "Traceback" not in run.stderr


def test_a_cluster_of_this_machine_alone_has_no_other_address():
    run = subprocess.run([sys.executable, "-c", ADDRESS], capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert run.stdout == "{'127.0.0.1'}\n", run.stderr
