"""Reports: figures with the data, the artefacts and the command they came from, once for programs, once for people."""

import errno
import json
import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from evaluation import extra
from nlp_service.artifact import file_digest
from nlp_service.errors import ConfigurationError, DataError, ServiceError

DIGEST_SHOWN = 12
_WRITTEN = ("--out", "--report", "--audit", "--clusters", "--errors")
"""Options that name what a command writes, which may be there already."""


def command_line(module: str) -> str:
    """The command that is running, as it would be typed, with data files outside the working folder as `DATA/…`."""
    typed = [
        argument if option in _WRITTEN else _portable(argument) for option, argument in pairwise(["", *sys.argv[1:]])
    ]
    return shlex.join(["python", "-m", module, *typed])


@contextmanager
def one_line_errors(module: str, *folders: Path | None, needs: Sequence[str] = ()) -> Iterator[None]:
    """Around a command's work: what can't be used as input ends in one line on the terminal and exit code 2.

    Args:
        folders: that the command writes into; what can't be one is refused before the work.
        needs: packages of the extra `train` without which the work can't be done; a lack of others shows in its course.
    """
    try:
        extra.check(needs)
        for folder in filter(None, folders):
            check_folder(folder)
        yield
    except (ServiceError, OSError, ModuleNotFoundError) as error:
        told = extra.missing(error.name) if isinstance(error, ModuleNotFoundError) else error
        print(f"{module}: {told}", file=sys.stderr)
        sys.exit(2)


def check_folder(folder: Path) -> None:
    """Refuse a folder that can't be made or written into; nothing is made.

    Raises:
        ConfigurationError: if it can't.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise ConfigurationError(f"{folder}: can't be written into: {there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{folder}: can't be written into: {os.strerror(errno.EACCES)}")


def names_of(paths: Sequence[Path]) -> list[str]:
    """A name for each file, none twice: without its ending, and behind its folder's where it isn't the only one."""
    counted = Counter(path.stem for path in paths)
    names = [path.stem if counted[path.stem] == 1 else f"{path.parent.name}/{path.name}" for path in paths]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DataError(f"{repeated[0]}: given twice, or two files of this name in folders of the same name")
    return names


def names_of_folders(folders: Sequence[Path]) -> list[str]:
    """A name for each folder, none twice: as many of its last parts as that takes; numbered if it is given twice."""
    parts = [folder.absolute().parts for folder in folders]
    for length in range(1, max(map(len, parts)) + 1):
        names = ["/".join(some[-length:]) for some in parts]
        if len(set(names)) == len(names):
            return names
    return [f"{some[-1]} ({number})" for number, some in enumerate(parts, start=1)]


def write_report(
    folder: Path,
    title: str,
    figures: Mapping[str, Any],
    *,
    command: str,
    data: Sequence[Path],
    artifacts: Mapping[str, str],
) -> None:
    """Write `report.json` and `report.md` into a folder, made when missing.

    Args:
        figures: JSON-serialisable. In the readable report, plain values make one table, and every mapping makes a
            section: a table of its values, or, where these are mappings too, a table with one row for each of them.
        data: files the figures were computed on; named with their SHA-256.
        artifacts: digest by kind, e.g. `{"encoder": "…"}`.
    """
    names = Counter(path.name for path in set(data))
    digests = {
        path.name if names[path.name] == 1 else f"{path.parent.name}/{path.name}": file_digest(path) for path in data
    }
    report = {
        "title": title,
        "command": command,
        "data": digests,
        "artifacts": dict(artifacts),
        "figures": dict(figures),
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    origin = [f"- {name}: `{digest[:DIGEST_SHOWN]}`" for name, digest in {**digests, **artifacts}.items()]
    lines = [f"# {title}", "", *_section(figures, level=2), "## Made from", "", *origin, "", f"    {command}"]
    (folder / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _portable(argument: str) -> str:
    path = Path(argument)
    outside = path.is_file() and not path.resolve().is_relative_to(Path.cwd())
    return f"DATA/{path.parent.name}/{path.name}" if outside else argument


def _section(figures: Mapping[str, Any], level: int) -> list[str]:
    plain = {name: value for name, value in figures.items() if not isinstance(value, Mapping)}
    nested = {name: value for name, value in figures.items() if isinstance(value, Mapping)}
    if nested and not plain and not any(isinstance(cell, Mapping) for row in nested.values() for cell in row.values()):
        return _table(nested)
    lines = _table({name: {"value": value} for name, value in plain.items()}) if plain else []
    for name, value in nested.items():
        lines += [f"{'#' * level} {name}", "", *_section(value, level + 1)]
    return lines


def _table(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [["", *columns], ["---", *("---:" for _ in columns)]]
    lines += [[name, *(_cell(row.get(column)) for column in columns)] for name, row in rows.items()]
    return [*("| " + " | ".join(line) + " |" for line in lines), ""]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
