"""Every reason to refuse a design: one bad document each (`bad.yaml`), and the line that it names."""

from pathlib import Path

import pytest
import yaml

from resynapse.trial.design import DocumentError, design_in

CASES = yaml.safe_load((Path(__file__).parent / "bad.yaml").read_text(encoding="utf-8"))


def spoilt(good: dict[str, str], case: dict[str, str]) -> str:
    template = good[case["template"]]
    assert case["change"] in template
    return template.replace(case["change"], case["to"], 1)


def marked(text: str) -> int | None:
    return next((number for number, line in enumerate(text.splitlines(), 1) if "#!" in line), None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_bad_document_is_refused_with_its_line(good, case):
    text = spoilt(good, case)
    with pytest.raises(DocumentError) as refused:
        design_in(text, "bad.yaml")
    every = (refused.value, *refused.value.others)
    said = [one for one in every if case["says"] in str(one) and case["and"] in str(one)]
    assert said, str(refused.value)
    assert marked(text) in (None, *(one.line for one in said)), str(refused.value)
    assert f"bad.yaml, line {said[0].line}" in str(said[0])


def test_refusals_come_in_the_order_of_the_lines_and_all_at_once(good):
    text = good["nasal_spray_four_weeks"]
    for old, new in (("age: [18, 64]", "age: [70, 90]"), ("total: 220 #", "total: 2 #"), ("day: 27,", "day: 40,")):
        text = text.replace(old, new)
    with pytest.raises(DocumentError) as refused:
        design_in(text, "bad.yaml")
    lines = [refused.value.line, *(one.line for one in refused.value.others)]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_a_compound_that_is_not_on_file_is_a_limit_and_no_error(good):
    from resynapse.trial.design.limits import limits

    text = good["single_infusion_midazolam"].replace("compound: ketamine", "compound: zyxomorph", 1)
    assert "zyxomorph is not on file yet" in " ".join(limits(design_in(text)))
