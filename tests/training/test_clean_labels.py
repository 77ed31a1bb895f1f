import argparse
import json
import random
from pathlib import Path

import pytest

from training.clean_labels import clean, read_posteriors, row_key

TOPICS = {
    "refund": ("我要退款", "钱什么时候退给我", "退款怎么还没到账", "申请退钱", "退款进度查一下"),
    "delivery": ("快递到哪了", "包裹什么时候送到", "物流三天没动了", "还没收到货", "快递员电话多少"),
    "invoice": ("帮我开发票", "发票抬头写错了", "电子发票在哪下载", "要专用发票", "发票什么时候寄"),
}
OPENINGS = ("", "你好，", "请问", "麻烦，", "在吗，", "那个，")


@pytest.mark.parametrize("blind", [True, False])
def test_most_wrong_labels_are_seen_through(tmp_path: Path, blind: bool) -> None:
    chance = random.Random(0)
    right, rows = [], []
    for opening in OPENINGS:
        for topic, texts in TOPICS.items():
            for text in texts:
                given = chance.choice(sorted(set(TOPICS) - {topic})) if chance.random() < 0.25 else topic
                right.append(topic)
                rows.append({"text": opening + text, "label": given})
    train = tmp_path / "noisy.jsonl"
    train.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")

    clean(
        argparse.Namespace(
            train=[train],
            encoder=[Path("models/encoder")],
            blind=blind,
            epochs=40,
            seed=0,
            threads=1,
            out=tmp_path / "out",
        )
    )

    labels, posteriors = read_posteriors(tmp_path / "out")
    likeliest = [labels[posteriors[row_key(row["text"], row["label"])].argmax()] for row in rows]
    wrong_before = sum(row["label"] != topic for row, topic in zip(rows, right, strict=True))
    wrong_after = sum(label != topic for label, topic in zip(likeliest, right, strict=True))
    assert wrong_before >= 10
    assert wrong_after <= wrong_before / 2
