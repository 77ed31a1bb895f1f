"""Names in the caller's own words, made fit to be shown: on one line, without characters that control anything."""

_UNNAMED = "?"


def one_line(name: str) -> str:
    """The name's printable characters; what isn't printable ends a word."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split()) or _UNNAMED
