# Everything runs in .venv, which the first target that needs it makes. Asked of the machine: make and
# Python 3.11 or newer (`make PYTHON=python3.12 …` takes another one than `python3`).

PYTHON ?= python3
VENV   ?= .venv
# Arguments passed on: make demo ARGS=--no-serve, make test ARGS="-k calendar -x", make bench ARGS=--json
ARGS   ?=
# For pip, when it installs torch alone: where another index serves a CPU build, --index-url=… goes here.
TORCH_ARGS ?=

BIN     := $(VENV)/bin
PIP     := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
# A stamp carries the checksum of all that decides what is installed: a changed lock installs anew, a
# second call or a fresh checkout of the same files does nothing.
INPUTS  := pyproject.toml requirements/runtime.txt requirements/dev.txt requirements/torch.txt
STATE   := $(shell cat $(INPUTS) 2>/dev/null | cksum | cut -d ' ' -f 1)
MADE    := $(VENV)/.made
RUNTIME := $(VENV)/.installed-runtime-$(STATE)
DEV     := $(VENV)/.installed-dev-$(STATE)

UV_VERSION   := 0.13.8
COMPILE      := $(BIN)/uv pip compile --quiet --no-header --config-file requirements/uv.toml \
                pyproject.toml requirements/build.in --constraint requirements/torch.txt
LOCK_HEADER  := '\# Locked with hashes by `make lock`, for Python 3.11 and newer on Linux and macOS; made with %s.\n\# torch is missing on purpose: see torch.txt.\n'
DOCS_TESTS   := $(wildcard tests/unit/test_docs*.py)

# Compiled modules are kept even where the environment says otherwise: without them a start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo serve test check format lint types layers docs fix bench lock clean

help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

install: $(DEV) ## install everything needed to work here into .venv

demo: $(RUNTIME) ## load the demo articles, print three filled sections, serve a small news site
	$(BIN)/recommender demo $(ARGS)

serve: $(RUNTIME) ## run the HTTP service (settings: RECOMMENDER_… variables)
	$(BIN)/recommender serve $(ARGS)

test: $(DEV) ## run all tests
	$(BIN)/python -m pytest $(ARGS)

check: format lint types layers docs ## run every check that is no test of behaviour

format: $(DEV)
	$(BIN)/ruff format --check .

lint: $(DEV)
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy

layers: $(DEV)
	$(BIN)/lint-imports

docs: $(DEV)
	$(if $(DOCS_TESTS),$(BIN)/python -m pytest --quiet $(DOCS_TESTS),@echo "docs: no tests/unit/test_docs*.py here")

fix: $(DEV) ## format, and repair what can be repaired safely
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# bench/extraction.py measures on pages that are not part of the project: it wants their folder.
bench: $(DEV) ## run the benchmarks in a small size
	$(BIN)/python bench/encode.py --count 24 --rounds 2 --cache var/models $(ARGS)
	$(BIN)/python bench/http.py --articles 500 --requests 200 --rounds 2 $(ARGS)

lock: $(BIN)/uv ## write the locks anew; ARGS=--upgrade takes newer versions
	$(COMPILE) $(ARGS) --output-file requirements/runtime.txt
	$(COMPILE) $(ARGS) --extra dev --extra postgres --constraint requirements/runtime.txt \
	  --output-file requirements/dev.txt
	@for lock in requirements/runtime.txt requirements/dev.txt; do \
	  { printf $(LOCK_HEADER) "$$($(BIN)/python --version)"; cat $$lock; } > $$lock.new && mv $$lock.new $$lock; done

clean: ## remove .venv and the tools' caches; the data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "$(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo missing), wanted Python 3.11 or newer: run make PYTHON=python3.11 (or newer)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make a virtual environment: install its venv module \
	(Debian and Ubuntu: the package python3-venv)"; exit 1; }
	@touch $@

# The locked packages come first, checked against their hashes; torch then finds its needs installed and
# brings in, unhashed, only itself and, where its build wants them, CUDA libraries. Compiling all of torch
# and transformers takes a minute and is left out: the import at the end compiles what is used, and shows
# that the installation works.
define install_locked
	@echo "installing requirements/$(1).txt into $(VENV) (a minute or two the first time)"
	@$(PIP) install --no-compile --no-deps --require-hashes -r requirements/$(1).txt
	@$(PIP) install --no-compile $(TORCH_ARGS) -r requirements/torch.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c "import alembic.command, faiss, fastapi, sentence_transformers, trafilatura, typer, uvicorn"
endef

$(RUNTIME): | $(MADE)
	$(call install_locked,runtime)
	@rm -f $(VENV)/.installed-* && touch $@

$(DEV): | $(MADE)
	$(call install_locked,dev)
	@rm -f $(VENV)/.installed-* && touch $(RUNTIME) $@

$(BIN)/uv: | $(MADE)
	$(PIP) install uv==$(UV_VERSION)
