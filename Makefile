# Everything runs in .venv, which these targets make and keep up to date. `requirements/` has one version of each
# package, with its hashes, as `uv pip compile --universal --generate-hashes` finds them.
PYTHON ?= python3
VENV := .venv
RUNS := $(VENV)/.runs
STAMP := $(VENV)/.installed

.PHONY: demo play test bench fuzz lint format wheel clean

demo: $(RUNS)
	$(VENV)/bin/shs-adapter demo

play: $(RUNS)
	$(VENV)/bin/shs-adapter demo --play

test: $(STAMP) lint
	$(VENV)/bin/pytest -n auto --maxprocesses 4 --dist loadgroup

bench: $(STAMP)
	$(VENV)/bin/python -m bench

# FUZZ names targets (all, if none), SECONDS is for each; for development only, where Atheris can be installed.
SECONDS ?= 60
fuzz: $(STAMP)
	$(PIP) --require-hashes -r requirements/fuzz.txt || \
		{ echo "Atheris has no package for this machine and Python; make test fuzzes a bounded time" >&2; exit 1; }
	$(VENV)/bin/python -m tests.fuzz $(SECONDS) $(FUZZ)

lint: $(STAMP)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mypy

wheel: $(RUNS)
	$(VENV)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist .

format: $(STAMP)
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

clean:
	rm -rf $(VENV) demo-data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
OURS := --no-deps --no-build-isolation -e .

# What it takes to run, and to build; then what it takes to develop.
$(RUNS): pyproject.toml requirements/run.txt requirements/build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(PIP) $(OURS)
	touch $@

$(STAMP): $(RUNS) requirements/dev.txt
	$(PIP) --require-hashes -r requirements/dev.txt
	touch $@
