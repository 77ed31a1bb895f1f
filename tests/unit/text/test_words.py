"""Words and their parts of speech."""

import pytest

from nlp_service.text.words import part_of_speech, word_spans


def found(text, **options):
    return [text[start:end] for start, end in word_spans(text, **options)]


def test_chinese_words_come_first_then_words_of_letters_and_numbers_are_none():
    assert found("my-app 客服 12 don't 态度x1") == ["客服", "态度", "my-app", "don't", "x1"]


def test_unknown_words_are_guessed_or_left_in_characters():
    assert found("扣费") == ["扣费"]
    assert found("扣费", guess_unknown=False) == ["扣", "费"]


@pytest.mark.parametrize(("word", "tag"), [("态度", "n"), ("服务", "vn"), ("便宜", "a"), ("扣费", ""), ("", "")])
def test_the_dictionary_gives_the_part_of_speech(word, tag):
    assert part_of_speech(word) == tag
