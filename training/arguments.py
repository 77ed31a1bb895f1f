"""Values that options of several commands take."""

import argparse


def share(text: str) -> float:
    """A share that leaves something: at least 0, less than 1."""
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("needs to be at least 0 and less than 1")
    return value
