"""Specifications: what a population on paper must say, and how a mistake is told."""

from __future__ import annotations

import shutil

import pytest

from resynapse.core.errors import ParameterError
from resynapse.core.source import bibliography
from resynapse.person import population, populations, read_specification
from resynapse.person.population import of_specification
from resynapse.person.specification import PRESETS

HEAD = """
[population]
title = "somebody"
species = "human"
people = "people of a test"
"""
AGE = """
[covariate.age]
meaning = "age"
unit = "year"
law = { kind = "normal", mean = 40.0, sd = 8.0, within = [18.0, 65.0] }
origin = "measured"
source = "jones2022"
where = "a table"
"""
SEX = """
[covariate.sex]
meaning = "sex"
unit = "1"
levels = ["male", "female"]
law = { kind = "levels", shares = [0.4, 0.6] }
origin = "measured"
source = "jones2022"
where = "a table"
"""
PAIR = """
[[correlation]]
between = ["age", "sex"]
value = 0.2
origin = "measured"
source = "jones2022"
where = "a table"
"""


@pytest.fixture
def read(tmp_path):
    def from_text(text, name="some"):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return read_specification(tmp_path / f"{name}.toml")

    return from_text


def test_a_small_population_can_be_read_and_drawn(read):
    people = of_specification(read(HEAD + AGE + SEX + PAIR)).sample(5, 1)
    assert people.covariates.keys() == {"age", "sex"}


MISTAKES = {
    "not TOML": (HEAD + "[covariate.age", "not TOML"),
    "an unknown table": (HEAD + AGE + "\n[weather]\nx = 1", "weather"),
    "an unknown field": (HEAD + AGE + 'colour = "red"', "colour"),
    "no source": (HEAD + AGE.replace('source = "jones2022"\n', ""), "covariate.age.source"),
    "a source that does not exist": (HEAD + AGE.replace("jones2022", "jones2023"), "jones2022"),
    "no place": (HEAD + AGE.replace('"a table"', '""'), "where and source"),
    "an unknown origin": (HEAD + AGE.replace('"measured"', '"guessed"'), "covariate.age.origin"),
    "an assumption without reason": (HEAD + AGE.replace('"measured"', '"assumed_here"'), "needs a reason"),
    "an unknown unit": (HEAD + AGE.replace('"year"', '"yeers"'), "unknown unit"),
    "another unit than the parameter's": (HEAD + AGE.replace('"year"', '"week"'), "another unit"),
    "an unknown law": (HEAD + AGE.replace('"normal"', '"gamma"'), "covariate.age.law"),
    "a negative spread": (HEAD + AGE.replace("sd = 8.0", "sd = -8.0"), "greater than 0"),
    "moments that do not fit their bounds": (HEAD + AGE.replace("sd = 8.0", "sd = 20.0"), "no law of this kind"),
    "shares that are no whole": (HEAD + SEX.replace("0.6", "0.5"), "add up to 0.9"),
    "a level too many": (HEAD + SEX.replace('"female"]', '"female", "other"]'), "as many levels"),
    "other levels than an effect's": (HEAD + SEX.replace('"female"]', '"woman"]'), "other levels"),
    "a law too many": (HEAD + AGE + "derived = true", "exactly one of"),
    "no law": (HEAD + AGE.replace("law =", "#law ="), "exactly one of"),
    "derived from what is not there": (
        HEAD + AGE.replace("covariate.age", "covariate.load").replace("law =", "derived = true #"),
        "needs `load_relative`",
    ),
    "derived by nobody knows what": (HEAD + AGE.replace("law =", "derived = true #"), "nothing is known"),
    "laws by what is not there": (
        HEAD + AGE.replace("law = {", 'by = "sex"\nlaws = { male = {').replace("65.0] }", "65.0] } }"),
        "needs `sex`",
    ),
    "laws by other levels": (
        HEAD + SEX + AGE.replace("law = {", 'by = "sex"\nlaws = { man = {').replace("65.0] }", "65.0] } }"),
        "differ",
    ),
    "a correlation with nobody": (HEAD + AGE + SEX + PAIR.replace('"sex"]', '"sexe"]'), "nearest: sex"),
    "a correlation above 1": (HEAD + AGE + SEX + PAIR.replace("0.2", "1.2"), "less than 1"),
    "a correlation with itself": (HEAD + AGE + SEX + PAIR.replace('"sex"]', '"age"]'), "two covariates, tied once"),
    "a correlation stated twice": (HEAD + AGE + SEX + PAIR + PAIR, "tied once"),
    "a range the wrong way round": (HEAD + AGE + 'note = "n"\nrange = [2.0, 1.0]', "from low to high"),
    "a published share of no level": (
        HEAD + SEX + 'published = [{ statistic = "share", value = 0.1, source = "jones2022", where = "a table" }]',
        "names one of the levels",
    ),
    "values under several laws": (
        HEAD
        + SEX
        + SEX.replace("covariate.sex", "covariate.other")
        .replace("law = {", 'by = "sex"\nlaws = { male = { kind = "constant", value = 1.0 }, female = {')
        .replace("[0.4, 0.6] }", "[0.4, 0.6], values = [1.0, 2.0] } }"),
        "only under one law",
    ),
    "an unknown species": (HEAD.replace("human", "zebra") + AGE, "population.species"),
    "inherited from nobody": (HEAD.replace("title", 'inherits = "somme"\ntitle') + AGE, "some"),
    "inherited from itself": (HEAD.replace("title", 'inherits = "some"\ntitle') + AGE, "itself"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_with_file_and_field(read, mistake):
    text, told = MISTAKES[mistake]
    with pytest.raises(ParameterError) as refusal:
        of_specification(read(text))
    assert told in str(refusal.value)


def test_a_broken_line_is_named(read):
    with pytest.raises(ParameterError, match=r"some\.toml[\s\S]*line 8"):
        read(HEAD + "\n[covariate.age]\nunit = year")


def test_correlations_that_nobody_could_have(read):
    rho = AGE.replace("covariate.age", "covariate.rho").replace('"year"', '"1"')
    size = AGE.replace("covariate.age", "covariate.size")
    pairs = [PAIR.replace('"age", "sex"', f'"{a}", "{b}"') for a, b in (("age", "rho"), ("rho", "size"))]
    apart = PAIR.replace('"age", "sex"', '"age", "size"').replace("0.2", "-0.9")
    with pytest.raises(ParameterError, match="no people could have"):
        read(HEAD + AGE + rho + size + "".join(p.replace("0.2", "0.9") for p in pairs) + apart)


def test_inheriting_lays_own_tables_over_those_of_the_parent(read):
    read(HEAD + AGE + SEX + PAIR, "parent")
    child = HEAD.replace("title", 'inherits = "parent"\ntitle')
    printed = AGE + 'published = [{ statistic = "mean", value = 41.0, source = "jones2022", where = "a table" }]\n'
    assert read(HEAD + printed + SEX, "printed").covariate["age"].published[0].value == 41.0
    assert read(child.replace("parent", "printed"), "heir").covariate["age"].published == ()
    older = read(child + AGE.replace("40.0", "50.0") + PAIR.replace("0.2", "-0.1"), "child")
    assert list(older.covariate) == ["age", "sex"]
    assert older.covariate["age"].law.mean == 50.0
    assert [c.value for c in older.correlation] == [-0.1]
    without = read(child.replace("title =", 'without = ["sex"]\ntitle ='), "other")
    assert list(without.covariate) == ["age"]
    assert without.correlation == ()
    with pytest.raises(ParameterError, match="left out is not there"):
        read(child.replace("title =", 'without = ["sects"]\ntitle ='), "wrong")


def test_a_file_of_ones_own_may_inherit_a_preset(tmp_path):
    own = tmp_path / "my_trial.toml"
    age = AGE.replace("40.0", "41.0").replace("jones2022", "our_trial")
    ours = HEAD.replace("title", 'inherits = "elders"\ntitle') + age + '[source]\nour_trial = "our own table"\n'
    own.write_text(ours, encoding="utf-8")
    mine = population(str(own))
    assert mine.name == "my_trial"
    assert mine.specification.covariate["age"].law.mean == 41.0
    elders = population("elders").sample(100, 1).covariates
    for name, values in mine.sample(100, 1).covariates.items():
        assert (name == "age") != bool((values == elders[name]).all())
    with pytest.raises(ParameterError, match=r"nearest: +my_trial"):
        population(str(tmp_path / "my_trail.toml"))


def test_the_digest_hangs_on_content_and_not_on_place(read, tmp_path):
    first = read(HEAD + AGE)
    assert first.digest == read(HEAD + "\n# a remark\n" + AGE).digest
    assert first.digest != read(HEAD + AGE.replace("40.0", "40.1")).digest
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.copy(tmp_path / "some.toml", moved / "some.toml")
    assert read_specification(moved / "some.toml").digest == read(HEAD + AGE.replace("40.0", "40.1")).digest


@pytest.mark.parametrize("name", populations())
def test_every_number_on_file_has_a_source_and_says_what_is_assumed(name):
    known = read_specification(PRESETS / f"{name}.toml")
    assert set(known.sources) <= set(bibliography())
    for entry in (*known.covariate.values(), *known.correlation):
        assert entry.where
        assert entry.origin != "assumed_here" or (entry.note and entry.range)
