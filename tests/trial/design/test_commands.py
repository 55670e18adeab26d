"""The command `trial`: list, show, check."""

import json

from resynapse.cli import main


def test_the_list_is_json_on_request(capsys):
    assert main(["trial", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["designs"]
    assert len(listed) >= 20
    assert listed[0]["name"]


def test_a_design_is_told_on_a_page_and_as_json(capsys):
    assert main(["trial", "show", "murrough_2013"]) == 0
    page = capsys.readouterr().out
    assert "two of three receive ketamine" in page
    assert "Not medical advice" in page
    assert main(["trial", "show", "murrough_2013", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["design"]["published"][0]["value"] == -16.5


def test_a_good_file_is_in_order_and_a_bad_one_says_every_line(capsys, tmp_path, good):
    file = tmp_path / "mine.yaml"
    file.write_text(good["single_infusion_midazolam"], encoding="utf-8")
    assert main(["trial", "check", str(file)]) == 0
    assert "is in order" in capsys.readouterr().out
    spoilt = good["single_infusion_midazolam"].replace("total: 60", "total: 70").replace("trd_academic", "trd_acad")
    file.write_text(spoilt, encoding="utf-8")
    assert main(["trial", "check", str(file)]) == 2
    said = capsys.readouterr().err
    assert "do not sum" in said
    assert "nearest: trd_academic" in said


def test_a_file_that_is_not_there_and_a_bare_command(capsys, tmp_path):
    assert main(["trial", "check", str(tmp_path / "none.yaml")]) == 2
    assert "no such file" in capsys.readouterr().err
    assert main(["trial"]) == 0
    assert "check" in capsys.readouterr().out
