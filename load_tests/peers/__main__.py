"""`python -m load_tests.peers`: the whole benchmark in one command."""

import argparse
import hashlib
import os
import shlex
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from load_tests.peers import chats, contenders, embeddings, picture, report, texts
from load_tests.peers.chats import Results
from load_tests.peers.client import PeerError
from load_tests.peers.contenders import Contender, Models
from load_tests.peers.embeddings import Result
from load_tests.peers.report import Run
from load_tests.peers.servers import Environments, convert, serving

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ("embeddings", "chats")


def main() -> None:
    """Command line."""
    given = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that no server is left behind
    folder = given.report.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        environments = _environments(given)
        models = _models(given, environments)
        peers = contenders.peers(environments, models, given.peers)
        if not given.prepare:
            run = _run(given, environments, models, peers, folder)
            report.write(run, folder)
            picture.draw(run, folder / "report.png")
            print((folder / "report.md").read_text(encoding="utf-8"))
    except (PeerError, OSError, ValueError) as error:
        sys.exit(f"error: {error}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load_tests.peers", description=__doc__)
    add = parser.add_argument
    add("--transcripts", type=Path, default=ROOT / "tests/fixtures/transcripts.jsonl", help="chats, JSON Lines")
    add("--seconds", type=float, default=2.5, help="time of each measurement (default 2.5)")
    add("--rounds", type=int, default=3, help="times that everybody is measured, in turn (default 3)")
    add("--sentences", type=int, default=4000, help="different sentences to take from the chats (default 4000)")
    add("--connections", type=int, default=8, help="chats sent at once (default 8)")
    add("--only", choices=PARTS, help="one of the two parts")
    add(
        "--peers",
        nargs="+",
        default=[],
        choices=sorted(contenders.PEERS),
        metavar="PEER",
        help=f"these only: {', '.join(contenders.PEERS)}",
    )
    add("--report", type=Path, default=ROOT / "runs/load/peers", help="folder of report.md, .json, .png")
    add("--cache", type=Path, default=ROOT / "runs/load/peers", help="folder of environments and converted models")
    add("--artifact", type=Path, default=ROOT / "models/encoder", help="folder of our encoder")
    add("--service-command", default=f"{ROOT}/.venv/bin/nlp-service serve", help="what starts our server")
    add("--python", action="append", default=[], metavar="NAME=PATH", help="use this interpreter instead of making one")
    add("--prepare", action="store_true", help="make environments and models, and stop")
    return parser.parse_args()


def _environments(given: argparse.Namespace) -> Environments:
    interpreters = {}
    for entry in given.python:
        name, separator, path = entry.partition("=")
        if not separator:
            raise PeerError(f"--python {entry}: not NAME=PATH")
        interpreters[name] = Path(path).absolute()
    return Environments(given.cache.absolute() / "venvs", interpreters)


def _models(given: argparse.Namespace, environments: Environments) -> Models:
    """The networks in the peers' own formats, made where they aren't there yet."""
    folder = given.cache.absolute() / "models" / _digest(given.artifact)
    models = Models(given.artifact.absolute(), folder / "encoder", folder / "encoder-onnx", folder / "base")
    convert(environments, models.artifact, models.checkpoint, models.onnx, models.base)
    return models


def _digest(artifact: Path) -> str:
    """Short name of an encoder's content, so that another encoder is converted anew."""
    return hashlib.sha256((artifact / "manifest.json").read_bytes()).hexdigest()[:12]


def _run(
    given: argparse.Namespace, environments: Environments, models: Models, peers: list[Contender], folder: Path
) -> Run:
    """Measure what was asked for."""
    about = report.machine()
    logs = folder / "logs"
    server = contenders.ours(given.service_command, "as it comes")
    corpus = _corpus(given, server, logs)
    results: list[Result] = []
    if given.only != "chats":
        uncached = contenders.ours(given.service_command, "its memory cache off", "--cache-entries", "0")
        results = embeddings.measure(
            [uncached, *peers], corpus.all_sentences, seconds=given.seconds, rounds=given.rounds, logs=logs
        )
    on_chats: Results | None = None
    if given.only != "embeddings":
        three = contenders.three_models(environments, models)
        setup = chats.Setup(server, three, environments.python("onnxruntime"), models.artifact, given.connections)
        on_chats = chats.measure(setup, corpus, seconds=given.seconds, rounds=given.rounds, folder=logs)
    about |= {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": shlex.join([Path(sys.executable).name, "-m", "load_tests.peers", *sys.argv[1:]]),
        "transcripts": given.transcripts.name,
        "chats": len(corpus.chats),
        "sentences": len(corpus.all_sentences),
        "rounds": given.rounds,
        "seconds": given.seconds,
        "connections": given.connections,
        "load_average_after": os.getloadavg()[0],
    }
    return Run(
        about, {peer.name: environments.versions(*peer.needs) for peer in peers if peer.needs}, results, on_chats
    )


def _corpus(given: argparse.Namespace, server: Contender, logs: Path) -> texts.Corpus:
    """Chats without a repeated sentence, as our server splits them."""
    documents = texts.read_transcripts(given.transcripts)
    with serving(server.command, server.environment, server.ready, logs / "split.log") as port:
        corpus = texts.without_repetition(texts.copies(documents), partial(chats.split_by, port), given.sentences)
    if not corpus.chats:
        raise PeerError(f"{given.transcripts}: too few different sentences")
    return corpus


if __name__ == "__main__":
    main()
