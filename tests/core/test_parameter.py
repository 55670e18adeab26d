"""No value without a unit, an origin, a place and a source; what is missing is named."""

from __future__ import annotations

from pathlib import Path

import jax.numpy as jnp
import pytest
from jaxtyping import Array

from resynapse.core.errors import ParameterError
from resynapse.core.parameter import parameter, read_grouped, read_set, values_for
from resynapse.core.port import Port
from resynapse.core.source import bibliography, source
from resynapse.core.stage import AbstractStage, Inputs, Signals, State

HEAD = {"title": "a set", "species": "human", "source": "perezruixo2021"}
CL = {"value": 1.9, "unit": "L/min", "origin": "estimated", "where": "Table 3"}
FU = {"value": 0.6, "unit": "1", "origin": "measured", "where": "page 2"}


class Clearance(AbstractStage):
    """A stage with two parameters."""

    cl: Array = parameter("L/h", "clearance", (1.0, 500.0))
    fu: Array = parameter("1", "unbound share", (0.0, 1.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return ()

    @property
    def writes(self) -> tuple[Port, ...]:
        return ()

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {}


def written(folder: Path, head: dict | None = None, name: str = "human", **entries: dict) -> Path:
    """A TOML parameter set on disk."""
    tables = {"set": {**HEAD, **(head or {})}, **entries}
    lines = [
        line for table, cells in tables.items() for line in (f"[{table}]", *(_line(k, v) for k, v in cells.items()))
    ]
    path = folder / f"{name}.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _line(key: str, value: object) -> str:
    if isinstance(value, dict):
        return f"{key} = {{ {', '.join(_line(k, v) for k, v in value.items())} }}"
    return f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}"


def without(entry: dict, *keys: str) -> dict:
    return {k: v for k, v in entry.items() if k not in keys}


def refusal(path: Path) -> ParameterError:
    with pytest.raises(ParameterError) as caught:
        Clearance.load(path)
    return caught.value


def test_a_complete_set_loads_in_the_units_of_the_stage(tmp_path):
    stage = Clearance.load(written(tmp_path, cl=CL, fu=FU))
    assert float(stage.cl) == pytest.approx(114.0, rel=1e-12)
    assert (float(stage.fu), stage.cl.dtype) == (0.6, jnp.float64)
    (used,) = stage.provenance
    assert (used.name, used.title, used.species, used.sources) == ("human", "a set", "human", ("perezruixo2021",))
    assert used.entries["cl"].unit == "L/min"


@pytest.mark.parametrize("missing", ["value", "unit", "origin", "where"])
def test_an_entry_without_provenance_is_refused(tmp_path, missing):
    error = refusal(written(tmp_path, cl=without(CL, missing), fu=FU))
    assert (error.what, error.where) == ("this parameter's provenance is incomplete", "human.toml: [cl]")
    assert missing in str(error.given)


@pytest.mark.parametrize("empty", ["unit", "where", "source"])
def test_an_empty_word_is_no_provenance(tmp_path, empty):
    assert "must not be empty" in str(refusal(written(tmp_path, cl={**CL, empty: ""}, fu=FU)).given)


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ({"origin": "guessed"}, "origin"),
        ({"value": "much"}, "value"),
        ({"citation": "x"}, "citation"),
        ({"spread": {"kind": "uniform"}}, "spread.kind"),
        ({"measured_in": "zebrafish"}, "measured_in"),
    ],
)
def test_words_outside_the_schema_are_refused(tmp_path, entry, word):
    assert word in str(refusal(written(tmp_path, cl={**CL, **entry}, fu=FU)).given)


def test_a_bare_number_is_refused(tmp_path):
    path = written(tmp_path, fu=FU)
    path.write_text(f"cl = 3.0\n{path.read_text()}")
    error = refusal(path)
    assert (error.what.startswith("a parameter is a table"), error.where, error.given) == (True, "human.toml: cl", 3.0)


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "human.toml"
    path.write_text("[set")
    assert (refusal(path).what, refusal(path).where) == ("this file is not TOML", "human.toml")


def test_a_set_that_does_not_exist_names_the_nearest(tmp_path):
    written(tmp_path, {"inherits": "mose"}, "mouse", cl=CL)
    error = refusal(tmp_path / "mouse.toml")
    assert (error.given, error.nearest) == ("mose.toml", "mouse")


def test_a_source_must_be_in_the_bibliography(tmp_path):
    error = refusal(written(tmp_path, cl={**CL, "source": "perezruixo2012"}, fu=FU))
    assert (error.given, error.nearest) == ("perezruixo2012", "perezruixo2021")
    assert error.then


def test_a_set_without_any_source_is_refused(tmp_path):
    path = written(tmp_path, cl=CL, fu=FU)
    path.write_text(path.read_text().replace('source = "perezruixo2021"\n', ""))
    assert "source" in str(refusal(path).given)


def test_a_set_without_a_species_is_refused(tmp_path):
    path = written(tmp_path, cl=CL, fu=FU)
    path.write_text(path.read_text().replace('species = "human"\n', ""))
    assert "needs [set] with a species" in refusal(path).message


def test_a_value_outside_the_range_of_the_stage_is_refused_in_its_unit(tmp_path):
    error = refusal(written(tmp_path, cl={**CL, "value": 19.0}, fu=FU))
    assert (error.where, error.allowed) == ("human.toml: [cl]", "1.0 to 500.0")
    assert str(error.given).startswith("11") and str(error.given).endswith("L/h")


def test_a_value_outside_its_own_range_is_refused(tmp_path):
    assert "own range" in str(refusal(written(tmp_path, cl={**CL, "range": [0.1, 1.0]}, fu=FU)).given)


@pytest.mark.parametrize("missing", ["note", "range"])
def test_an_assumption_gives_a_reason_and_a_range(tmp_path, missing):
    assumed = {**FU, "origin": "assumed_here", "note": "between two studies", "range": [0.5, 0.7]}
    assert "an assumption needs a reason (note) and a plausible range" in str(
        refusal(written(tmp_path, cl=CL, fu=without(assumed, missing))).given
    )
    chosen = read_set(written(tmp_path, cl=CL, fu=assumed))
    assert chosen.assumptions.keys() == {"fu"}


def test_a_calibrated_value_names_its_run(tmp_path):
    calibrated = {**FU, "origin": "calibrated_here"}
    assert "calibration run" in str(refusal(written(tmp_path, cl=CL, fu=calibrated)).given)
    own = read_set(written(tmp_path, cl=CL, fu={**calibrated, "calibration": "run_1"}))
    shared = read_set(written(tmp_path, {"calibration": "run_2"}, cl=CL, fu=calibrated))
    assert (own.entries["fu"].calibration, shared.entries["fu"].calibration) == ("run_1", "run_2")
    assert shared.entries["cl"].calibration is None


def test_a_missing_parameter_is_named(tmp_path):
    error = refusal(written(tmp_path, cl=CL))
    assert (error.what, error.where, error.given) == ("`Clearance` needs this parameter", "human.toml", "fu")


def test_an_unknown_parameter_names_the_nearest(tmp_path):
    error = refusal(written(tmp_path, cl=CL, fu=FU, clr=CL))
    assert (error.what, error.given, error.nearest) == ("`Clearance` has no such parameter", "clr", "cl")


@pytest.mark.parametrize("unit", ["mg", "1/h", "L/h/kg", "blobs"])
def test_a_unit_that_does_not_convert_is_refused(tmp_path, unit):
    error = refusal(written(tmp_path, cl={**CL, "unit": unit}, fu=FU))
    assert error.where == "human.toml: [cl]"
    assert "L/h" in str(error.allowed)


def test_a_value_from_another_species_needs_a_translation(tmp_path):
    error = refusal(written(tmp_path, cl=CL, fu={**FU, "measured_in": "rat"}))
    assert (error.where, error.given) == ("human.toml: [fu]", "measured in rat, used in human")
    assert "translation" in str(error.then)
    Clearance.load(written(tmp_path, cl=CL, fu={**FU, "measured_in": "rat", "translation": "the same protein"}))


def test_a_whole_set_may_be_measured_in_another_species(tmp_path):
    assert (
        refusal(written(tmp_path, {"measured_in": "mouse"}, cl=CL, fu=FU)).given == "measured in mouse, used in human"
    )


def test_an_inherited_set_needs_a_translation_across_species(tmp_path):
    written(tmp_path, {"species": "mouse"}, "mouse", cl=CL, fu=FU)
    error = refusal(written(tmp_path, {"inherits": "mouse"}))
    assert error.given == "measured in mouse, used in human"
    words = "no human value; the range is wide"
    child = read_set(written(tmp_path, {"inherits": "mouse", "translation": words}))
    assert {k: e.translation for k, e in child.entries.items()} == {"cl": words, "fu": words}
    assert {e.measured_in for e in child.entries.values()} == {"mouse"}


def test_an_own_entry_replaces_the_inherited_one(tmp_path):
    written(tmp_path, name="base", cl=CL, fu=FU)
    child = read_set(written(tmp_path, {"inherits": "base"}, fu={**FU, "value": 0.7}))
    assert (child.entries["fu"].value, child.entries["cl"].value) == (0.7, 1.9)
    assert values_for(Clearance, child)["cl"] == pytest.approx(114.0)


def test_a_translation_to_one_species_is_none_to_the_next(tmp_path):
    written(
        tmp_path, {"species": "mouse"}, "mouse", cl=CL, fu={**FU, "measured_in": "rat", "translation": "rodents alike"}
    )
    assert refusal(written(tmp_path, {"inherits": "mouse"}, cl=CL)).where == "human.toml: [fu]"


def test_two_sets_differ_when_anything_that_was_read_differs(tmp_path):
    first, again = read_set(written(tmp_path, cl=CL, fu=FU)), read_set(written(tmp_path, cl=CL, fu=FU))
    other = read_set(written(tmp_path, cl=CL, fu={**FU, "where": "page 3"}))
    assert first.digest == again.digest != other.digest
    assert first == again != other


def test_tables_within_tables_are_read_for_one_species(tmp_path):
    path = tmp_path / "targets.toml"
    own = 'value = 0.3\nunit = "umol/L"\norigin = "measured"\nwhere = "Table 1"'
    path.write_text(f'[set]\ntitle = "t"\nsource = "perezruixo2021"\nmeasured_in = "rat"\n[a.x]\n{own}\n[a.y]\n{own}\n')
    assert read_grouped(path, "rat").entries.keys() == {"a.x", "a.y"}
    with pytest.raises(ParameterError) as caught:
        read_grouped(path, "human")
    assert caught.value.where == "targets.toml: [a.x]"
    path.write_text(
        path.read_text().replace('measured_in = "rat"', 'measured_in = "rat"\ntranslation = "the same site"')
    )
    assert read_grouped(path, "human").entries["a.y"].translation == "the same site"


def test_every_source_can_be_read_and_named():
    known = bibliography()
    assert len(known) > 20
    assert all(s.text and s.bibtex.startswith("@") for s in known.values())
    found = source("perezruixo2021")
    assert found.url == "https://doi.org/10.1007/s40262-020-00953-4"
    assert "2021" in found.text and "{" not in found.text
