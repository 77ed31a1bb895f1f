"""The running service: proves its encoder, and exchanges its contact-reason model under way."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from nlp_service.analysis import Analysis
from nlp_service.contracts import Encoder, Vector, Vectors
from nlp_service.errors import ConfigurationError, NotReadyError, ServiceError
from nlp_service.telemetry import Telemetry
from nlp_service.text import prepare

logger = logging.getLogger(__name__)

MIN_REFERENCE_COSINE = 0.999
DIGEST_SHOWN = 12


@dataclass
class Service:
    """A running service.

    Attributes:
        analysis: what answers now; a reload puts another in its place.
        _renewed: makes the one that would take the place of another.
    """

    analysis: Analysis
    _encoder: Encoder
    _reference: tuple[str, Vector]
    _renewed: Callable[[Analysis], Awaitable[Analysis]]
    _telemetry: Telemetry
    _reloading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _probes: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="readiness"))

    async def ready(self) -> None:
        """Encode a reference sentence past cache, queue and busy threads, and compare with the original model's vector.

        Raises:
            NotReadyError: if the encoder fails or its vector is wrong.
        """
        text, expected = self._reference

        def encode() -> Vectors:
            return self._encoder.encode(self._encoder.tokenize([prepare(text)]))

        try:
            vectors = await asyncio.get_running_loop().run_in_executor(self._probes, encode)
        except Exception as error:  # whatever a runtime raises, the answer is "not ready"
            raise NotReadyError(f"the encoder fails: {type(error).__name__}") from error
        if not float(vectors[0] @ expected) >= MIN_REFERENCE_COSINE:
            raise NotReadyError("the encoder doesn't give the vectors it was built to give")

    async def reload(self) -> None:
        """Read the contact-reason model, its taxonomy and the mapping again, and answer with them from now on.

        Requests under way end with what they began with. Reloads take turns; each reads what is there in its turn.

        Raises:
            ServiceError: if the new ones can't be read or don't pass the check; the old ones go on answering.
        """
        async with self._reloading:
            before = self.analysis.digests()
            try:
                self.analysis = await self._renewed(self.analysis)
            except Exception as error:  # whatever is wrong with the new ones, the old ones aren't
                self._telemetry.reload("refused")
                if isinstance(error, ServiceError):
                    raise
                raise ConfigurationError(f"the contact-reason model can't be used: {type(error).__name__}") from error
            self._telemetry.reload("swapped")
            after = self.analysis.digests()
            changes = [
                f"{name} {before[name][:DIGEST_SHOWN]} -> {after[name][:DIGEST_SHOWN]}"
                for name in ("reasons", "taxonomy")
            ]
            logger.info("reloaded: %s", ", ".join(changes))

    async def close(self) -> None:
        """End the threads of its own; the encoder, and what clusters in another process, are still there then."""
        await asyncio.to_thread(self._probes.shutdown, cancel_futures=True)
        await asyncio.to_thread(self.analysis.close)
