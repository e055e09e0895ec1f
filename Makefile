# Everything a developer or CI runs. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 3

.PHONY: help run test check fmt bench soak lock browser clean

help: ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.installed ## start API, worker and UI on a live sample firm (Ctrl-C stops)
	@$(BIN)/controlplane demo

test: $(VENV)/.developer browser ## run every test (PostgreSQL, SMTP and a browser included)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

check: $(VENV)/.developer ## lint, types, import directions, locks: all that needs no test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: $(VENV)/.developer ## format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.measurer ## measure: each figure a ratio to a limit of the same run
	@$(BIN)/python -m benchmarks

soak: $(VENV)/.developer ## long runs: kill -9, dying rule processes, differential rules
	@$(BIN)/python -m pytest -m soak --timeout=3600 -o addopts="" --import-mode=importlib

lock: ## compile requirements/*.lock with hashes
	@scripts/lock

browser: ## make sure a Chromium stands here
	@scripts/browser

clean: ## forget the virtual environment and the data folder
	rm -rf $(VENV) data .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.installed: requirements/main.lock pyproject.toml scripts/install
	@scripts/install "$(PYTHON)" "$(VENV)" main

$(VENV)/.developer: requirements/main.lock requirements/dev.lock pyproject.toml scripts/install
	@scripts/install "$(PYTHON)" "$(VENV)" dev

$(VENV)/.measurer: $(VENV)/.developer requirements/bench.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements/bench.lock
	@touch $(VENV)/.measurer
