"""What the pages point to exists: files, headings, commands with their options, kinds of problems."""

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from nlp_service.api.problems import PROBLEMS
from nlp_service.cli import cli

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("docker", "evaluation", "load_tests", "models", "nlp_service", "tests", "training")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
TEXT = {page: page.read_text(encoding="utf-8") for page in PAGES}
FENCED = re.compile(r"^[ ]*```(\w*)\n(.*?)^[ ]*```$", re.MULTILINE | re.DOTALL)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@every_page
def test_every_relative_link_leads_somewhere(page):
    broken = [link for link in _links(page) if not _resolves(page, link)]
    assert not broken


@every_page
def test_every_file_of_ours_that_it_names_exists(page):
    named = re.findall(rf"(?<![\w/.-])((?:{'|'.join(FOLDERS)})/[\w./-]*\w)(?!\*)", TEXT[page])
    assert not [path for path in named if not (ROOT / path).exists() and not (ROOT / f"{path}.py").exists()]


@every_page
def test_every_command_has_the_options_it_is_shown_with(page):
    for arguments in _shown(page, r"(?<![\w/.-])nlp-service"):
        command, rest = cli, arguments.split()
        while isinstance(command, click.Group):
            assert rest, arguments
            assert rest[0] in command.commands, arguments
            command = command.commands[rest.pop(0)]
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert _options(rest) <= known | {"--help"}, arguments


@every_page
def test_every_module_is_there_and_knows_the_options_it_is_shown_with(page):
    for arguments in _shown(page, r"python -m(?= (?:training|evaluation|load_tests)\b)"):
        module, *rest = arguments.split()
        assert find_spec(module), module
        sources = (ROOT / module.split(".")[0]).rglob("*.py")
        written = {name for source in sources for name in re.findall(r'"(--[a-z-]+)"', source.read_text("utf-8"))}
        assert _options(rest) <= written | {"--help"}, arguments


def test_headings_become_the_anchors_that_github_makes_of_them():
    text = "# Tagged, for `review`, out\n## On a GPU\n```sh\n# no heading\n```\n## On a GPU\n## [Peers](x.md) & us"
    assert _anchors(text) == {"tagged-for-review-out", "on-a-gpu", "on-a-gpu-1", "peers--us"}


def test_a_page_for_callers_names_every_problem():
    page = TEXT[ROOT / "nlp_service/api/README.md"]
    for problem in PROBLEMS.values():
        row = re.search(rf"^\| [^|]*{problem.status}.*`{problem.slug}`", page, re.MULTILINE)
        assert row, problem.slug


def _links(page):
    """What it links to and shows of its own repository."""
    prose = FENCED.sub("", TEXT[page])
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def _resolves(page, link):
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in _anchors(TEXT[target])


def _anchors(text):
    """One for each heading: its words in small letters, with hyphens; a number behind one that was there before."""
    anchors, seen = set(), Counter()
    for heading in re.findall(r"^#{1,6} (.+)$", FENCED.sub("", text), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        anchors.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return anchors


def _shown(page, program):
    """The arguments of a program wherever a page's shell blocks call it."""
    for language, block in FENCED.findall(TEXT[page]):
        if language != "sh":
            continue
        for line in block.replace("\\\n", " ").splitlines():
            for call in re.findall(rf"{program}((?: [^|;&]*)?)", line.split(" #")[0]):
                yield call.strip(" )'\"")


def _options(arguments):
    return {argument.split("=")[0] for argument in arguments if argument.startswith("--")}
