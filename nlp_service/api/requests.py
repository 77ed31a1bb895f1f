"""The request bodies. Unknown fields and silent conversions (a number as text) are refused.

Lists stop at their first unacceptable item: otherwise a hostile body of millions of them costs minutes of error texts.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from nlp_service import contracts
from nlp_service.api import limits
from nlp_service.contracts import FEATURES, PERSONAL_DATA, Event, Feature, Kind, PersonalData, Probability, Speaker
from nlp_service.errors import InvalidInputError
from nlp_service.jobs import Work

T = TypeVar("T", bound=str)

_FREED_AT_ONCE = 1_000


def _time(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("time", "Input should be an ISO 8601 date or time") from None
    return value


def _distinct(values: list[T]) -> list[T]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("distinct", "Items should be distinct")
    return values


def _whole(value: Any) -> Any:
    """3.0 is an integer to JSON Schema, and to writers that know only one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _document_form(value: Any) -> str:
    return "@turns" if isinstance(value, dict) and value.get("turns") is not None else "@text"


def _input_form(value: Any) -> str:
    return "@one" if isinstance(value, str) else "@many"


Text = Annotated[str, Field(max_length=limits.MAX_TEXT_LENGTH, description="may be empty: then it is `skipped`")]
Texts = Annotated[list[Text], Field(min_length=1, max_length=limits.MAX_TEXTS, fail_fast=True)]
Label = Annotated[str, Field(max_length=limits.MAX_LABEL_LENGTH)]
Time = Annotated[
    str,
    Field(
        max_length=limits.MAX_TIME_LENGTH,
        description="ISO 8601, e.g. 2025-03-01T10:30:00+08:00; the zone may be left out",
        json_schema_extra={"format": "date-time"},
    ),
    AfterValidator(_time),
]
TopK = Annotated[int, Field(ge=1, le=limits.MAX_TOP_K), BeforeValidator(_whole)]
Questions = Annotated[int, Field(ge=0, le=limits.MAX_PREVIOUS_QUESTIONS)]
LeastSize = Annotated[int, Field(ge=2, le=limits.MAX_JOB_QUESTIONS), BeforeValidator(_whole)]
Dimensions = Annotated[int, Field(ge=1), BeforeValidator(_whole)]
QuestionText = Annotated[str, Field(max_length=limits.MAX_QUESTION_LENGTH)]
EmbeddingText = Annotated[str, Field(min_length=1, max_length=limits.MAX_EMBEDDING_LENGTH)]
EmbeddingTexts = Annotated[
    list[EmbeddingText], Field(min_length=1, max_length=limits.MAX_EMBEDDING_INPUTS, fail_fast=True)
]


class RequestModel(BaseModel):
    """What all requests and their parts have in common."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _few_fields(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > limits.MAX_FIELDS:
            raise PydanticCustomError("too_many_fields", "Input has too many fields")
        return value


def field_names(model: type[BaseModel]) -> set[str]:
    """Of a model and all that are made from it."""
    return set(model.model_fields).union(*map(field_names, model.__subclasses__()))


class Turn(RequestModel):
    """What one speaker said before another did."""

    speaker: Speaker
    text: Text
    at: Time | None = None
    stage: Annotated[Label | None, Field(description="stage of the customer's journey, in your own words")] = None

    def record(self) -> contracts.Turn:
        """As the analysis takes it."""
        return contracts.Turn(speaker=self.speaker, text=self.text, at=self.at, stage=self.stage)


class DocumentParts(RequestModel):
    """What both forms of a document have in common."""

    id: Annotated[Label | None, Field(description="comes back in the result")] = None
    language: Annotated[Literal["zh-Hans", "zh-Hant", "en"] | None, Field(description="found out if not given")] = None
    channel: Annotated[Label | None, Field(description="e.g. phone, chat, e-mail")] = None


class TextDocument(DocumentParts):
    """A document of one text by the customer."""

    text: Text
    turns: None = None

    def record(self) -> contracts.Document:
        """As the analysis takes it."""
        turns = (contracts.Turn(speaker="customer", text=self.text),)
        return contracts.Document(turns, id=self.id, language=self.language, channel=self.channel)


class TranscriptDocument(DocumentParts):
    """A document of several turns."""

    turns: Annotated[list[Turn], Field(max_length=limits.MAX_TURNS, fail_fast=True)]
    text: None = None

    def record(self) -> contracts.Document:
        """As the analysis takes it."""
        turns = tuple(turn.record() for turn in self.turns)
        return contracts.Document(turns, id=self.id, language=self.language, channel=self.channel)


Document = Annotated[
    Annotated[TextDocument, Tag("@text")] | Annotated[TranscriptDocument, Tag("@turns")],
    Discriminator(_document_form),
]


class AnalyzeRequest(RequestModel):
    """Documents, each with exactly one of `text` and `turns`."""

    documents: Annotated[list[Document], Field(min_length=1, max_length=limits.MAX_DOCUMENTS, fail_fast=True)]
    features: Annotated[
        list[Feature],
        Field(min_length=1, max_length=len(FEATURES), fail_fast=True, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_distinct),
    ] = list(FEATURES)


class ReasonsRequest(RequestModel):
    """Texts whose contact reasons are wanted."""

    texts: Texts
    top_k: Annotated[TopK, Field(description="number of alternatives")] = 3
    taxonomy: Annotated[Label | None, Field(description="id of a loaded taxonomy")] = None


class SentimentRequest(RequestModel):
    """Texts whose sentiment is wanted."""

    texts: Texts


class RedactRequest(RequestModel):
    """Texts whose personal data is to be masked."""

    texts: Annotated[
        list[Annotated[str, Field(max_length=limits.MAX_TEXT_LENGTH, description="may be empty")]],
        Field(min_length=1, max_length=limits.MAX_TEXTS, fail_fast=True),
    ]
    types: Annotated[
        list[PersonalData],
        Field(
            min_length=1,
            max_length=len(PERSONAL_DATA),
            fail_fast=True,
            description="what is masked; everything if not given. None at all is refused: a list that is empty by "
            "mistake would give texts back with all that is in them",
            json_schema_extra={"uniqueItems": True},
        ),
        AfterValidator(_distinct),
    ] = list(PERSONAL_DATA)


class ClusterQuestion(RequestModel):
    """A question to be clustered."""

    id: Annotated[Label | None, Field(description="unique in the request; the position if not given")] = None
    text: QuestionText
    at: Time | None = None


class PreviousCluster(RequestModel):
    """A cluster as an earlier answer gave it. Fields that another version of this service added are ignored."""

    model_config = ConfigDict(extra="ignore")

    id: str
    name: str
    representative: QuestionText
    size: Annotated[Questions, BeforeValidator(_whole)]
    share: Probability
    kind: Kind
    keywords: Annotated[list[str], Field(fail_fast=True)]
    members: Annotated[list[str], Field(fail_fast=True)]
    stability: Probability
    event: Event
    wordings: Annotated[list[QuestionText], Field(max_length=limits.MAX_WORDINGS, fail_fast=True)] = []
    reach: Annotated[Questions | None, BeforeValidator(_whole)] = None
    theme: str | None = None
    generated_name: str | None = None

    def record(self) -> contracts.Cluster:
        """As the analysis takes it."""
        return contracts.Cluster(**dict(self))


class PreviousGone(RequestModel):
    """What an earlier answer said of a cluster that was gone; one that hasn't merged may come back."""

    model_config = ConfigDict(extra="ignore")

    id: str
    name: str
    event: Literal["died", "quiet", "merged"]
    wordings: Annotated[list[QuestionText], Field(max_length=limits.MAX_WORDINGS, fail_fast=True)] = []
    generated_name: str | None = None
    quiet_runs: Annotated[Questions, BeforeValidator(_whole)] = 0

    def records(self) -> list[contracts.Cluster]:
        """As the analysis takes it; none if it isn't known by its wordings."""
        if self.event == "merged" or not self.wordings or not self.quiet_runs:
            return []
        gone = contracts.GoneCluster(self.id, self.name, self.event, [], None, self.wordings)
        return [replace(gone, generated_name=self.generated_name, quiet_runs=self.quiet_runs).record()]


class ClusterRequest(RequestModel):
    """Questions to be grouped by what they ask."""

    questions: Annotated[
        list[ClusterQuestion], Field(min_length=1, max_length=limits.MAX_CLUSTER_QUESTIONS, fail_fast=True)
    ]
    previous: Annotated[
        list[PreviousCluster],
        Field(
            max_length=limits.MAX_PREVIOUS_CLUSTERS,
            fail_fast=True,
            description="`clusters` of an earlier answer: clusters that live on keep their ids",
        ),
    ] = []
    previous_gone: Annotated[
        list[PreviousGone],
        Field(
            max_length=limits.MAX_PREVIOUS_GONE,
            fail_fast=True,
            description="`gone` of that answer: what was quiet or had died and comes back keeps its id and name",
        ),
    ] = []
    previous_sample: Annotated[
        list[QuestionText],
        Field(
            max_length=limits.MAX_PREVIOUS_SAMPLE,
            fail_fast=True,
            description="`sample` of that answer: new topics are told from those that it had overlooked",
        ),
    ] = []
    least_size: Annotated[
        LeastSize | None,
        Field(description="smallest number of questions in a cluster; grows with their number if not given"),
    ] = None

    def earlier(self) -> Iterator[contracts.Cluster]:
        """The clusters of the earlier answer as the analysis takes them, then those that were quiet."""
        known = {cluster.id for cluster in self.previous}
        yield from (cluster.record() for cluster in self.previous)
        yield from (one for gone in self.previous_gone if gone.id not in known for one in gone.records())

    def items(self) -> list[contracts.QuestionItem]:
        """The questions as the analysis takes them, each with an id.

        Raises:
            InvalidInputError: if two have the same.
        """
        seen: set[str] = set()
        items = []
        for position, question in enumerate(self.questions):
            item = contracts.QuestionItem(
                str(position) if question.id is None else question.id, question.text, question.at
            )
            if item.id in seen:
                raise InvalidInputError("the id is that of an earlier question", f"/questions/{position}/id")
            seen.add(item.id)
            items.append(item)
        return items


class ClusterJobRequest(ClusterRequest):
    """Very many questions to be grouped by what they ask; the largest body may set a lower limit."""

    questions: Annotated[
        list[ClusterQuestion], Field(min_length=1, max_length=limits.MAX_JOB_QUESTIONS, fail_fast=True)
    ]

    def work(self) -> Work:
        """The questions and what is known of the earlier ones, as a job takes them; raises as `items`.

        To be called once: the request gives up its questions, in parts. Freed at once, a hundred thousand hold the
        interpreter's lock for 40 ms.
        """
        work = Work(self.items(), list(self.earlier()), self.least_size, self.previous_sample)
        while self.questions:
            del self.questions[-_FREED_AT_ONCE:]
        return work


class SuggestRequest(RequestModel):
    """Questions that the knowledge base may answer."""

    questions: Annotated[list[QuestionText], Field(min_length=1, max_length=limits.MAX_FAQ_QUESTIONS, fail_fast=True)]
    top_k: Annotated[TopK, Field(description="number of suggestions")] = 3
    knowledge_base: Annotated[Label | None, Field(description="id of a loaded knowledge base")] = None


class EmbeddingsRequest(RequestModel):
    """OpenAI's request; token ids as input aren't supported."""

    input: Annotated[
        Annotated[EmbeddingText, Tag("@one")] | Annotated[EmbeddingTexts, Tag("@many")], Discriminator(_input_form)
    ]
    model: Annotated[Label, Field(description="the encoder's name as `/v1/models` shows it, or `default`")]
    encoding_format: Annotated[Literal["float", "base64"], Field(description="base64: little-endian float32")] = "float"
    dimensions: Annotated[Dimensions | None, Field(description="must be the encoder's")] = None
    user: Annotated[Label | None, Field(description="accepted and ignored")] = None

    @property
    def texts(self) -> list[str]:
        """The input as a list."""
        return [self.input] if isinstance(self.input, str) else self.input
