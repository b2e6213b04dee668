# Everything that is done with the project, by name. `make demo` and `make test` work as the first command after a clone;
# they need Python 3.11 or newer and make; what they install stays in this directory.

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO_OPTIONS = $(if $(SEED),--seed $(SEED)) $(if $(DURATION),--duration $(DURATION)) \
	$(if $(SPECIALISTS),--specialists $(SPECIALISTS))

# The first of these that runs and is new enough; PYTHON=… names another.
FIND_PYTHON = python=; for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && python=$$candidate && break; \
	done; [ -n "$$python" ] || { echo '$(NO_PYTHON)' >&2; exit 1; }
NO_PYTHON = Python 3.11 or newer was not found; install it, or name it: make setup PYTHON=/path/to/python3
NO_VENV = No virtual environment could be made; on Debian and Ubuntu: apt install python3-venv

PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

.DEFAULT_GOAL := help
.PHONY: help setup demo test bench bench-quick test-faults test-fuzz audit sbom check check-lint check-format check-types check-imports format lock schema clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## Make .venv with everything in requirements-dev.lock, and the command sync-service in it

# Only wheels are installed: building a package would fetch what builds it, and no hash guards that.
# The project itself is built by the setuptools of the lock file, with nothing fetched.
$(STAMP): requirements.lock requirements-dev.lock pyproject.toml
	@$(BIN)/python -c '' 2>/dev/null || { $(FIND_PYTHON); echo "Making $(VENV) with $$("$$python" --version)"; \
		"$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); echo '$(NO_VENV)' >&2; exit 1; }; }
	@echo 'Installing what requirements-dev.lock names'
	@$(PIP) --require-hashes --only-binary :all: --requirement requirements-dev.lock
	@$(PIP) --no-index --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: $(STAMP) ## Show the whole service on a database of its own; SEED=1 DURATION=60 SPECIALISTS=200 ARGS=…
	@$(BIN)/sync-service demo $(DEMO_OPTIONS) $(ARGS)

test: $(STAMP) ## Run the tests on all cores; ARGS='-k code' runs some of them, ARGS='-n 0' without other processes
	@$(BIN)/python -m pytest -n auto $(ARGS)

test-faults: $(STAMP) ## Run the long tests that kill processes and restart the broker
	@$(BIN)/python -m pytest -m faults $(ARGS)

test-fuzz: $(STAMP) ## Throw a million spoiled inputs at every door; ARGS='--inputs 10000 --seed 1 --door kafka'
	@$(BIN)/python -m tests.fuzz $(ARGS)

bench: $(STAMP) ## Measure everything beside floors and peers, in less than an hour; ARGS='receive rebuild' some of it
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quick: $(STAMP) ## Measure a telling part of it in less than three minutes
	@$(BIN)/python -m benchmarks --quick $(ARGS)

audit: $(STAMP) ## Write the bill of materials, and look up every pinned package for known vulnerabilities
	@$(BIN)/python -m tests.supply.audit

sbom: $(STAMP) ## Write the bill of materials (CycloneDX) to build/sbom.cdx.json; asks nobody
	@$(BIN)/python -m tests.supply.audit --bill-only

check: check-lint check-format check-types check-imports ## Run ruff, mypy and import-linter (make -k check: all of them)

check-lint: $(STAMP)
	@$(BIN)/ruff check .

check-format: $(STAMP)
	@$(BIN)/ruff format --check .

check-types: $(STAMP)
	@$(BIN)/mypy

check-imports: $(STAMP)
	@$(BIN)/lint-imports --no-logo

format: $(STAMP) ## Lay out the code, and mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(STAMP) ## Write both lock files anew from pyproject.toml; ARGS=--upgrade takes newer versions
	@$(COMPILE) --group build $(ARGS) --output-file requirements.lock
	@$(COMPILE) --group dev --constraint requirements.lock $(ARGS) --output-file requirements-dev.lock

schema: $(STAMP) ## Write the JSON Schema of every message to docs/schema, and the HTTP API's OpenAPI to docs/openapi.json
	@$(BIN)/python -m sync_service.messages.schema docs/schema
	@$(BIN)/python -m sync_service.api.openapi docs/openapi.json

clean: ## Remove what make made, the virtual environment among it
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
