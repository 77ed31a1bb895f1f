"""The tree that the README begins with does what the README says of it, without a label."""

import re
import sys
from pathlib import Path

import pytest

from evaluation.serving import answers
from nlp_service.settings import MODELS
from training.reasons.__main__ import main

README = (MODELS.parent / "README.md").read_text(encoding="utf-8")


def test_a_tree_without_labels_tags_what_the_readme_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = re.search(r"```yaml\n(.*?)```.*?serve --reasons my-reasons\n```\n\n(.*?)\n\n", README, re.DOTALL)
    assert shown is not None
    tree, said = shown.groups()
    (tmp_path / "tree.yaml").write_text(tree, encoding="utf-8")
    command = ["training.reasons", "--taxonomy", str(tmp_path / "tree.yaml"), "--out", str(tmp_path / "my-reasons")]
    monkeypatch.setattr(sys, "argv", command)
    main()
    texts = ["我的快递等了一周了还没到", "发票的公司名写错了能改吗", "你好"]
    results, _ = answers(
        texts, lambda analysis, texts: analysis.reasons(texts, 1, None), {"reasons": tmp_path / "my-reasons"}
    )
    told = [(result.status, result.code) for result in results]
    assert told[:2] == [("tagged", "1001"), ("tagged", "2002")]
    assert told[2][0] == "review"
    assert re.search(r"{}\s.*`1001`.*{}\s.*`2002`.*{}\s.*`review`".format(*texts), said, re.DOTALL)
