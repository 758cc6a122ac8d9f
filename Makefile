# make demo    set up, review the example corridor, write dossier.html
# make test    set up, check the code and the library, run every test that CI runs
# make check   ruff, mypy, import contract, library
# make fix     let ruff put right what it can, and lay out the code
# make hard    the long suites (also: make hard ONLY=fuzz); keeps a dated result in bench/runs/
# make docs    generate the reference pages, glossary and shown outputs again
# make lock    renew the hash-pinned locks after a change in pyproject.toml (needs uv)
# make clean   remove the environment and the caches

SHELL := /bin/bash
BIN := .venv/bin
WORKERS ?= 2
ONLY ?=
# What the example of `make demo` uses; a room whose extra is missing says so in the dossier.
DESK := --extra charging --extra carbon --extra supply --extra routes
LOCK := --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade --quiet
SETUP := .ci/setup .ci/debian pyproject.toml requirements-build.lock

.PHONY: help demo test check fix docs hard lock clean

help:
	@sed -n 's/^# make /make /p' Makefile

.venv/.demo: requirements.lock $(SETUP)
	.ci/setup demo
	@touch $@

.venv/.test: requirements-test.lock $(SETUP)
	.ci/setup test
	@touch $@ .venv/.demo

# Exit 1 says that there are findings, which is what the example is for.
demo: .venv/.demo
	$(BIN)/carnet review examples/heavy-truck-corridor.yaml --html dossier.html || [ $$? -eq 1 ]
	@echo "written: dossier.html"

test: check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/carnet check data

fix: .venv/.test
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

docs: .venv/.test
	$(BIN)/python docs/generate.py

hard: .venv/.test
	$(BIN)/python .ci/hard.py $(ONLY)

lock:
	uv pip compile pyproject.toml $(DESK) $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --all-extras $(LOCK) -o requirements-test.lock
	uv pip compile --group build $(LOCK) -o requirements-build.lock

clean:
	rm -rf .venv .carnet .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
