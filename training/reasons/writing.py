"""The artefact: head, lexicon, directions, calibration, and the tree it was made for beside them."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from safetensors.numpy import save

from evaluation.reporting import command_line
from nlp_service import artifact
from nlp_service.heads import HEAD
from nlp_service.lexicon import LEXICON
from nlp_service.tasks.reasons import PROTOTYPES
from nlp_service.tasks.reasons.blending import Calibration
from nlp_service.tasks.reasons.prototypes import Centres
from nlp_service.text import NGRAMS_VERSION
from training.reasons.fitting import Fitted


def write(
    options: argparse.Namespace,
    encoder_digest: str,
    codes: Sequence[str],
    fitted: Fitted,
    centres: Centres,
    calibration: Calibration,
    thresholds: Mapping[str, Sequence[float]],
) -> str:
    """Write the artefact into `options.out`; its digest.

    The taxonomy isn't fingerprinted as part of the model: renaming a node or adding one needs no training.
    """
    options.out.mkdir(parents=True, exist_ok=True)
    files = [PROTOTYPES]
    if fitted.head.labels:
        fitted.head.save(options.out)
        files.append(HEAD)
    if fitted.lexicon is not None:
        fitted.lexicon.save(options.out)
        files.append(LEXICON)
    tensors = {"centre": centres.messages, "names_centre": centres.names, "directions": fitted.prototypes.directions}
    (options.out / PROTOTYPES).write_bytes(save(tensors))
    copy = options.out / options.taxonomy.name
    if copy.resolve() != options.taxonomy.resolve():
        copy.write_bytes(options.taxonomy.read_bytes())
    config: dict[str, Any] = {
        "labels": list(fitted.head.labels),
        "codes": list(codes),
        "ngrams": NGRAMS_VERSION,
        "encoder_digest": encoder_digest,
        "taxonomy": options.taxonomy.name,
        "thresholds": {target: list(values) for target, values in thresholds.items()},
        "calibration": calibration.to_config(),
        "seed": options.seed,
    }
    artifact.write(
        options.out,
        kind="reasons",
        name=options.taxonomy.stem,
        version=options.version,
        files=files,
        config=config,
        command=command_line("training.reasons"),
    )
    return artifact.load(options.out, "reasons").digest
