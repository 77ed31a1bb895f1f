from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from nlp_service.heads import softmax
from nlp_service.lexicon import Lexicon
from nlp_service.sentence_head import pooled
from nlp_service.text import BUCKETS, ngrams, prepare
from training import lexicon
from training.lexicon import RARE, Words
from training.texts import words_of

THINGS = ("快递", "客服", "退款", "发货", "配送", "安装")
LABELS = ("negative", "neutral", "positive")
SAID = {
    "negative": [f"{thing}{how}慢" for thing in THINGS for how in ("真", "好")],
    "neutral": [f"{thing}{how}" for thing in THINGS for how in ("在哪查", "找谁问")],
    "positive": [f"{thing}{how}快" for thing in THINGS for how in ("真", "好")],
}
SEVERAL = ["物流真慢。客服说话很好听！", "Very slow. The rider was kind, thanks! 下次还来"]


def _words(said: dict[str, list[str]], considered: Sequence[int] = (1, 1, 1)) -> Words:
    texts = [text for some in said.values() for text in some]
    given = [label for label, some in said.items() for _ in some]
    targets = np.array([[label == one for one in LABELS] for label in given], dtype=np.float32)
    mask = np.tile(np.array(considered, dtype=np.float32), (len(texts), 1))
    return Words(words_of(texts), targets, mask, np.ones(len(texts), dtype=np.float32))


def _fit(words: Words, most: int = 1000) -> Lexicon:
    return lexicon.fit(words, decay=1e-4, most=most)


def _said_of(fitted: Lexicon, text: str) -> NDArray[np.float32]:
    return fitted.logits([ngrams(prepare(text))])[0]


def _buckets(texts: Sequence[str]) -> set[int]:
    return {int(bucket) for text in texts for bucket in ngrams(prepare(text))}


def test_the_word_that_decides_is_learned() -> None:
    fitted = _fit(_words(SAID))

    assert LABELS[_said_of(fitted, "师傅上门慢").argmax()] == "negative"
    assert LABELS[_said_of(fitted, "师傅上门快").argmax()] == "positive"
    assert LABELS[_said_of(fitted, "师傅在哪查").argmax()] == "neutral"
    assert (fitted.biases == 0).all()
    assert (np.diff(fitted.buckets) > 0).all()


def test_the_same_texts_give_the_same_lexicon() -> None:
    one, other = _fit(_words(SAID)), _fit(_words(SAID))

    assert (one.buckets == other.buckets).all()
    assert one.weights.tobytes() == other.weights.tobytes()


def test_ngrams_of_few_texts_are_left_out() -> None:
    rare, frequent = "慢得离谱", "快得惊人"
    said = {"negative": [f"{rare}第{at}次" for at in range(RARE - 1)], "positive": [frequent] * RARE}
    known = set(_fit(_words(said)).buckets.tolist())

    assert _buckets([frequent]) <= known
    assert known.isdisjoint(_buckets([rare]) - _buckets([frequent]))


def test_texts_of_two_labels_say_nothing_about_the_third() -> None:
    reviews = {label: SAID[label] for label in ("negative", "positive")}
    left_open, denied = _fit(_words(reviews, considered=(1, 0, 1))), _fit(_words(reviews))

    assert (left_open.weights[:, 1] == 0).all()
    assert np.abs(left_open.weights[:, 0]).max() > 1
    assert denied.weights[:, 1].max() < 0


def test_heavy_texts_win_over_light_ones() -> None:
    words = _words({"negative": ["一般般"] * 8, "positive": ["一般般"] * 8})

    for weights, label in (((1, 4), "positive"), ((4, 1), "negative")):
        weighed = replace(words, weights=np.repeat(np.float32(weights), 8))
        assert LABELS[_said_of(_fit(weighed), "一般般").argmax()] == label


def test_of_too_many_ngrams_the_telling_ones_are_kept() -> None:
    words = _words(SAID)
    kept, all_of_them = _fit(words, most=3), _fit(words)
    by_label = [_buckets(texts) for texts in SAID.values()]
    labels_with = [sum(bucket in some for some in by_label) for bucket in all_of_them.buckets.tolist()]

    assert len(kept.buckets) == 3
    assert set(kept.buckets.tolist()) <= set(all_of_them.buckets.tolist())
    assert max(labels_with) == 3
    assert all(sum(bucket in some for some in by_label) == 1 for bucket in kept.buckets.tolist())


def test_training_judges_a_sentence_as_the_service_does() -> None:
    fitted = _fit(_words(SAID))
    texts = ["快递真慢", "客服好快", "退款找谁问", "Where is it?"]
    served = np.log(softmax(fitted.logits([ngrams(prepare(text)) for text in texts]).astype(np.float64)))

    assert lexicon.log_probabilities(fitted, words_of(texts)) == pytest.approx(served, abs=1e-5)


def test_training_judges_several_sentences_as_the_service_pools_them() -> None:
    fitted = _fit(_words(SAID))
    sentences = ["快递真慢。", "不过客服找谁问都回得好快！"]
    served = softmax(fitted.logits([ngrams(prepare(text)) for text in sentences]).astype(np.float64))
    whole = pooled(served, np.array([len(text) for text in sentences]))

    assert lexicon.log_probabilities(fitted, words_of(["".join(sentences)]))[0] == pytest.approx(
        np.log(whole), abs=1e-5
    )


def test_louder_is_louder() -> None:
    fitted = _fit(_words(SAID))

    assert np.allclose(lexicon.scaled(fitted, 0.25).weights, fitted.weights / 4)
    assert _said_of(lexicon.scaled(fitted, 2.0), "快递真慢") == pytest.approx(
        2 * _said_of(fitted, "快递真慢"), abs=1e-5
    )


def test_chosen_texts_keep_their_rows_targets_and_weights() -> None:
    words = _words(SAID, considered=(1, 0, 1))
    chosen = words.targets[:, 2] > 0
    some = words.select(chosen)

    assert some.rows.shape == (len(SAID["positive"]), BUCKETS)
    assert abs(some.rows - words_of(SAID["positive"])).max() == 0
    assert (some.targets[:, 2] == 1).all()
    assert (len(some.considered), len(some.weights)) == (len(SAID["positive"]),) * 2


def test_a_sentences_ngrams_share_one_over_the_root_of_their_number() -> None:
    buckets = ngrams(prepare("物流真慢。"))
    row = words_of(["物流真慢。"])

    assert sorted(row.indices) == buckets.tolist()
    assert row.data == pytest.approx(1 / np.sqrt(len(buckets)))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (SEVERAL[0], ["物流真慢。", "客服说话很好听！"]),
        (SEVERAL[1], ["Very slow.", "The rider was kind, thanks!", "下次还来"]),
    ],
)
def test_a_text_is_the_mean_of_its_sentences_by_the_root_of_their_lengths(text: str, sentences: list[str]) -> None:
    shares = np.sqrt([len(sentence) for sentence in sentences])
    mean = sparse.csr_matrix(shares / shares.sum()) @ words_of(sentences)

    assert abs(words_of([text]) - mean).max() < 1e-7


def test_texts_dont_mix() -> None:
    together = words_of(SEVERAL)

    for row, text in enumerate(SEVERAL):
        assert abs(together[row] - words_of([text])).max() == 0


def test_a_text_without_a_sentence_is_refused() -> None:
    with pytest.raises(ValueError, match="without a sentence"):
        words_of(["快递真慢", " "])
