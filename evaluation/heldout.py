"""Which rows are kept for validation: decided by a row's own text, so that training and evaluation always agree."""

import hashlib


def is_held_out(key: str, share: float) -> bool:
    """Whether the row with this key (its text, or a group's name) belongs to the held-out `share` of its set.

    The same for every file order, machine and run; a row moved into another file keeps its side.
    """
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32
