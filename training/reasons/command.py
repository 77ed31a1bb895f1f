"""The options of `python -m training.reasons`."""

import argparse
from pathlib import Path
from typing import Any

from training.reasons.fitting import LEAST_STEPS


def parser(description: str) -> argparse.ArgumentParser:
    """All options; every list may stay empty."""
    made = argparse.ArgumentParser(
        prog="python -m training.reasons", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    files: dict[str, Any] = {"type": Path, "nargs": "*", "default": []}
    made.add_argument("--taxonomy", type=Path, required=True, help="the tree: YAML")
    made.add_argument(
        "--taxonomy-mapping",
        type=Path,
        help="what became of the codes of an older tree, YAML: labels may be those; rows of split and retired ones are "
        "left out",
    )
    made.add_argument("--train", **files, help="labelled texts: JSONL, CSV or Parquet; a null label is out of scope")
    made.add_argument("--valid", **files, help="labelled texts to calibrate on, never trained on")
    made.add_argument("--calibrate", **files, help="labelled texts to train on and, cross-validated, to calibrate on")
    made.add_argument("--extra", **files, help="labelled texts of lesser weight, e.g. in another language")
    made.add_argument("--extra-rows", type=int, default=60, help="of each label of each such file (%(default)s)")
    made.add_argument("--out-of-scope", **files, help="texts that belong to no code")
    made.add_argument("--out-of-scope-rows", type=int, default=500, help="of each such file (%(default)s)")
    made.add_argument("--out", type=Path, required=True, help="folder of the artefact")
    made.add_argument("--report", type=Path, help="folder of the report (default: --out; without --train none)")
    made.add_argument(
        "--audit", type=Path, help="write the labels that look wrong of the texts calibrated on: .csv or .jsonl"
    )
    made.add_argument("--encoder", type=Path, default=Path("models/encoder"), help="default: %(default)s")
    made.add_argument(
        "--mode",
        choices=("head", "full"),
        default="head",
        help="head: the encoder stays as it is; full: one is fine-tuned too, into --out/encoder (%(default)s)",
    )
    made.add_argument("--noisy", action="store_true", help="labels may be wrong: tolerate it, estimate how many are")
    made.add_argument(
        "--refusals",
        type=float,
        default=0.005,
        help="share of rightly classified texts that may be refused as out of scope (%(default)s)",
    )
    made.add_argument("--messages", **files, help="without --train: unlabelled texts like those to be classified")
    made.add_argument(
        "--epochs",
        type=int,
        default=20,
        help=f"of the head, at least (%(default)s); of few texts as many as make {LEAST_STEPS} steps",
    )
    made.add_argument("--threads", type=int, default=2)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--version", default="0")
    full = made.add_argument_group("--mode full")
    full.add_argument(
        "--source",
        help="fine-tune this instead of --encoder: 'packages' (12 layers: slower, more capacity), the folder of an "
        "encoder artefact, or a BERT checkpoint's folder or hub name",
    )
    full.add_argument("--passes", type=_positive, default=20, help="over the texts (%(default)s)")
    full.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="cuda: in bfloat16 (%(default)s)")
    full.add_argument("--resume", action="store_true", help="go on from the last saved step in --out/run")
    return made


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("needs to be at least 1")
    return value
