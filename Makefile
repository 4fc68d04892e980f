# Recipes. `make` alone lists them; each works as the first command on a machine with Python 3.11+, pip and make.
PYTHON ?= python3
SOURCES := $(shell find src policies -name '*.py' -o -name '*.yaml' 2>/dev/null)
SAMPLES := samples/terraform samples/cloudformation samples/arm samples/bicep

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
BIN_CHECKOV := .venv-checkov/Scripts
else
BIN := .venv/bin
BIN_CHECKOV := .venv-checkov/bin
endif

help: ## list the recipes
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 14

scan: .venv/installed ## scan the samples and show the result as a person sees it
	@$(BIN)/cloudpolicy scan $(SAMPLES) || test $$? -eq 1  # the violating samples fail on purpose

test: .venv/dev .venv-checkov/installed ## run every test (the policies' own examples too)
	$(BIN)/cloudpolicy test
	$(BIN)/python -m pytest -n auto --dist worksteal

test-oldest: .venv/dev ## run the hosts' tests with the oldest Checkov and cfn-lint that are supported
	$(PYTHON) -m venv .venv-oldest/checkov
	.venv-oldest/checkov/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check checkov==3.2.0 -e .
	CHECKOV_ENVIRONMENT=.venv-oldest/checkov $(BIN)/python -m pytest tests/hosts/test_checkov.py -n auto
	$(PYTHON) -m venv .venv-oldest/cfn-lint
	.venv-oldest/cfn-lint/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check cfn-lint==1.20.0 -e . pytest pytest-timeout pytest-xdist
	.venv-oldest/cfn-lint/$(notdir $(BIN))/python -m pytest tests/hosts/test_cfn_lint.py -n auto

lint: .venv/dev ## ruff, mypy --strict, the import contracts, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fmt: .venv/dev ## format the code
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .

bench: .venv/dev .venv-checkov/installed ## measure against Checkov, cfn-lint and the bare parsers; writes bench/RESULTS.md
	$(BIN)/python bench/run.py

docs: .venv/dev ## renew generated documents (README blocks and pictures, docs/policies)
	$(BIN)/python scripts/renew_docs.py

new-policy: .venv/dev ## write a new policy with a failing example
	$(BIN)/python scripts/new_policy.py

all: lint test ## what CI runs

clean: ## remove what the recipes made
	rm -rf .venv .venv-checkov .venv-oldest dist build .pytest_cache .mypy_cache .ruff_cache

# -- environments ------------------------------------------------------------------------------------------------------------------
# Bytecode is compiled here: where PYTHONDONTWRITEBYTECODE is set every start would otherwise compile everything anew.

.venv/bare:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name it with make PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/bare pyproject.toml $(SOURCES)
	@test -f $@ -a ! pyproject.toml -nt $@ || $(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@$(BIN)/python -m compileall -q src/cloudpolicy
	@touch $@

.venv/dev: .venv/installed pyproject.toml
	@test -f $@ -a ! pyproject.toml -nt $@ || $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# Checkov has an environment of its own: its bc-python-hcl2 and our optional python-hcl2 install the same import package.
.venv-checkov/installed: pyproject.toml
	$(PYTHON) -m venv .venv-checkov
	$(BIN_CHECKOV)/python -m pip install --quiet --disable-pip-version-check 'checkov>=3.2' -e .
	@touch $@

.DEFAULT_GOAL := help
.PHONY: help scan test test-oldest lint fmt bench docs new-policy all clean
