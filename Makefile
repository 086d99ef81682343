.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON := .venv/bin/python
BIN := .venv/bin
DATABASE ?= mariadb

NODE_OPTIONS_OF_LOCK = --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

.PHONY: help run test check docs bench k6 rehearsal shell messages states screenshots requirements clean setup setup-dev setup-bench

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## Set up what is missing and start the whole platform; Ctrl-C ends it
	@exec setpriv --pdeathsig TERM $(PYTHON) -m scripts.run_platform

test: setup-dev ## Run all tests on private MariaDB and Redis servers, on all cores; ARGS="-k seat" picks some
	@$(BIN)/pytest --numprocesses $$(($$(nproc) + 1)) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup-dev ## Run every check that needs no server
	@scripts/check.sh

docs: setup-dev ## Build the site of docs/ into .local/site; a broken link fails
	@$(PYTHON) -m scripts.docs && $(BIN)/zensical build --strict --clean

bench: setup-bench ## Measure, and write docs/performance.md; ARGS=--smoke only tries each workload, in a minute
	@$(PYTHON) -m bench $(ARGS)

k6: setup-dev ## Play the k6 journeys on a platform of its own, and write their tables; ARGS="one-seat", K6=/path/to/k6
	@exec setpriv --pdeathsig TERM $(PYTHON) -m bench.k6 $(ARGS)

rehearsal: setup-dev ## Play the on-sale minute on a platform of its own; ARGS="--seats 500 --people 2000 --seconds 20"
	@exec setpriv --pdeathsig TERM $(PYTHON) -m scripts.rehearsal_platform --database $(DATABASE) \
		$(if $(KEEP),--keep) $(or $(COMMAND),rehearse $(ARGS))

shell: setup ## Open Django's shell on the embedded default
	@$(PYTHON) manage.py shell

requirements: setup-dev ## Pin requirements*.in and package.json again; ARGS="--upgrade" takes newer releases
	@scripts/pin_requirements.sh $(ARGS)
	@PATH=$(CURDIR)/$(BIN):$$PATH npm install $(NODE_OPTIONS_OF_LOCK) --loglevel=error

messages: setup-dev ## Find the texts that are to be translated, and write them into locale/
	@$(PYTHON) -m scripts.messages

states: setup-dev ## Write what the Lua scripts and the desk have of the counselor states, from apps/counseling/states.py
	@$(PYTHON) -m scripts.counselor_states

screenshots: setup-dev ## Take the pictures of docs/screenshots anew, from a platform of their own
	@$(PYTHON) -m scripts.screenshots

clean: ## Remove the virtual environment and the caches, not the data in .local/
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@scripts/setup.sh run

setup-dev:
	@scripts/setup.sh dev

setup-bench:
	@scripts/setup.sh bench
