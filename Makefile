# make demo and make test are all one needs; both set everything up first. make help lists the rest.

BIN := .venv/bin
PYTEST_ARGS ?=
LOCK_ARGS ?=
PARITY_ARGS ?=

# The engine that the demo and the tests run on: ENGINE=spark|sail, for the tests also both. Not given: NTM_ENGINE, else the default.
ENGINE := $(NTM_ENGINE)
ifneq ($(filter-out spark sail $(if $(filter demo serve,$(MAKECMDGOALS)),,both),$(ENGINE))$(word 2,$(ENGINE)),)
$(error ENGINE: expected spark or sail (both: only for the tests), found "$(ENGINE)")
endif
SET_UP := $(if $(filter spark,$(ENGINE)),setup-spark,setup)
WITH_ENGINE := $(if $(ENGINE),NTM_ENGINE=$(ENGINE))
TESTED_ENGINES := $(if $(filter both,$(ENGINE)),sail spark,$(or $(ENGINE),sail))

.DEFAULT_GOAL := help
.PHONY: help setup setup-spark setup-office setup-browser setup-s3 setup-postgres demo site docs test test-sail test-spark check contracts parity soak bench bench-check serve dictionary lock clean distclean
.NOTPARALLEL:

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## .venv (Python packages, the ntm command); quick when nothing changed
	@infra/setup.sh

setup-spark: ## setup, and what Spark needs: Java and .jars (Delta for Spark, an archive that lets it start sooner)
	@infra/setup.sh --spark

setup-office: ## setup, and LibreOffice (Debian's, as root) for the slow tests of workbooks; without it they are skipped
	@infra/setup.sh --office

setup-browser: ## setup, and Chromium (Debian's, as root) for the slow tests of the report site; without it they are skipped
	@infra/setup.sh --browser

setup-s3: ## setup, and an S3 server (.bin/versitygw) for the slow tests of a landing zone and tables on S3; without it they are skipped
	@infra/setup.sh --s3

setup-postgres: ## setup, and PostgreSQL (Debian's, as root) for the slow tests of the writer's lock; without it they are skipped
	@infra/setup.sh --postgres

demo: $(SET_UP) ## generate sample records, run the DAGs over them, print every target of the plan (PROVINCES=all|40,01, ENGINE=spark|sail)
	@$(WITH_ENGINE) $(BIN)/ntm demo $(if $(PROVINCES),--provinces $(PROVINCES))

site: setup ## write the report as pages, into var/site (after make demo, or ntm run)
	@$(BIN)/ntm site build

docs: setup ## write docs/ as a site, into var/docs; it needs no server and no network (open var/docs/index.html)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build
	@echo "docs: var/docs/index.html"

test: check $(addprefix test-,$(TESTED_ENGINES)) ## check, then all tests (ENGINE=spark|sail|both, default sail; PYTEST_ARGS="-k name" narrows them)

test-sail: setup ## all tests on Sail, without check; test files are dealt out over the cores (PYTEST_ARGS=-n0: one process)
	NTM_ENGINE=sail $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-spark: setup-spark ## all tests on Spark in one process with one session, without check
	NTM_ENGINE=spark $(BIN)/python -m pytest $(PYTEST_ARGS)

check: setup ## lint, format, types and import rules, as they are configured in pyproject.toml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy infra
	$(BIN)/lint-imports --no-cache

contracts: ## lint, test (against generated tables) and export the contracts with ODCS' own tool, datacontract-cli
	@infra/setup.sh --contracts
	$(BIN)/python -m pytest -n0 -m contracts $(PYTEST_ARGS)

parity: setup-spark ## load the same dirty landing zone with both engines and compare all tables (PARITY_ARGS="--pairs spark-sets in-turn": sets on Spark too)
	$(BIN)/python -m tests.parity.compare_engines $(PARITY_ARGS)

soak: setup ## 50 runs in a row on generated records, 20 of them killed; the tables against those of one run
	$(WITH_ENGINE) $(BIN)/python -m tests.pipeline.soak

bench: setup-spark ## the benchmarks, with their figures
	@code=0; $(BIN)/python -m benchmarks.run || code=$$?; $(BIN)/python -m benchmarks.sheets || code=$$?; $(BIN)/python -m benchmarks.questions || code=$$?; exit $$code

bench-check: setup-spark ## fail when a ratio is 25 % worse than the committed one
	$(BIN)/python -m benchmarks.check

serve: $(SET_UP) ## Airflow's pages and scheduler on this machine
	@$(WITH_ENGINE) $(BIN)/python -m jobs.runtime.airflow serve

lock: setup ## resolve pyproject.toml anew into the lock files (LOCK_ARGS=--upgrade takes newer versions)
	$(BIN)/uv pip compile pyproject.toml --extra dev --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --quiet $(LOCK_ARGS) --output-file requirements.lock
	printf 'setuptools\nuv\n' | $(BIN)/uv pip compile - --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --quiet $(LOCK_ARGS) --output-file infra/bootstrap.lock
	printf 'datacontract-cli[duckdb]==1.2.8\n' | $(BIN)/uv pip compile - --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --quiet $(LOCK_ARGS) --output-file infra/contracts.lock

clean: ## remove caches and ./var: the demo's records and tables, and the settings' default workspace
	rm -rf var build .pytest_cache .mypy_cache .ruff_cache .hypothesis ./*.egg-info
	find . \( -name .venv -o -name .git \) -prune -o -type d -name __pycache__ -exec rm -rf {} +

distclean: clean ## clean, and remove .venv, .venv-contracts and .jars too
	rm -rf .venv .venv-contracts .jars .bin

dictionary: setup ## write docs/dictionary from contracts, catalogue and plans
	$(BIN)/python -m jobs.publish.dictionary
