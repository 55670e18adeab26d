"""Sources as a reader sees them."""

from __future__ import annotations

from resynapse.core.source import bibliography


def test_names_and_dashes_are_printed_without_tex():
    texts = {key: found.text for key, found in bibliography().items()}
    assert texts["riihimaki2016"].startswith("Riihimäki et al.")
    assert "2011–2014" in texts["fryar2016"]
    assert not [key for key, text in texts.items() if set(text) & set("\\{}") or "--" in text]
