"""What people decided: checked against the taxonomy, and joined with what was decided before."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nlp_service.errors import DataError
from nlp_service.lines import numbered_lines
from nlp_service.review.files import replacing
from nlp_service.review.labels import NONE, Labels, folded
from nlp_service.review.tables import SEPARATOR, Reviewed
from nlp_service.taxonomy import Changes, Taxonomy
from nlp_service.text import prepare

SOURCE: Final = "review"
_OUT_OF_SCOPE: Final = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Decision:
    """A text and its code, None for out of scope."""

    text: str
    code: str | None
    id: str | None


@dataclass(slots=True)
class Decided:
    """The decisions of a table by prepared text.

    Attributes:
        skipped: rows without a label, or with one that was to be skipped.
        proposed: rows where the model's proposal is known. agreed: those of them where people decided the same.
        gone: rows by code, of codes that were split or retired.
    """

    decisions: dict[str, Decision]
    skipped: int = 0
    proposed: int = 0
    agreed: int = 0
    gone: Counter[str] = field(default_factory=Counter)

    def compare(self, proposal: str | None, code: str | None, labels: Labels) -> None:
        """Count whether people agree with the model, where it proposed something."""
        if proposal is not None:
            self.proposed += 1
            self.agreed += labels.now(proposal) == (code,) if proposal else code is None


@dataclass(slots=True)
class Joined:
    """Rows of labelled text, and how many decisions they hold that weren't there, were others, or were the same."""

    rows: list[Mapping[str, Any]]
    new: int = 0
    changed: int = 0
    confirmed: int = 0


def decide(
    rows: Iterable[Reviewed],
    taxonomy: Taxonomy,
    changes: Changes | None = None,
    *,
    skip_unknown: bool = False,
    has_scope: bool = True,
) -> Decided:
    """Read people's labels: code, name, alias or a pasted alternative; `out_of_scope` or a dash; "" for not reviewed.

    What is none of them as it stands is one if it is so for `Labels`.

    Args:
        changes: from an older tree, whose codes may stand in the table; those that one code took the place of are read
            as that one, rows of others are counted and left out.
        has_scope: whether a text may be out of it.

    Raises:
        DataError: one line for every row whose label isn't known (unless these are skipped) or contradicts another row
            of the same text.
    """
    labels = Labels(taxonomy, changes)
    decided, places, problems = Decided({}), dict[str, str](), list[str]()
    for row in rows:
        problem, code = _code(row.label, labels, taxonomy, has_scope) if row.label else ("", None)
        if not row.label or (problem and skip_unknown):
            decided.skipped += 1
            continue
        if labels.is_gone(code):
            decided.gone[code or ""] += 1
            continue
        key = prepare(row.text)
        if not problem and not key:
            problem = "has a label but no text"
        if not problem and key in decided.decisions and decided.decisions[key].code != code:
            problem = f"decides otherwise than {places[key]}, for the same text"
        if problem:
            problems.append(f"{row.where}: {problem}")
            continue
        places.setdefault(key, row.where.rpartition(": ")[2])
        decided.decisions.setdefault(key, Decision(row.text, code, row.id))
        decided.compare(row.proposal, code, labels)
    if problems:
        raise DataError("\n".join(problems))
    return decided


def join(
    existing: Sequence[Mapping[str, Any]], decided: Decided, taxonomy: Taxonomy, changes: Changes | None = None
) -> Joined:
    """Existing rows with the decisions on their texts, other fields kept, then the decisions on new texts."""
    labels, joined, known = Labels(taxonomy, changes), Joined([]), set[str]()
    for row in existing:
        key = prepare(row["text"])
        decision = decided.decisions.get(key)
        if decision is None:
            joined.rows.append(row)
            continue
        joined.rows.append({**row, "label": decision.code, "source": SOURCE})
        if key not in known:
            is_same = _meaning(row["label"], labels) == decision.code
            joined.confirmed += is_same
            joined.changed += not is_same
        known.add(key)
    for key, decision in decided.decisions.items():
        if key not in known:
            joined.new += 1
            row = {"text": decision.text, "label": decision.code, "source": SOURCE}
            joined.rows.append(row if decision.id is None else {**row, "id": decision.id})
    return joined


def read_labelled(path: Path) -> list[Mapping[str, Any]]:
    """The rows of a file of labelled text, JSON Lines, with all their fields.

    Raises:
        DataError: naming file and line, never the text.
    """
    rows: list[Mapping[str, Any]] = []
    for number, line in numbered_lines(path):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise DataError(f"{path}: line {number}: not valid JSON") from None
        if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "label" not in row:
            raise DataError(f"{path}: line {number}: needs a 'text' (string) and a 'label'")
        rows.append(row)
    return rows


def write_labelled(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write labelled text as JSON Lines, whole or not at all.

    Raises:
        DataError: if it can't be written.
    """
    with replacing(path) as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _code(label: str, labels: Labels, taxonomy: Taxonomy, has_scope: bool) -> tuple[str, str | None]:
    """What is wrong with a label, "" if nothing; and the code that it means now, None for out of scope.

    A code that is gone is the one that it was.
    """
    label = label.partition(SEPARATOR)[0].strip() if label not in taxonomy else label
    if folded(label).strip(NONE) in ("", _OUT_OF_SCOPE):
        return "" if has_scope else "nothing is out of scope here: one of the labels is needed", None
    code = labels.code(label)
    if code is None:
        return _unknown(label, labels, taxonomy), None
    if labels.is_gone(code):
        return "", code
    places = labels.now(code)
    return ("", places[0]) if places else (f"'{code}' is no longer active", None)


def _unknown(label: str, labels: Labels, taxonomy: Taxonomy) -> str:
    namesakes = labels.namesakes(label)
    if namesakes:
        return f"more than one node has this name: write {' or '.join(namesakes)}"
    hint = labels.nearest(label)
    return f"the label is neither a code, a name nor an alias of taxonomy '{taxonomy.id}'{hint}"


def _meaning(label: Any, labels: Labels) -> Any:
    """The code that a label in a file means now; the label itself if it is none, None for out of scope."""
    if not isinstance(label, str) or not label:
        return None
    places = labels.now(labels.code(label) or label)
    return places[0] if len(places) == 1 else label
