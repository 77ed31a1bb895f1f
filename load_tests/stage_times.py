"""What the service says in its `Server-Timing` headers, added up over a Locust run, its workers included."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from load_tests.figures import TIMING

REPORT_KEY = "server_timing"


@dataclass
class StageTimes:
    """Sums of what the `Server-Timing` headers of successful answers say.

    Attributes:
        answers: number of answers with the header, by request name.
        seen: number of those that name a stage, by request name and stage.
        milliseconds: their sum, by request name and stage.
    """

    answers: Counter[str] = field(default_factory=Counter)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    milliseconds: dict[tuple[str, str], float] = field(default_factory=dict)

    def on_request(self, name: str, response: Any = None, exception: Any = None, **_: Any) -> None:
        """Read one answer's header."""
        header = (getattr(response, "headers", None) or {}).get("Server-Timing")
        if exception is not None or not header:
            return
        self.answers[name] += 1
        for stage, duration in TIMING.findall(header):
            self._add(name, stage, 1, float(duration))

    def on_report_to_master(self, data: dict[str, Any], **_: Any) -> None:
        """Hand the sums to the master and begin anew."""
        stages = [(*key, self.seen[key], total) for key, total in self.milliseconds.items()]
        data[REPORT_KEY] = {"answers": dict(self.answers), "stages": stages}
        self.answers.clear()
        self.seen.clear()
        self.milliseconds.clear()

    def on_worker_report(self, data: dict[str, Any], **_: Any) -> None:
        """Take over a worker's sums."""
        report = data.get(REPORT_KEY, {"answers": {}, "stages": []})
        self.answers.update(report["answers"])
        for name, stage, count, total in report["stages"]:
            self._add(name, stage, count, total)

    def table(self) -> str:
        """Means over all answers to a request; a stage that an answer does not name counts as 0 there."""
        lines = ["", "Server-Timing, means", f"{'request':<24}{'answers':>9}  {'stage':<20}{'ms':>10}{'seen in':>10}"]
        for (name, stage), total in sorted(self.milliseconds.items(), key=lambda entry: (entry[0][0], -entry[1])):
            answers = self.answers[name]
            share = self.seen[name, stage] / answers
            lines.append(f"{name:<24}{answers:>9}  {stage:<20}{total / answers:>10.2f}{share:>10.0%}")
        return "\n".join(lines if self.milliseconds else [*lines, "no answer had the header"])

    def _add(self, name: str, stage: str, count: int, milliseconds: float) -> None:
        self.seen[name, stage] += count
        self.milliseconds[name, stage] = self.milliseconds.get((name, stage), 0.0) + milliseconds
