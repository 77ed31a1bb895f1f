"""The encoder without weights."""

from nlp_service.embedding.encoder.fake import FakeEncoder


def test_its_identity_follows_its_configuration():
    digests = {FakeEncoder(*sizes).info.digest for sizes in [(8, 16), (8, 17), (9, 16), (8, 16)]}
    assert len(digests) == 3


def test_its_vectors_are_the_same_in_every_instance(same):
    sequences = FakeEncoder(8).tokenize(["退款", "发票"])
    assert same(FakeEncoder(8).encode(sequences), FakeEncoder(8).encode(sequences))
    assert sequences == [[0, ord("退"), ord("款"), 2], [0, ord("发"), ord("票"), 2]]


def test_it_has_the_dimension_and_the_length_asked_for():
    encoder = FakeEncoder(dimension=5, max_tokens=4)
    sequences = encoder.tokenize(["x" * 100])
    assert len(sequences[0]) == 4
    assert encoder.encode(sequences).shape == (1, 5)
