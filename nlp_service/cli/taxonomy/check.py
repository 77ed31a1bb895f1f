"""`nlp-service taxonomy check FILE`: errors, and what is worth an author's look."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli import terminal
from nlp_service.cli.options import given, settings_options
from nlp_service.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlp_service.taxonomy import Advice, Taxonomy

LINES_A_GROUP = 20
OF_THE_ENCODER = frozenset({"encoder", "engine", "device", "threads", "batch_tokens"})


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--similar/--no-similar",
    default=True,
    show_default=True,
    help="Ask the encoder which siblings are too alike to tell apart.",
)
@settings_options(without=frozenset(Settings.model_fields) - OF_THE_ENCODER)
def check(file: Path, similar: bool, **options: Any) -> None:
    """Check a taxonomy FILE: errors end with exit code 2; advice doesn't.

    Siblings are too alike when 40 % or more of a pair's examples are nearer to the other's examples and name than to
    their own; where examples are missing, when their names are more alike than those of 99 % of the pairs with
    different parents.
    """
    from nlp_service import settings as configuration
    from nlp_service import taxonomy as trees
    from nlp_service.taxonomy import advice
    from nlp_service.text import prepare

    settings = configuration.load(given(options))
    tree = trees.load(file)
    examples = {example: prepare(example) for node in tree.nodes for example in node.examples}
    found = [*advice.same_examples(tree, examples), *(_alike(tree, settings) if similar else ()), *trees.advise(tree)]
    _show(found)
    click.echo(f"{file}: {len(tree.nodes)} nodes, {len(tree.leaves)} leaves, {tree.depth} levels: sound")


def _show(found: Sequence["Advice"]) -> None:
    """Print the advice, most severe first."""
    from nlp_service.taxonomy import advice

    for group in advice.GROUPS:
        lines = [item.text for item in found if item.group == group]
        if lines:
            click.echo(f"advice: {group.title}: {len(lines)} ({group.remedy})")
        for line in lines[:LINES_A_GROUP]:
            click.echo(f"  {line}")
        if len(lines) > LINES_A_GROUP:
            click.echo(f"  and {len(lines) - LINES_A_GROUP} more")


def _alike(tree: "Taxonomy", settings: Settings) -> list["Advice"]:
    from nlp_service.taxonomy import similarity
    from nlp_service.text import prepare

    prepared = {text: prepare(text) for text in similarity.wordings(tree)}
    texts = [text for text in dict.fromkeys(prepared.values()) if text]
    return similarity.alike(tree, prepared, _vectors(texts, settings))


def _vectors(texts: Sequence[str], settings: Settings) -> dict[str, "NDArray[np.float32]"]:
    """The unit vector of each prepared text."""
    from nlp_service import artifact
    from nlp_service.assembly import available_cpus, open_encoder
    from nlp_service.embedding.batching.policy import plan

    threads = settings.threads or available_cpus()
    model = artifact.load(settings.encoder, "encoder")
    encoder = open_encoder(model, engine=settings.engine, device=settings.device, threads=threads)
    sequences = encoder.tokenize(texts)
    batches = plan([len(sequence) for sequence in sequences], settings.batch_tokens or 2048)
    vectors: dict[str, NDArray[np.float32]] = {}
    with terminal.bars(terminal.console(stderr=True)) as bars:
        for batch in bars.track(batches, description="encoding names and examples"):
            encoded = encoder.encode([sequences[position] for position in batch])
            vectors |= {texts[position]: vector for position, vector in zip(batch, encoded, strict=True)}
    return vectors
