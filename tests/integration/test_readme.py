"""What the README shows is what the service does."""

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


def test_every_make_target_it_names_exists():
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_it_puts_onnx_runtime_for_gpus_in_place_by_the_command_that_refusals_name():
    assert REPAIR in README.splitlines()


def _leaves(value):
    if isinstance(value, dict):
        return [leaf for key in value for leaf in (key, *_leaves(value[key]))]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]
