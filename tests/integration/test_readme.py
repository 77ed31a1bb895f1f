"""What the README shows is what the service does."""

import csv
import json
import re
from pathlib import Path

import pytest

from nlp_service.embedding.encoder.onnx import REPAIR

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FOR_CALLERS = (ROOT / "nlp_service/api/README.md").read_text(encoding="utf-8")
ROUNDING = 1e-3


def test_the_curl_gives_the_answer_shown(server):
    request = json.loads(re.search(r"/v1/analyze .*? -d '(.*?)'", README, re.DOTALL).group(1))
    shown = json.loads(re.search(r"```json\n(.*?)```", README, re.DOTALL).group(1))
    answer = server.answer("/v1/analyze", **request)
    assert list(answer) == list(shown)
    for one, other in zip(_leaves(answer), _leaves(shown), strict=True):
        assert one == (pytest.approx(other, abs=ROUNDING) if isinstance(other, float) else other)


def test_tag_writes_the_rows_shown(command_line, transcripts_file, tmp_path):
    assert command_line("tag", transcripts_file, tmp_path / "tagged.csv").returncode == 0
    with (tmp_path / "tagged.csv").open(encoding="utf-8-sig", newline="") as table:
        written = {row["id"]: row for row in csv.DictReader(table)}
    shown = list(csv.DictReader(re.search(r"```\n(id,line,.*?)```", README, re.DOTALL).group(1).splitlines()))
    assert len(shown) == 4
    for row in shown:
        assert [_number(cell) for cell in row.values()] == [
            pytest.approx(cell, abs=ROUNDING) if isinstance(cell, float) else cell
            for cell in map(_number, written[row["id"]].values())
        ]


def test_personal_data_is_masked_as_shown(server):
    request, shown = re.search(r"/v1/redact .*? -d '(.*?)'.*?```json\n(.*?)```", README, re.DOTALL).groups()
    assert server.answer("/v1/redact", **json.loads(request)) == json.loads(shown)


def test_questions_become_the_clusters_shown(command_line, tmp_path):
    lines = re.search(r"printf '%s\\n' (.*?) > questions\.csv", README, re.DOTALL).group(1).replace("\\\n", " ").split()
    (tmp_path / "questions.csv").write_text("\n".join(lines), encoding="utf-8")
    assert command_line("cluster", "questions.csv", "week-1").returncode == 0
    written = (tmp_path / "week-1" / "clusters.md").read_text(encoding="utf-8").splitlines()
    shown = re.search(r"(\| cluster \| questions .*?)\n\n", README, re.DOTALL).group(1).splitlines()
    begin = next(number for number, line in enumerate(written) if line.startswith(shown[0]))
    assert len(shown) == 5
    assert all(line.startswith(row) for line, row in zip(written[begin : begin + 5], shown, strict=True))


def test_the_program_for_callers_prints_what_it_says(server, capsys):
    program = re.search(r"```python\n(.*?)```", FOR_CALLERS, re.DOTALL).group(1)
    shown = program.splitlines()[-1].removeprefix("# ").split()
    exec(program.replace("http://localhost:8000", str(server.client.base_url).rstrip("/")), {})
    printed = capsys.readouterr().out.split()
    assert printed[:2] == shown[:2]
    assert float(printed[2]) == pytest.approx(float(shown[2]), abs=ROUNDING)


def test_every_make_target_it_names_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_it_puts_onnx_runtime_for_gpus_in_place_by_the_command_that_refusals_name():
    assert REPAIR in README.splitlines()


def _number(cell):
    return float(cell) if re.fullmatch(r"-?\d+\.\d+", cell) else cell


def _leaves(value):
    if isinstance(value, dict):
        return [leaf for key in value for leaf in (key, *_leaves(value[key]))]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]
