"""Export a transformers folder to ONNX as Optimum does: float32, last hidden states, batch and length free."""

import sys
from pathlib import Path

import torch
from transformers import BertModel

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def main() -> None:
    """Command line: the folder, whose weights `model.onnx` takes the place of."""
    folder = Path(sys.argv[1])
    # The eager attention is the pattern that ONNX Runtime knows and fuses.
    model = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager").eval()
    example = torch.ones(2, 8, dtype=torch.int64)
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        model,
        (dict.fromkeys(INPUTS, example),),
        str(folder / "model.onnx"),
        input_names=list(INPUTS),
        output_names=["last_hidden_state"],
        dynamic_axes=dict.fromkeys([*INPUTS, "last_hidden_state"], axes),
        opset_version=17,
        dynamo=False,
    )
    (folder / "model.safetensors").unlink()


if __name__ == "__main__":
    main()
