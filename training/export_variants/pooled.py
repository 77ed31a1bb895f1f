"""The encoder as a PyTorch module: what is exported, and what PyTorch itself runs."""

from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import BertModel


class Pooled(torch.nn.Module):
    """A `BertModel`, mean over the tokens that aren't padding, L2 normalisation."""

    def __init__(self, bert: Any) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Vectors, shape (batch, hidden), from ids and mask, shape (batch, length)."""
        hidden = self.bert(input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask[..., None].to(hidden.dtype)
        return functional.normalize((hidden * weights).sum(dim=1) / weights.sum(dim=1), dim=1)


def read(folder: Path) -> Any:
    """The `BertModel` in a folder, in evaluation mode."""
    return BertModel.from_pretrained(folder, add_pooling_layer=False).eval()


def export(bert: Any, path: Path) -> None:
    """Write ONNX with PyTorch's own exporter, all sizes of batch and length allowed; needs `onnxscript`."""
    ids, mask = torch.ones((2, 8), dtype=torch.int64), torch.ones((2, 8), dtype=torch.int64)
    sizes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    torch.onnx.export(
        Pooled(bert).eval(),
        (ids, mask),
        path,
        input_names=["input_ids", "attention_mask"],
        output_names=["embeddings"],
        dynamic_shapes={"input_ids": sizes, "attention_mask": sizes},
        dynamo=True,
        external_data=False,
        verbose=False,
    )
