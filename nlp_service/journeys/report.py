"""What many journeys come to. The JSON file has these shapes.

The unit is the document: a group's mean is the mean over documents of each one's mean there, so a long conversation
weighs as much as a short one, and the interval is over documents, because the sentences of one conversation resemble
each other.
"""

from dataclasses import dataclass
from datetime import date

from nlp_service.journeys.statistics import Estimate, Share


@dataclass(frozen=True, slots=True)
class Frequent:
    """What documents have most often, and how many do; the first by code of equals."""

    code: str
    name: str
    documents: int


@dataclass(frozen=True, slots=True)
class Group:
    """A stage, contact reason, channel, day or speaker.

    Attributes:
        code: a contact reason's code, a stage as sentences have it, else the name.
        documents: those that have a sentence of the customer (of this speaker, for speakers) here.
        share: of all documents with a journey.
        sentences: of the customer (of this speaker, for speakers) here.
        mean, low, high: see `Estimate`.
        share_negative, share_positive: documents whose mean here is beyond the margin of
            `tasks.sentiment.journey.NEGATIVE_BELOW`, on either side.
        peaks, valleys: documents that have their peak or valley here, as `Overall` counts them; null but for stages and
            contact reasons.
        peak_reason, valley_reason: the contact reason that these have most often; null but for stages.
        enough: whether there are as many documents as were asked for; others aren't drawn.
    """

    code: str | date
    name: str | date
    documents: int
    share: float
    sentences: int
    mean: float
    low: float | None
    high: float | None
    share_negative: float
    share_positive: float
    peaks: int | None
    valleys: int | None
    peak_reason: Frequent | None
    valley_reason: Frequent | None
    enough: bool


@dataclass(frozen=True, slots=True)
class Overall:
    """All documents together.

    Attributes:
        slope: over documents of three sentences and more.
        recovery: over documents that have one, see `tasks.sentiment.journey`.
        with_negative_valley: of all documents of two sentences and more.
        recovered: of those with a negative valley, the ones that ended above it.
        ended_negative: of all documents.
        peaks, valleys: documents of which one is counted: their scores differ, and the highest is positive, the lowest
            negative, beyond the margin of `tasks.sentiment.journey.NEGATIVE_BELOW`.
        peak_stage, peak_reason, valley_stage, valley_reason: where most of these have it.
    """

    mean: Estimate
    start: Estimate
    peak: Estimate
    valley: Estimate
    end: Estimate
    slope: Estimate
    recovery: Estimate
    with_negative_valley: Share
    recovered: Share
    ended_negative: Share
    peaks: int
    valleys: int
    peak_stage: Frequent | None
    peak_reason: Frequent | None
    valley_stage: Frequent | None
    valley_reason: Frequent | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The mean of the documents' smoothed curves at one position, 0 for the first sentence, 1 for the last."""

    position: float
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class JourneyReport:
    """Everything that is known about the journeys of many documents.

    Attributes:
        documents: those with a journey.
        without_journey: those in which the customer says nothing.
        sentences: of customers.
        least: documents that a group needs to be drawn.
        stages: in their order; reasons, channels and speakers: the most frequent first; days: in order.
    """

    documents: int
    without_journey: int
    sentences: int
    least: int
    overall: Overall
    curve: list[CurvePoint]
    stages: list[Group]
    reasons: list[Group]
    channels: list[Group]
    days: list[Group]
    speakers: list[Group]
