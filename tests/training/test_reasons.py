import json
from pathlib import Path
from types import SimpleNamespace

from nlp_service import taxonomy
from training.reasons.rows import read_rows

TREE = Path("models/reasons/retail.yaml")


def _write(path: Path, texts: list[str], label: str) -> Path:
    rows = [json.dumps({"text": text, "label": label}, ensure_ascii=False) for text in texts]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_figures_come_from_the_rows_to_calibrate_on_alone(tmp_path: Path) -> None:
    tree = taxonomy.load(TREE)
    code = tree.leaves[0].code
    options = SimpleNamespace(
        seed=0,
        train=[_write(tmp_path / "train.jsonl", ["什么时候发货呀", "还没发货吗"], code)],
        calibrate=[_write(tmp_path / "calibrate.jsonl", ["几号才发货"], code)],
        valid=[],
        extra=[],
        out_of_scope=[],
    )
    measured = [row.text for row in read_rows(tree, options) if row.is_measured]
    without = [row.text for row in read_rows(tree, SimpleNamespace(**{**vars(options), "calibrate": []}))]

    assert measured == ["几号才发货"]
    assert {"什么时候发货呀", "还没发货吗"} < set(without)
    assert "几号才发货" not in without
