"""The table and the Markdown: everything is in them, and the caller's words stay words."""

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from nlp_service.journeys.findings import findings
from nlp_service.journeys.names import one_line
from nlp_service.journeys.tables import COLUMNS, markdown, rows


def read(report):
    return markdown(report, findings(report))


def test_every_group_is_a_row_of_the_tidy_table(rich):
    table = [dict(zip(COLUMNS, row, strict=True)) for row in rows(rich)]
    assert {row["group"] for row in table} == {
        *("overall", "share", "curve", "stage", "reason", "channel", "day", "speaker")
    }
    by_name = {(row["group"], row["code"]): row for row in table}
    assert len(by_name) == len(table)
    delivery = by_name["stage", "delivery"]
    assert (delivery["documents"], delivery["sentences"], delivery["mean"], delivery["enough"]) == (60, 60, -0.7, "yes")
    assert (delivery["share_negative"], delivery["share_positive"], delivery["valleys"]) == (1.0, 0.0, 60)
    assert by_name["stage", "rare"]["enough"] == "no"
    assert by_name["reason", "slow"]["name"] == "物流太慢"
    assert by_name["day", date(2026, 3, 1)]["documents"] == 20
    assert by_name["share", "recovered"]["mean"] == 1.0
    assert sum(row["group"] == "curve" for row in table) == 11


def test_markdown_shows_the_finding_and_marks_what_is_too_little(rich):
    text = read(rich)
    assert findings(rich).title in text
    assert re.search(
        r"\| delivery \| 60 \| 60 \| −0\.70 \| −0\.73 … −0\.67 \| 100% \| 0% \| 0 \| – \| 60 \| 物流太慢", text
    )
    assert re.search(r"\| rare \\\* \| 2 \|", text)
    assert "fewer than 5 conversations" in text
    assert "| 2026-03-01 | 20 |" in text


def test_what_no_document_says_is_one_line(talk, report):
    text = read(report(talk(0.1)))
    assert "No sentence belongs to a stage" in text
    assert "No conversation names its channel." in text
    assert "No conversation says when it took place." in text
    assert "the least that make a curve" in text


def test_names_cant_become_markup_or_columns(talk, report):
    text = read(report(talk((0.1, "a|b\n# <script>_x_ [l](u) before_buying"))))
    (line,) = [line for line in text.splitlines() if line.startswith("| a")]
    assert r"a\|b \# \<script\>\_x\_ \[l\](u) before_buying" in line
    assert len(re.findall(r"(?<!\\)\|", line)) == 12


@given(st.text(max_size=30))
def test_names_are_one_printable_line(name):
    shown = one_line(name)
    assert shown.isprintable()
    assert shown == shown.strip() != ""
