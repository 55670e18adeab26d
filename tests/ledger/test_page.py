"""The page of the ledger: every claim once, one figure or one reason each, nothing from outside, no script needed."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from resynapse.qualify.claims import claims
from resynapse.qualify.ledger.lines import lines
from resynapse.report.claim_figure import Curves, Mark, Ribbon, Row, Rows
from resynapse.report.claim_small import small
from resynapse.report.crosses import Cross, Crosses
from resynapse.report.ledger import VERDICTS, render_ledger
from resynapse.report.page import words

X = np.array([0.0, 1.0, 10.0])


class _Page(HTMLParser):
    """Opens and closes: what stands open, which claims there are, and what each holds."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.claims: dict[str, dict[str, str | None]] = {}
        self.within: dict[str, list[str]] = {}

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        if tag not in ("meta", "br", "img", "path", "circle"):
            self.open.append(tag)
        if tag == "article":
            self.claims[known["id"]] = known
            self.within[known["id"]] = []
        elif self.claims and "article" in self.open:
            self.within[list(self.claims)[-1]].append(f"{tag} {known.get('class') or ''}".strip())

    def handle_endtag(self, tag):
        if tag not in ("path", "circle", "br"):
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text():
    return render_ledger(lines(), "0.0.0")


@pytest.fixture(scope="module")
def page(text):
    found = _Page()
    found.feed(text)
    return found


def test_every_claim_stands_there_once_with_its_verdict(page):
    assert list(page.claims) == [c.id for c in claims()]
    assert not page.open
    assert {c["data-verdict"] for c in page.claims.values()} <= set(VERDICTS)


def test_a_claim_has_a_figure_or_says_what_it_waits_for(page):
    for id, known in page.claims.items():
        waits = "p waits" in page.within[id]
        assert waits == (known["data-verdict"] == "not yet askable")
        assert waits != ("figure" in page.within[id])


def test_the_page_needs_nothing_from_outside(text):
    assert not re.findall(r'(?:src|href)="(?!#)', text)
    assert "default-src 'none'" in unescape(text)
    assert len(text) < 1_500_000
    assert text.count("Not medical advice") >= 2


def test_filters_name_what_there_is(text, page):
    for word in ("verdict", "kind", "rooms"):
        (select,) = re.findall(rf'<select name="{word}">(.*?)</select>', text, re.S)
        own = {
            v
            for c in page.claims.values()
            for v in ([c[f"data-{word}"]] if word != "rooms" else c["data-rooms"].split())
        }
        assert own <= set(re.findall(r"<option>(.*?)</option>", select))


def test_names_of_the_program_stand_there_as_code(text):
    assert words("in `a_b` & <c>") == "in <code>a_b</code> &amp; &lt;c&gt;"
    shown = re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.S)
    assert "`" not in shown
    assert "<code>" in shown.split('class="words"', 2)[1]


def test_what_waits_says_for_whom_and_why():
    for line in lines():
        if line.verdict == "not yet askable":
            assert line.owner
            assert len(line.why) > 20
            assert not line.sentences


def test_a_stale_answer_is_marked(monkeypatch):
    monkeypatch.setattr("resynapse.qualify.ledger.stored.hangs_on", lambda claim: "changed")
    told = render_ledger(lines(), "0.0.0")
    assert "Values or equations have changed since these answers were computed" in told
    assert told.count('class="stale"') == sum(bool(line.sentences) for line in lines())


@pytest.mark.parametrize(
    "panel",
    [
        Curves(
            "A <course>",
            "days",
            "points & more",
            (Ribbon("drug", X, X - 1, X, X + 1),),
            (Mark(1.0, "a", 2.0, 1.0, 3.0),),
        ),
        Curves(
            "Logarithmic", "h", "1", (Ribbon("a", X[1:], X[1:], X[1:], X[1:]),), (Mark(1.0, "b", direction="up"),), True
        ),
        Rows(
            "Effects", "%", tuple(Row(f"row {i}", i - 1.0, i, i + 1.0, "", i % 2) for i in range(20)), 0.0, ("a", "b")
        ),
        Rows("Flat", "%", (Row("one", 0.0, 0.0, 0.0),), 0.0),
        Crosses("Weighed", "burden", "benefit", (Cross("a", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),)),
    ],
)
def test_a_small_figure_is_a_sound_picture_with_words(panel):
    found = small(panel, "C01")
    root = ElementTree.fromstring(found.svg)  # noqa: S314 (written by this project)
    assert root.get("role") == "img"
    assert panel.title in root.get("aria-label")
    assert panel.x_label in "".join(root.itertext())
    assert found.more == (6 if len(getattr(panel, "rows", ())) == 20 else 0)
    assert "nan" not in found.svg
