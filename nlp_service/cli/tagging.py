"""What works on the parts of `nlp-service tag`: a service, and how it is asked. One a process."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from nlp_service.cli.groups import grouped
from nlp_service.cli.transcripts import parser, problem
from nlp_service.errors import OverloadedError, UnusableLineError

if TYPE_CHECKING:
    from nlp_service.analysis import Analysis
    from nlp_service.batch import Line, Row
    from nlp_service.contracts import Document, DocumentResult, Feature
    from nlp_service.settings import Settings

FEATURES: "Final[tuple[Feature, ...]]" = ("reasons", "sentiment", "questions")
UNASKED: Final = frozenset({"faq"})
"""The models that a row doesn't depend on."""
DOCUMENTS_AT_ONCE: Final = 32
GROUPS_AT_ONCE: Final = 3
"""While one group is split and judged, the encoder works on the others."""
MOST_PATIENCE_S: Final = 5.0

Numbered = tuple[int, "Document"]


class Tagger:
    """Tags the lines of parts.

    Args:
        as_table: whether lines are rows of a table of tickets.
        answering: what answers: all that a row depends on, besides its document.
    """

    def __init__(self, analysis: "Analysis", answering: Mapping[str, str], *, as_table: bool) -> None:
        self.answering = answering
        self.slots = 1
        self._analysis = analysis
        self._parse = parser(is_table=as_table)

    async def tag(self, lines: "Sequence[Line]") -> bytes:
        """The content of the part that these lines become."""
        from nlp_service.batch import Part, Refused

        documents: list[Numbered] = []
        refused: list[Refused] = []
        for number, content in lines:
            found = self._document(content)
            if isinstance(found, str):
                refused.append(Refused(number, found))
            else:
                documents.append((number, found))
        return Part(await self._rows(documents), refused).content()

    def _document(self, content: bytes | str) -> "Document | str":
        """A line's document, or why it can't be used."""
        if isinstance(content, str):
            return content
        try:
            return self._parse(content)
        except (UnusableLineError, ValidationError, UnicodeDecodeError) as error:
            return problem(error)

    async def _rows(self, documents: Sequence[Numbered]) -> "list[Row]":
        from nlp_service.batch import row
        from nlp_service.calls import Call, calling

        room = asyncio.Semaphore(GROUPS_AT_ONCE)

        async def rows(group: Sequence[Numbered]) -> "list[Row]":
            async with room:
                results = await self._results([document for _, document in group])
            return [row(document, line, result) for (line, document), result in zip(group, results, strict=True)]

        groups = grouped(documents, lambda numbered: numbered[1].characters, DOCUMENTS_AT_ONCE)
        # Threads of the bulk lane are nice: on a machine that others use too they'd get next to nothing. Whoever wants
        # that says `nice`.
        with calling(Call("interactive")):
            return list(chain.from_iterable(await asyncio.gather(*map(rows, groups))))

    async def _results(self, documents: "Sequence[Document]") -> "list[DocumentResult]":
        while True:
            try:
                return await self._analysis.analyze(documents, FEATURES)
            except OverloadedError as error:  # by the other groups
                await asyncio.sleep(min(error.retry_after_s, MOST_PATIENCE_S))


@asynccontextmanager
async def tagger(options: dict[str, Any], *, as_table: bool) -> AsyncIterator[Tagger]:
    """A tagger in this process, by settings as `settings.load` takes them.

    Raises:
        ConfigurationError: as `assembly.running`.
    """
    from nlp_service import settings as configuration
    from nlp_service.assembly import running
    from nlp_service.telemetry import Telemetry

    settings = configuration.load(options)
    async with running(settings, Telemetry()) as service:
        yield Tagger(service.analysis, _answering(settings, service.analysis), as_table=as_table)


def _answering(settings: "Settings", analysis: "Analysis") -> dict[str, str]:
    from importlib.metadata import version

    digests = {name: digest for name, digest in analysis.digests().items() if name not in UNASKED}
    encoders = {f"precision of the {model.task}": model.precision for model in analysis.models() if model.precision}
    mapping = settings.taxonomy_mapping
    return {
        "nlp-service": version("nlp-service"),
        "engine": settings.engine,
        **encoders,
        "--reasons-precision": str(settings.reasons_precision),
        "taxonomy mapping": hashlib.sha256(mapping.read_bytes()).hexdigest() if mapping else "none",
        **digests,
    }
