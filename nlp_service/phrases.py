"""Fixed texts of reports in the languages that reports are written in."""

from collections.abc import Mapping
from typing import Final, Literal

Language = Literal["en", "zh-Hans", "zh-Hant"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh-Hans", "zh-Hant")


class Phrases:
    """Texts in one language.

    Args:
        texts: by key, in the order of `LANGUAGES`; a bar divides singular from plural, by the value `n`.
    """

    def __init__(self, texts: Mapping[str, tuple[str, str, str]], language: Language) -> None:
        self.language = language
        self._texts = texts
        self._column = LANGUAGES.index(language)

    def __call__(self, key: str, /, **values: str | int) -> str:
        """A text with its values filled in; numbers get separators."""
        text = self._texts[key][self._column]
        if "|" in text:
            one, many = text.split("|")
            text = one if values["n"] == 1 else many
        return text.format(
            **{name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        )


def language_of(found: Mapping[str, int], total: int) -> Language:
    """The language to report in: Chinese if most texts are, in the script of most of those.

    Args:
        found: texts by language. total: all of them.
    """
    simplified, traditional = found.get("zh-Hans", 0), found.get("zh-Hant", 0)
    if 2 * (simplified + traditional) <= total:
        return "en"
    return "zh-Hant" if traditional > simplified else "zh-Hans"
