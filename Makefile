# The only door. A fresh machine needs Python 3.11-3.13 and make, nothing else.
#   make demo PYTHON=python3.12     another interpreter
#   make test PYTEST_ARGS="-k dose" some tests
#   make bench FULL=1               a million people too
#   make lock UPGRADE=--upgrade     newer versions of everything

PYTHON ?=
PYTEST_ARGS ?=
UPGRADE ?=
FULL ?=
BENCH_ARGS ?=
QUALIFY_ARGS ?=
CALIBRATIONS ?= clinic
RUN ?= clinic

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO := runs/demo
QUALIFIED := runs/qualify
# Whole files, in the order in which tests/conftest.py puts them.
SPREAD := --numprocesses 2 --dist loadfile --no-loadscope-reorder
TYPECHECKED := resynapse,beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))

.PHONY: help demo test shapes check qualify nulls adopt baseline bench format lock clean

help:
	@echo "make demo    simulate one infusion and draw the report"
	@echo "make test    run the tests"
	@echo "make shapes  run the tests with every annotation, shapes included, checked at run time"
	@echo "make check   lint, format, types, import direction"
	@echo "make qualify run the tests, then the plan of qualification without and with CALIBRATIONS=\"clinic\", write its page, make nulls (two hours or so)"
	@echo "make nulls   type I error of every analysis, from 10,000 trials each without an effect; posterior draws for the exam; stale answers to claims"
	@echo "make adopt   write the parameter sets that people have by default, from a calibration on file (RUN=clinic)"
	@echo "make baseline write the headline numbers anew, to be reviewed as a diff"
	@echo "make bench   measure speed beside other tools (bench/results.json, docs/reference/speed.md); FULL=1: a million people"
	@echo "make format  let ruff write the format"
	@echo "make lock    pin all dependencies anew (UPGRADE=--upgrade for newer ones)"
	@echo "make clean   remove the environment, caches and runs/demo"

demo: $(BIN)/.core
	@echo "Checking the promises of this release (about a minute) ..."
	@mkdir -p runs
	@$(BIN)/resynapse selftest --out runs/selftest.json > runs/selftest.txt || cat runs/selftest.txt
	$(BIN)/resynapse simulate examples/trd_iv_ketamine.csv --out $(DEMO) --report --checks runs/selftest.json
	@echo "Open $(CURDIR)/$(DEMO)/report.html in a browser."

test: $(BIN)/.dev
	$(BIN)/python -m pytest -q $(SPREAD) $(PYTEST_ARGS)

shapes: $(BIN)/.dev
	$(BIN)/python -m pytest -q $(SPREAD) --jaxtyping-packages="$(TYPECHECKED)" $(PYTEST_ARGS)

check: $(BIN)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src
	$(BIN)/lint-imports

# A criterion that fails is a finding (exit code 1), and no reason to stop before the page is written. A test that fails
# is one too, but a suite that did not run to its end (exit code above 1) is none.
qualify: $(BIN)/.dev
	@mkdir -p $(QUALIFIED)
	@rm -f $(QUALIFIED)/tests.xml
	@echo "Running the tests (a quarter of an hour on two cores) ..."
	$(BIN)/python -m pytest -q $(SPREAD) --junitxml $(QUALIFIED)/tests.xml $(PYTEST_ARGS) > $(QUALIFIED)/tests.txt || [ $$? -eq 1 ]
	@tail -n 1 $(QUALIFIED)/tests.txt
	@echo "Running the plan for each calibration (ten minutes each on two cores; what was run before is kept) ..."
	$(BIN)/resynapse qualify --out $(QUALIFIED)/filed --tests $(QUALIFIED)/tests.xml $(QUALIFY_ARGS) || [ $$? -eq 1 ]
	$(foreach name,$(CALIBRATIONS),$(call qualified,$(name)))
	$(BIN)/python -m resynapse.requests.qualification_page $(QUALIFIED)/filed $(addprefix $(QUALIFIED)/,$(CALIBRATIONS))
	$(MAKE) nulls

define qualified
	$(BIN)/resynapse qualify --out $(QUALIFIED)/$(1) --calibration $(1) --tests $(QUALIFIED)/tests.xml $(QUALIFY_ARGS) || [ $$? -eq 1 ]

endef

nulls: $(BIN)/.dev
	$(BIN)/python tools/null_trials.py
	$(BIN)/python -m resynapse.calibrate.stages.checks
	$(BIN)/python -m resynapse.qualify.exam.condition
	$(BIN)/python -m resynapse.qualify.ledger.refresh
	$(BIN)/python -m resynapse.qualify.answering.page

adopt: $(BIN)/.dev
	$(BIN)/python -m resynapse.calibrate.adopt $(RUN)

baseline: $(BIN)/.dev
	$(BIN)/python tools/baseline.py

bench: $(BIN)/.dev
	$(BIN)/python -m bench $(if $(FULL),--full) $(BENCH_ARGS)
	$(BIN)/python -m bench.page

format: $(BIN)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# One set of versions serves 3.11, 3.12 and 3.13; the core lock is a subset of the developers' lock.
COMPILE = $(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --fork-strategy fewest \
          --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet $(UPGRADE)

lock: $(BIN)/.dev
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra test --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# The environment. The developers' one is the core one and more, so it also stands for the core one.
$(BIN)/python:
	@python=$$(sh tools/find-python $(PYTHON)) || exit 2; \
	echo "Making $(VENV) with $$("$$python" --version)"; "$$python" -m venv $(VENV)

$(BIN)/.core: requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock)
	@touch $@

$(BIN)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.lock)
	@touch $(BIN)/.core $@

define install
	@sh tools/find-python $(BIN)/python >/dev/null
	@echo "Installing the pinned packages of $(1); the first time takes a few minutes."
	$(PIP) install --quiet --require-hashes --requirement $(1)
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
endef
