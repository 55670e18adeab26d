"""The package keeps its shape: light doors, public names, one version, adaptive solvers in one place only."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

import resynapse

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "resynapse"
HEAVY = {"jax", "jaxlib", "numpy", "pandas", "pint", "xarray", "matplotlib", "pydantic", "scipy", "equinox", "diffrax"}
HELP = "from resynapse.cli import main; main(['--help'])"


def loaded_by(statement: str) -> set[str]:
    """Top-level names of all modules that a fresh interpreter has loaded after `statement`."""
    report = "import atexit, json, sys; atexit.register(lambda: print(json.dumps(list(sys.modules)), file=sys.stderr))"
    done = run("-c", f"{report}\n{statement}")
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """This interpreter, in a process of its own, on this source tree."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False)


def imports_of(path: Path) -> set[str]:
    """Absolute module names that a source file imports anywhere, also inside functions."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    absolute = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return plain | {name for name in absolute if name}


def users_of(library: str) -> set[str]:
    """Source files that import `library`, relative to the package."""
    uses = {p: {name.partition(".")[0] for name in imports_of(p)} for p in SOURCE.rglob("*.py")}
    return {p.relative_to(SOURCE).as_posix() for p, names in uses.items() if library in names}


@pytest.mark.parametrize("statement", ["import resynapse", "import resynapse.qualify", "import resynapse.cli", HELP])
def test_the_doors_are_light(statement):
    assert loaded_by(statement) & HEAVY == set()


def test_help_through_the_module_door_works():
    done = run("-m", "resynapse", "--help")
    assert done.returncode == 0, done.stderr
    assert "simulate" in done.stdout


def test_every_public_name_can_be_reached():
    assert {"simulate", "Simulate", "load_result", "claims", "__version__"} <= set(resynapse.__all__)
    assert set(resynapse.__all__) <= set(dir(resynapse))
    assert all(getattr(resynapse, name) is not None for name in resynapse.__all__)


def test_an_unknown_public_name_is_an_ordinary_attribute_error():
    with pytest.raises(AttributeError, match="simulat"):
        _ = resynapse.simulat


def test_one_version_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), flags=re.M)
    assert citation is not None
    assert project == resynapse.__version__ == citation[1]


def test_the_changelog_tells_about_this_version():
    assert f"## {resynapse.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_diffrax_stays_in_the_solver():
    assert all(path.startswith("core/solver/") for path in users_of("diffrax"))


def test_a_report_does_not_import_the_machinery_of_simulation():
    simulating = users_of("jax") | users_of("equinox") | users_of("optimistix")
    assert not [path for path in simulating if path.startswith("report/")]


def test_no_two_modules_import_each_other():
    graph = grimp.build_graph("resynapse", exclude_type_checking_imports=True, cache_dir=None)
    TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}).prepare()


def rooms() -> set[str]:
    """Every folder and module at the top of the package, by name."""
    return {p.stem for p in SOURCE.iterdir() if (p / "__init__.py").is_file() or p.suffix == ".py"} - {
        "__init__",
        "__main__",
    }


def layers() -> list[set[str]]:
    """The order of imports that the linter proves, from the doors down."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    listed = next(c for c in contracts["contracts"] if c["id"] == "layers")["layers"]
    return [set(re.findall(r"[a-z_]+", layer)) for layer in listed]


def test_every_room_stands_in_the_order_of_imports():
    assert rooms() <= set().union(*layers())


def test_the_page_of_the_house_knows_every_room_and_its_place():
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("## Layout")[2].partition("Imports run downwards")[0]
    assert rooms() <= set(re.findall(r"[a-z_]+", table))
    order = page.partition("Imports run downwards")[2].partition("\n\n")[2].partition("\n\nThe rooms")[0]
    told = [set(re.findall(r"[a-z_]+", line)) for line in order.splitlines()]
    assert told == [layer & rooms() for layer in layers() if layer & rooms()]


def test_every_room_says_on_a_page_what_it_is_for():
    told = {"cli", "requests", "compound", "core"}  # doors, and rooms whose folders or modules tell
    folders = {name for name in rooms() if (SOURCE / name).is_dir()}
    assert not [name for name in sorted(folders - told) if not (SOURCE / name / "README.md").is_file()]


def test_no_room_for_leftovers():
    leftovers = {"utils", "helpers", "common", "misc"}
    assert not [p for p in SOURCE.rglob("*") if p.stem in leftovers]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_pin_by_version_and_hash_and_name_no_server(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[a-z0-9])", text[re.search(r"^[a-z0-9]", text, flags=re.M).start() :])
    assert len(pins) > 40
    assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
    assert "://" not in text


def test_the_core_lock_is_part_of_the_developers_lock():
    core, developers = (
        set(re.findall(r"^[a-z0-9-]+==\S+", (ROOT / name).read_text(encoding="utf-8"), flags=re.M))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert core < developers
