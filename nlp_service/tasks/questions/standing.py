"""Whether a sentence that was cut out of a conversation says by itself what is asked: "how long?" doesn't.

People answer in fragments. A cluster of fragments has no subject, so nobody could name it, or write a page that answers
it. In research on conversations such questions are called context-dependent or, rewritten with what they lack,
self-contained (Anantha et al., "Open-Domain Question Answering Goes Conversational via Question Rewriting", 2021).
"""

from collections.abc import Sequence
from typing import Final

from nlp_service.artifact import Artifact
from nlp_service.contracts import Ngrams, Vectors
from nlp_service.sentence_head import SentenceHead

STANDINGS: Final = ("dependent", "vague", "self_contained")
"""What is asked can't be told from the sentence, can be guessed, can be told."""
_MOST_DEPENDENT: Final = 0.4


class Standing:
    """Reads an artefact of kind `questions`."""

    def __init__(self, artifact: Artifact, *, encoder_digest: str) -> None:
        self._head = SentenceHead.from_artifact(artifact, encoder_digest=encoder_digest, labels=STANDINGS)

    def stand_alone(self, vectors: Vectors, ngrams: Sequence[Ngrams]) -> list[bool]:
        """Whether what is asked can be told, or guessed, from each sentence, by its vector and its n-grams."""
        dependent = self._head.probabilities(vectors, ngrams)[:, STANDINGS.index("dependent")]
        return [probability <= _MOST_DEPENDENT for probability in dependent.tolist()]
