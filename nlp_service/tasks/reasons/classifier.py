"""From sentence vectors to probabilities of contact reasons."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlp_service.artifact import Artifact
from nlp_service.contracts import Ngrams, Vectors
from nlp_service.errors import ArtifactError, ConfigurationError
from nlp_service.heads import HEAD, Head, softmax
from nlp_service.lexicon import LEXICON, Lexicon
from nlp_service.tasks.reasons.blending import Calibration, blend, calibrated
from nlp_service.tasks.reasons.inheritance import Inheritance, inherited_directions, new_nodes
from nlp_service.tasks.reasons.prototypes import Centres, Prototypes, directions, texts_of
from nlp_service.tasks.reasons.tree import Tree
from nlp_service.taxonomy import Changes, Taxonomy

OUT_OF_SCOPE = "out_of_scope"
"""The head's label for text that belongs to no code."""
PROTOTYPES = "prototypes.safetensors"
"""In the artefact: `centre` and `names_centre` of shape (dimension,), `directions` of shape (codes, dimension)."""


class ReasonClassifier:
    """Reads an artefact of kind `reasons` against a taxonomy, its own or a newer one.

    Args:
        changes: how the newer taxonomy came about from the artefact's own.
        vectors: of the texts that `new_texts` names for the same artefact, taxonomy and changes.
        precision: which of the artefact's target precisions its thresholds are to hold.

    Raises:
        ArtifactError: if a code of the artefact is in the taxonomy no more and the changes don't say what became of it.
        ConfigurationError: if the artefact has no thresholds for this precision.
    """

    def __init__(
        self,
        artifact: Artifact,
        taxonomy: Taxonomy,
        *,
        encoder_digest: str,
        precision: float,
        changes: Changes | None = None,
        vectors: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> None:
        changes = changes or Changes()
        _check(artifact, taxonomy, encoder_digest, changes)
        known, stored = artifact.config["codes"], artifact.tensors(PROTOTYPES)
        new = new_nodes(known, taxonomy, changes)
        made = directions(new, taxonomy, vectors or {}, Centres(stored["centre"], stored["names_centre"]))
        inherited = inherited_directions(known, stored["directions"], taxonomy, changes)
        codes = [*inherited, *(node.code for node in new)]
        self._head = _head(artifact, encoder_digest)
        self._lexicon = _lexicon(artifact, len(self._head.labels))
        self._out = [column for column, label in enumerate(self._head.labels) if label == OUT_OF_SCOPE]
        self._inheritance = Inheritance.of(self._head.labels, codes, taxonomy, changes, but=OUT_OF_SCOPE)
        self._prototypes = Prototypes(stored["centre"], np.vstack([*inherited.values(), made]))
        self._calibration = Calibration.from_config(artifact.config["calibration"])
        self.tree = Tree(taxonomy, codes, _thresholds(artifact, precision), self._calibration.in_scope)

    def classify(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> NDArray[np.float64]:
        """Probability of each code for each sentence, shape (sentences, codes); the rest to 1 is out of scope.

        Args:
            vectors: shape (sentences, dimension). ngrams: of the same sentences, prepared (`text.ngrams`).
        """
        cosines = self._prototypes.cosines(vectors)
        by_label = self._by_label(vectors, ngrams) if self._head.labels else np.zeros((len(vectors), 0))
        by_head, retired = self._inheritance.pass_on(by_label, cosines, self._calibration.scale)
        out_of_scope = by_label[:, self._out].sum(axis=1)
        distributions, odds = blend(by_head, out_of_scope, cosines, self._inheritance.known, self._calibration)
        probabilities = calibrated(distributions, odds, self.tree.levels, self._calibration)
        # What was about a retired code is about none of the others because of that.
        return np.asarray(probabilities * (1 - retired)[:, None])

    def likeliest(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> list[str | None]:
        """The likeliest code for each sentence, None where it is likelier that there is none; as `classify`."""
        if not self.tree.codes:
            return [None] * len(vectors)
        rows = self.classify(vectors, ngrams)
        best = rows.argmax(axis=1).tolist()
        in_scope = rows.max(axis=1) > 1 - rows.sum(axis=1)
        return [self.tree.codes[column] if told else None for column, told in zip(best, in_scope, strict=True)]

    def _by_label(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> NDArray[np.float64]:
        logits = self._head.logits(vectors)
        return softmax(logits if self._lexicon is None else logits + self._lexicon.logits(ngrams))


def new_texts(artifact: Artifact, taxonomy: Taxonomy, changes: Changes | None = None) -> list[str]:
    """The texts of codes that the artefact has no direction for: what has to be encoded before it can be read."""
    return [
        text
        for node in new_nodes(artifact.config["codes"], taxonomy, changes or Changes())
        for part in texts_of(node, taxonomy)
        for text in part
    ]


def check_codes(artifact: Artifact, taxonomy: Taxonomy, changes: Changes) -> None:
    """Refuse a taxonomy that lacks codes of the artefact.

    Raises:
        ArtifactError: if a code isn't in it and the changes don't say what became of it.
    """
    lost = [code for code in artifact.config["codes"] if code not in changes.mapping and taxonomy.resolve(code) is None]
    if lost:
        raise ArtifactError(
            f"{artifact.folder}: the taxonomy '{taxonomy.id}' lacks {', '.join(lost[:5])}: "
            "a mapping file says what became of a code"
        )


def _head(artifact: Artifact, encoder_digest: str) -> Head:
    return Head.from_artifact(artifact, encoder_digest=encoder_digest) if HEAD in artifact.files else Head((), ())


def _lexicon(artifact: Artifact, labels: int) -> Lexicon | None:
    return Lexicon.from_artifact(artifact, labels=labels) if LEXICON in artifact.files else None


def _check(artifact: Artifact, taxonomy: Taxonomy, encoder_digest: str, changes: Changes) -> None:
    if PROTOTYPES not in artifact.files:
        raise ArtifactError(f"{artifact.folder}: has no {PROTOTYPES}, it was made before version 2: train it again")
    trained_on = str(artifact.config.get("encoder_digest"))
    if trained_on != encoder_digest:
        raise ArtifactError(
            f"{artifact.folder}: trained on encoder {trained_on[:12]}, not on {encoder_digest[:12]}: train it again"
        )
    check_codes(artifact, taxonomy, changes)


def _thresholds(artifact: Artifact, precision: float) -> Sequence[float]:
    """The thresholds that hold a target precision."""
    offered: Mapping[str, Sequence[float]] = artifact.config["thresholds"]
    for name, thresholds in offered.items():
        if float(name) == precision:
            return thresholds
    raise ConfigurationError(
        f"{artifact.folder}: has thresholds for a target precision of {', '.join(offered)}; asked for {precision:g}"
    )
