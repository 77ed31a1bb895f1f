"""Trim a unigram tokenizer to the pieces that prepared Chinese and English need.

Kept are the special tokens, every piece of Han characters that preparation leaves as it is (it turns Traditional ones
into Simplified ones), digits, punctuation and emoji, every piece used to spell
a frequent English word or written like a brand (iPhone, USB), and every single character of any script. A text whose
best segmentation uses kept pieces only is tokenised exactly as before; other scripts fall back to single characters
instead of the unknown token.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from tokenizers import Tokenizer

from nlp_service.text import to_simplified
from training.checkpoint import Checkpoint

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_LETTERS = re.compile(r"[A-Za-z']+")
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
WORD_BOUNDARY = "▁"
WORDS = "embeddings.word_embeddings.weight"


def trim(tokenizer: str) -> tuple[str, list[int]]:
    """Trim the text of a `tokenizer.json`.

    Returns:
        The trimmed text, and for each kept piece the row it had in the word table.
    """
    content: dict[str, Any] = json.loads(tokenizer)
    vocabulary: list[list[Any]] = content["model"]["vocab"]
    english = _pieces_of(Tokenizer.from_str(tokenizer), _english_words())
    rows = [row for row, (piece, _) in enumerate(vocabulary) if _keep(piece, english)]
    content["model"]["vocab"] = [vocabulary[row] for row in rows]
    content["model"]["unk_id"] = SPECIAL.index("<unk>")
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] in SPECIAL]
    if [content["model"]["vocab"][token["id"]][0] for token in content["added_tokens"]] != list(SPECIAL):
        raise ValueError(f"this tokenizer doesn't begin with the special tokens {SPECIAL}")
    return json.dumps(content, ensure_ascii=False), rows


def trimmed(source: Checkpoint) -> Checkpoint:
    """The checkpoint with its tokenizer and word table trimmed."""
    tokenizer, rows = trim(source.tokenizer)
    return replace(source, tokenizer=tokenizer, tensors={**source.tensors, WORDS: source.tensors[WORDS][rows]})


def _keep(piece: str, english: frozenset[str]) -> bool:
    body = piece.replace(WORD_BOUNDARY, "")
    if piece in SPECIAL or len(body) <= 1:
        return True
    if _HAN.search(body):
        return not _KANA.search(body) and to_simplified(body) == body
    if _LETTERS.fullmatch(body):
        brand_like = not (body.islower() or body.istitle())
        return brand_like or piece in english
    return all(character.isascii() or not character.isalpha() for character in body)


def _pieces_of(tokenizer: Tokenizer, words: Iterable[str]) -> frozenset[str]:
    return frozenset(
        piece for encoding in tokenizer.encode_batch(list(words), add_special_tokens=False) for piece in encoding.tokens
    )


def _english_words() -> Iterator[str]:
    from wordfreq import iter_wordlist

    for word in iter_wordlist("en", wordlist="large"):
        if word.isascii():
            yield word
            yield word.capitalize()
            yield word.upper()
