"""Running sums over documents: what is kept grows with the number of groups, not of documents."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from nlp_service.contracts import Document, DocumentResult, Journey, Moment
from nlp_service.journeys.report import CurvePoint, Frequent, Group, JourneyReport, Overall
from nlp_service.journeys.statistics import RunningMean, share
from nlp_service.phrases import Language, language_of
from nlp_service.tasks.sentiment.journey import CURVE_POINTS, NEGATIVE_BELOW

Name = Callable[[str], str]
"""The name of a contact reason's code, or of a stage."""

_SCORES: Final = ("mean", "start", "peak", "valley", "end")
_DIGITS: Final = 6


@dataclass(slots=True)
class _Sums:
    """One group while documents come in."""

    mean: RunningMean = field(default_factory=RunningMean)
    negative: int = 0
    positive: int = 0
    sentences: int = 0

    def add(self, mean: float, sentences: int) -> None:
        self.mean.add(mean)
        self.negative += mean < NEGATIVE_BELOW
        self.positive += mean > -NEGATIVE_BELOW
        self.sentences += sentences


@dataclass(slots=True)
class _Moments:
    """Where documents have their peak, or their valley."""

    documents: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    reasons_of_stage: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, moment: Moment) -> None:
        self.documents += 1
        if moment.stage is not None:
            self.stages[moment.stage] += 1
        if moment.reason is not None:
            self.reasons[moment.reason] += 1
        if moment.stage is not None and moment.reason is not None:
            self.reasons_of_stage[moment.stage][moment.reason] += 1

    def reason_of(self, stage: str, name: Name) -> Frequent | None:
        """The most frequent contact reason within a stage."""
        return _most_frequent(self.reasons_of_stage.get(stage, Counter()), name)


class Aggregate:
    """Takes results in one by one."""

    def __init__(self) -> None:
        self._without_journey = 0
        self._sentences = 0
        self._scores = {name: RunningMean() for name in _SCORES}
        self._slope, self._recovery = RunningMean(), RunningMean()
        self._several = self._recovered = self._ended_negative = 0
        self._curve = [RunningMean() for _ in range(CURVE_POINTS)]
        self._peaks, self._valleys = _Moments(), _Moments()
        self._stages: dict[str, _Sums] = defaultdict(_Sums)
        self._reasons: dict[str, _Sums] = defaultdict(_Sums)
        self._channels: dict[str, _Sums] = defaultdict(_Sums)
        self._days: dict[date, _Sums] = defaultdict(_Sums)
        self._speakers: dict[str, _Sums] = defaultdict(_Sums)
        self._places: dict[str, RunningMean] = defaultdict(RunningMean)
        self._languages: Counter[str] = Counter()

    @property
    def language(self) -> Language:
        """The language of most documents whose language is known."""
        return language_of(self._languages, self._languages.total() - self._languages["und"])

    def add(self, document: Document, result: DocumentResult) -> None:
        """Take in one document; its result must have been asked for sentiment."""
        journey = result.journey
        if journey is None:
            self._without_journey += 1
            return
        said = Counter(sentence.speaker for sentence in result.sentences or ())
        self._languages[result.language] += 1
        self._sentences += said["customer"]
        self._several += said["customer"] > 1
        self._add_numbers(journey)
        customer = [sentence for sentence in result.sentences or () if sentence.speaker == "customer"]
        self._add_stages(journey, Counter(sentence.stage for sentence in customer))
        reasons = Counter(sentence.reason for sentence in customer)
        for reason, mean in journey.by_reason.items():
            self._reasons[reason].add(mean, reasons[reason])
        for speaker, mean in journey.by_speaker.items():
            self._speakers[speaker].add(mean, said[speaker])
        if document.channel:
            self._channels[document.channel].add(journey.mean, said["customer"])
        day = _day(document)
        if day is not None:
            self._days[day].add(journey.mean, said["customer"])

    def report(
        self, name: Name, stage_name: Name | None = None, *, least: int = 1, stages: Sequence[str] = ()
    ) -> JourneyReport:
        """What the documents so far come to.

        Args:
            name: of a contact reason's code.
            stage_name: of a stage; as `name`, if not given.
            least: documents that a group needs to be drawn.
            stages: the order of stages; those that aren't named come after, in the order in which documents mostly have
                them (the mean of their places, from 0 for a document's first stage to 1 for its last).
        """
        stage_name = stage_name or name
        return JourneyReport(
            documents=self._documents,
            without_journey=self._without_journey,
            sentences=self._sentences,
            least=least,
            overall=self._overall(name, stage_name),
            curve=self._mean_curve(),
            stages=[self._stage(stage, least, name, stage_name) for stage in self._order_of_stages(stages)],
            reasons=[self._reason(code, least, name) for code in _by_frequency(self._reasons)],
            channels=[self._group(key, self._channels[key], least) for key in _by_frequency(self._channels)],
            days=[self._group(day, self._days[day], least) for day in sorted(self._days)],
            speakers=[self._group(key, self._speakers[key], least) for key in _by_frequency(self._speakers)],
        )

    @property
    def _documents(self) -> int:
        return self._scores["mean"].count

    def _add_numbers(self, journey: Journey) -> None:
        for name, mean in self._scores.items():
            mean.add(getattr(journey, name))
        if journey.slope is not None:
            self._slope.add(journey.slope)
        if journey.recovery is not None:
            self._recovery.add(journey.recovery)
            self._recovered += journey.recovery > 0
        self._ended_negative += journey.end < NEGATIVE_BELOW
        for point, value in zip(self._curve, journey.curve or (), strict=bool(journey.curve)):
            point.add(value)
        if journey.valley < journey.peak:
            self._add_moments(journey)

    def _add_moments(self, journey: Journey) -> None:
        """A peak is where a customer feels well, a valley where not: the best moment of a bad talk is none."""
        if journey.peak > -NEGATIVE_BELOW:
            self._peaks.add(journey.peak_at)
        if journey.valley < NEGATIVE_BELOW:
            self._valleys.add(journey.valley_at)

    def _add_stages(self, journey: Journey, sentences: Counter[str | None]) -> None:
        for stage, mean in journey.by_stage.items():
            self._stages[stage].add(mean, sentences[stage])
        last = len(journey.by_stage) - 1
        for place, stage in enumerate(journey.by_stage):
            if last:
                self._places[stage].add(place / last)

    def _order_of_stages(self, first: Sequence[str]) -> list[str]:
        named = [stage for stage in dict.fromkeys(first) if stage in self._stages]
        # A stage that is always alone has no place; it stands in the middle.
        places = {stage: self._places[stage].mean if stage in self._places else 0.5 for stage in self._stages}
        return named + sorted(places.keys() - set(named), key=lambda stage: (places[stage], stage))

    def _overall(self, name: Name, stage_name: Name) -> Overall:
        scores = {key: mean.estimate(limit=1.0) for key, mean in self._scores.items()}
        return Overall(
            **scores,
            slope=self._slope.estimate(),
            recovery=self._recovery.estimate(limit=2.0),
            with_negative_valley=share(self._recovery.count, self._several),
            recovered=share(self._recovered, self._recovery.count),
            ended_negative=share(self._ended_negative, self._documents),
            peaks=self._peaks.documents,
            valleys=self._valleys.documents,
            peak_stage=_most_frequent(self._peaks.stages, stage_name),
            peak_reason=_most_frequent(self._peaks.reasons, name),
            valley_stage=_most_frequent(self._valleys.stages, stage_name),
            valley_reason=_most_frequent(self._valleys.reasons, name),
        )

    def _mean_curve(self) -> list[CurvePoint]:
        return [
            CurvePoint(step / (CURVE_POINTS - 1), mean.estimate(limit=1.0))
            for step, mean in enumerate(self._curve)
            if mean.count
        ]

    def _stage(self, stage: str, least: int, name: Name, stage_name: Name) -> Group:
        return replace(
            self._group(stage, self._stages[stage], least),
            name=stage_name(stage),
            peaks=self._peaks.stages[stage],
            valleys=self._valleys.stages[stage],
            peak_reason=self._peaks.reason_of(stage, name),
            valley_reason=self._valleys.reason_of(stage, name),
        )

    def _reason(self, code: str, least: int, name: Name) -> Group:
        return replace(
            self._group(code, self._reasons[code], least),
            name=name(code),
            peaks=self._peaks.reasons[code],
            valleys=self._valleys.reasons[code],
        )

    def _group(self, key: str | date, sums: _Sums, least: int) -> Group:
        estimate = sums.mean.estimate(limit=1.0)
        count = estimate.documents
        return Group(
            code=key,
            name=key,
            documents=count,
            share=round(count / self._documents, _DIGITS),
            sentences=sums.sentences,
            mean=round(sums.mean.mean, _DIGITS),
            low=estimate.low,
            high=estimate.high,
            share_negative=round(sums.negative / count, _DIGITS),
            share_positive=round(sums.positive / count, _DIGITS),
            peaks=None,
            valleys=None,
            peak_reason=None,
            valley_reason=None,
            enough=count >= least,
        )


def _by_frequency(groups: Mapping[str, _Sums]) -> list[str]:
    return sorted(groups, key=lambda key: (-groups[key].mean.count, key))


def _most_frequent(counts: Counter[str], name: Name) -> Frequent | None:
    if not counts:
        return None
    code = min(counts, key=lambda code: (-counts[code], code))
    return Frequent(code, name(code), counts[code])


def _day(document: Document) -> date | None:
    """The day of the first time that a turn gives, as written there, in its own time zone."""
    at = next((turn.at for turn in document.turns if turn.at), None)
    return datetime.fromisoformat(at).date() if at else None
