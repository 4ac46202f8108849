# Two commands do everything on a fresh machine: `make run` and `make test`. `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SIZE ?= small

.PHONY: help run test check bench docs lock format clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: .venv/run.stamp ## Install, load a grocer's year into an embedded PostgreSQL and serve the console
	@$(BIN)/regulars demo || [ $$? -eq 130 ] # Ctrl-C is no error.

test: .venv/dev.stamp tests/clients/node_modules/.stamp ## Install what the tests need (Chromium and PostgreSQL included) and run them all
	@tools/packages.sh chromium postgresql openjdk-17-jre-headless
	@tools/test.sh

check: .venv/dev.stamp ## Lint, format, types, import contract, SQL lint, lock
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache # Its cache takes a function for a module that once bore the name.
	@$(BIN)/python tools/sql_lint.py
	@$(BIN)/python tools/lock.py --check

bench: .venv/dev.stamp ## Measure; NAME=log runs one, SIZE=full takes the large sizes
	@$(BIN)/python bench/run.py --size $(SIZE) $(NAME)

docs: .venv/dev.stamp ## Write the generated pages of docs/reference anew
	@$(BIN)/python tools/reference.py

lock: .venv/dev.stamp ## Lock the dependencies of pyproject.toml with hashes
	@$(BIN)/python tools/lock.py

format: .venv/dev.stamp ## Format the code
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

clean: ## Remove the virtual environment and caches; the data in the home stays
	@rm -rf .venv tests/clients/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The published tracking clients for Node and browsers, as their package index has them.
tests/clients/node_modules/.stamp: tests/clients/package-lock.json .venv/dev.stamp
	@cd tests/clients && PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.venv/bin/python:
	@tools/venv.sh $(PYTHON)

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	@tools/install.sh run

.venv/dev.stamp: requirements/dev.txt pyproject.toml | .venv/bin/python
	@tools/install.sh dev
