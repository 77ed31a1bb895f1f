"""The report: one HTML file that needs nothing else, for people; report.json has the same for programs."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from load_tests import figures, plots
from load_tests.records import Record

_TILES = {
    "requests_per_s": ("answers a second", "{:,.1f}"),
    "sentences_per_s": ("sentences a second", "{:,.0f}"),
    "p50_ms": ("median", "{:,.1f} ms"),
    "p95_ms": ("95th percentile", "{:,.1f} ms"),
    "p99_ms": ("99th percentile", "{:,.1f} ms"),
    "refused_share": ("refused (429)", "{:.1%}"),
}
_PHASE_COLUMNS = {
    "requests": "requests",
    "offered_per_s": "offered /s",
    "requests_per_s": "answered /s",
    "sentences_per_s": "sentences /s",
    "p50_ms": "p50 ms",
    "p95_ms": "p95 ms",
    "p99_ms": "p99 ms",
    "p999_ms": "p99.9 ms",
    "max_ms": "max ms",
    "sent_late_p99_ms": "sent late, p99 ms",
}
_SERVER_COLUMNS = {
    "server_cpus": "CPUs",
    "rss_mib": "MiB at the end",
    "rss_peak_mib": "MiB at most",
    "encoded_sequences_per_s": "encoded /s",
    "batch_sequences_mean": "a batch",
    "padding_share": "padding",
    "cache_hit_share": "cache hits",
    "queue_tokens_peak": "tokens waiting at most",
}
_STYLE = """
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1d2733;--dim:#5d6875;--line:#e1e5ea;
--good:#1f7a54;--bad:#b3263e}
@media(prefers-color-scheme:dark){:root{--page:#12161b;--card:#1a2027;--ink:#e4e9ef;--dim:#97a3b0;--line:#2c353f;
--good:#4fc08d;--bad:#ff7a8a}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1160px;margin:0 auto;padding:32px 24px 64px}h1{font-size:27px;margin:0;letter-spacing:-.01em}
h2{font-size:16px;margin:36px 0 12px}.question{color:var(--dim);font-size:17px;margin:2px 0 0}
.dim{color:var(--dim);font-size:13px;margin:8px 0 0}
header{display:flex;justify-content:space-between;gap:24px;align-items:flex-start}
.badge{white-space:nowrap;padding:6px 14px;border-radius:99px;font-weight:600;color:#fff;background:#1f7a54}
.badge.broken{background:#b3263e}
.tiles,.pictures{display:grid;gap:14px}.tiles{grid-template-columns:repeat(auto-fit,minmax(150px,1fr));margin-top:24px}
.pictures{grid-template-columns:repeat(auto-fit,minmax(min(480px,100%),1fr))}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.tile b{display:block;font-size:22px;font-variant-numeric:tabular-nums}.tile span{color:var(--dim);font-size:13px}
figure{margin:0}figcaption{font-weight:600;font-size:13.5px}figcaption small{font-weight:400;color:var(--dim)}
svg{width:100%;height:auto;display:block;margin-top:6px}
.scroll{overflow-x:auto;padding:4px 16px}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{padding:7px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{color:var(--dim);font-weight:500}th:first-child,td:first-child{text-align:left}tr:last-child td{border-bottom:0}
.kept{color:var(--good)}.miss{color:var(--bad);font-weight:600}ul{margin:0;padding-left:20px}
footer{color:var(--dim);font-size:13px;margin-top:36px}code{font-size:12.5px;overflow-wrap:anywhere}
"""


def write_report(path: Path, result: Mapping[str, Any], records: Sequence[Record]) -> None:
    """Write a scenario's result as a page."""
    path.write_text(page(result, records), encoding="utf-8")


def page(result: Mapping[str, Any], records: Sequence[Record]) -> str:
    """The whole page."""
    broken = sum(not objective["kept"] for objective in result["objectives"])
    verdict = "all objectives kept" if not broken else f"{broken} of {len(result['objectives'])} objectives broken"
    name = escape(result["scenario"])
    parts = [
        f"<header><div><h1>{name}</h1><p class=question>{escape(result['question'])}</p></div>"
        f'<span class="badge{" broken" if broken else ""}">{verdict}</span></header>',
        _tiles(result["figures"], result["background"]),
        _notes(result["notes"]),
        _section("Objectives", _objectives(result["objectives"])),
        _section("In the course of time", _pictures(result, records)),
        _section("Phases", _table("phase", result["phases"], _PHASE_COLUMNS)),
        _section("Statuses", _statuses(result["phases"])),
        _section("Stages on the server (Server-Timing), mean and 95th percentile in ms", _stages(result["phases"])),
        _section("Servers", _table("", {row["command"]: row for row in result["servers"]}, _SERVER_COLUMNS)),
        _section("All figures", _figures(result["figures"])),
        _footer(result),
    ]
    content = "".join(parts)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name} – load test</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><main>{content}</main></html>\n'
    )


def _tiles(found: Mapping[str, Any], background: str) -> str:
    tiles = (
        f"<div class='card tile'><b>{form.format(found[name])}</b><span>{label}</span></div>"
        for name, (label, form) in _TILES.items()
        if found.get(name) is not None
    )
    left_out = f"<p class=dim>{escape(background)} requests left out</p>" if background else ""
    return f"<div class=tiles>{''.join(tiles)}</div>{left_out}"


def _notes(notes: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return _section("Please note", f"<div class=card><ul>{items}</ul></div>") if items else ""


def _objectives(objectives: Iterable[Mapping[str, Any]]) -> str:
    rows = [
        [
            f"<code>{escape(objective['figure'])}</code>",
            _cell(objective["value"]),
            f"{'≤' if objective['bound'] == 'max' else '≥'} {objective['limit']:g}",
            "<span class=kept>✓ kept</span>" if objective["kept"] else "<span class=miss>✗ broken</span>",
        ]
        for objective in objectives
    ]
    return _rows(["figure", "measured", "objective", ""], rows)


def _pictures(result: Mapping[str, Any], records: Sequence[Record]) -> str:
    rows, watched = result["by_second"], result["watched"]
    begins: dict[str, float] = {}
    for part in result["phases"].values():
        begins.setdefault(part["phase"], part["begins"])
    background = result["background"]
    left_out = f"; {background} requests left out" if background else ""
    groups = figures.parts(records, background)
    pictures = [
        ("Latency", f"of what was due in each second{left_out}", plots.latency_over_time(rows, begins)),
        ("Latency by percentile", "each phase", plots.distribution(groups)),
        ("Answers", "by status", plots.statuses_over_time(rows, begins)),
        ("Sentences", "answered, and encoded for it", plots.sentences_over_time(rows, watched, begins)),
        ("Queue", "tokens waiting for the encoder", plots.queue_over_time(watched, begins)),
        (
            "Cache and padding",
            "no line where nothing was looked up: memory answered before",
            plots.shares_over_time(watched, begins),
        ),
        ("Memory", "of all the server's processes", plots.memory_over_time(watched, begins)),
        ("CPU", "of all the server's processes", plots.cpu_over_time(watched, begins)),
    ]
    cards = (
        f"<figure class=card><figcaption>{title} <small>{text}</small></figcaption>{svg}</figure>"
        for title, text, svg in pictures
    )
    return f"<div class=pictures>{''.join(cards)}</div>"


def _table(corner: str, rows: Mapping[str, Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    cells = [[escape(name), *(_cell(row.get(column), column) for column in columns)] for name, row in rows.items()]
    return _rows([corner, *columns.values()], cells)


def _statuses(phases: Mapping[str, Mapping[str, Any]]) -> str:
    names = sorted({status for phase in phases.values() for status in phase.get("statuses", {})})
    head = ["phase", *("no answer" if name == "0" else name for name in names)]
    rows = [
        [escape(phase), *(_cell(summary.get("statuses", {}).get(name, 0)) for name in names)]
        for phase, summary in phases.items()
    ]
    return _rows(head, rows)


def _stages(phases: Mapping[str, Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(stage for phase in phases.values() for stage in phase["stages"]))
    if not names:
        return "<div class=card>The server sent no Server-Timing header.</div>"
    rows = []
    for phase, summary in phases.items():
        found = [summary["stages"].get(name) for name in names]
        rows.append([escape(phase), *(f"{s['mean_ms']:.1f} / {s['p95_ms']:.1f}" if s else "–" for s in found)])
    return _rows(["phase", *map(escape, names)], rows)


def _figures(found: Mapping[str, Any]) -> str:
    rows = [[f"<code>{escape(name)}</code>", _cell(value, name)] for name, value in found.items()]
    return _rows(["figure", "value"], rows)


def _footer(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    return (
        f"<footer>{escape(result['started_at'])} · {machine['cpus']} CPUs, {escape(machine['model'])} · "
        f"{escape(machine['system'])} · load average before: {machine['load_before']:.2f}<br>"
        f"Latencies are of whole answers with status 200, from when each request was due.<br>"
        f"<code>{escape(result['command'])}</code></footer>"
    )


def _section(title: str, content: str) -> str:
    return f"<h2>{title}</h2>{content}"


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class='card scroll'><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def _cell(value: Any, name: str = "") -> str:
    if value is None:
        return "–"
    if name in ("padding_share", "cache_hit_share"):
        return f"{value:.1%}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
