# Everything a newcomer, a developer and CI do, in the same words. `make` alone lists the targets.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run test test-training test-distributed check format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(VENV)/.run ## install what the service needs and serve the bundled models on http://localhost:8000
	$(BIN)/nlp-service serve

test: $(VENV)/.dev ## install what tests need and run them (integration tests want redis-server)
	$(BIN)/python -m pytest

test-training: $(VENV)/.train ## install PyTorch and the rest of the `train` extra, and run the tests that need them
	$(BIN)/python -m pytest tests/training tests/contract/test_encoders.py tests/unit/batch tests/unit/cli \
		tests/unit/evaluation tests/unit/training tests/unit/load_tests tests/integration/test_cluster_command.py

test-distributed: $(VENV)/.distributed ## install Ray, the `distributed` extra, and run the tests that need it
	$(BIN)/python -m pytest tests/distributed

check: $(VENV)/.dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e .
	touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[dev]'
	touch $@

$(VENV)/.train: $(VENV)/.dev
	$(PIP) -e '.[dev,train]'
	touch $@

$(VENV)/.distributed: $(VENV)/.dev
	$(PIP) -e '.[dev,distributed]'
	touch $@
