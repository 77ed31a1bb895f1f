"""Tests that need the `train` extra: `make test-training`."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]

PIECES = (
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    *"我要退货换水壶坏了发票开物流快递慢到哪里谢您好吗呢的，。？abcdefghijklmnopqrstuvwxyz",
)


@pytest.fixture(autouse=True)
def denormal_numbers() -> Iterator[None]:
    """Give the process its tiny numbers back: training turns them off, and hypothesis wants them."""
    import torch

    yield
    torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT with 2 layers of 32, with a tokenizer of single characters, as a transformers folder."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(PIECES),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer = Tokenizer(models.Unigram([(piece, -1.0) for piece in PIECES], unk_id=3))
    tokenizer.add_special_tokens(list(PIECES[:4]))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """A data folder with one small labelled file of our own."""
    texts = {
        "return": ("我要退货", "水壶坏了要退", "退货要到哪里", "坏了退货"),
        "delivery": ("快递到哪里了", "物流慢", "快递慢的", "我的快递到哪里"),
    }
    rows = [{"text": text, "label": label} for label, examples in texts.items() for text in examples * 4]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "tickets.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path
