# make demo and make test are all one needs; both set everything up first. make help lists the rest.

BIN := .venv/bin
PYTEST_ARGS ?=
LOCK_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench serve dictionary lock clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## .venv (Python packages, the ntm command) and .jars (Delta for Spark); quick when nothing changed
	@infra/setup.sh

demo: setup ## generate sample records, run the DAGs over them, print the 90/80/60 table
	@$(BIN)/ntm demo

test: check ## check, then all tests (PYTEST_ARGS="-k name" narrows them)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: setup ## lint, format and types, as they are configured in pyproject.toml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy infra

bench: setup ## the benchmarks, with their figures
	$(BIN)/python -m benchmarks.run

serve: setup ## Airflow's pages and scheduler on this machine
	@$(BIN)/python -m jobs.airflow_runtime serve

lock: setup ## resolve pyproject.toml anew into the lock files (LOCK_ARGS=--upgrade takes newer versions)
	$(BIN)/uv pip compile pyproject.toml --extra dev --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --quiet $(LOCK_ARGS) --output-file requirements.lock
	printf 'setuptools\nuv\n' | $(BIN)/uv pip compile - --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --quiet $(LOCK_ARGS) --output-file infra/bootstrap.lock

clean: ## remove caches and ./var: the demo's records and tables, and the settings' default workspace
	rm -rf var build .pytest_cache .mypy_cache .ruff_cache .hypothesis ./*.egg-info
	find . \( -name .venv -o -name .git \) -prune -o -type d -name __pycache__ -exec rm -rf {} +

distclean: clean ## clean, and remove .venv and .jars too
	rm -rf .venv .jars

dictionary: setup ## write docs/dictionary from contracts, catalogue and plans
	$(BIN)/python -m warehouse_schema.dictionary
