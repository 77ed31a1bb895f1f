"""What the README shows is what the service does."""

import csv
import json
import re
from pathlib import Path

import pytest

from nlp_service.embedding.encoder.onnx import REPAIR

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
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


def test_every_make_target_it_names_exists():
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
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
