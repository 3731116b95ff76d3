# Two commands do everything on a fresh Debian with Python 3.11 and Node 20:
#   make demo   set up, train and log in notebooks/quickstart.ipynb, open JupyterLab on it
#   make test   set up, lint, type-check, test; browser tests included, headless
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: setup js demo demo-run compare-run test lint unit e2e wheel bench lock clean chromium

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3
JS_SOURCES := $(shell find js/src -type f 2>/dev/null) $(wildcard js/*.ts js/*.mjs) js/package-lock.json
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
ROOT_FLAG := $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)

setup: $(VENV)/.ready nbtrack/static/core.js

js/node_modules/.ready: js/package-lock.json js/package.json
	# not `npm ci`: it refuses a lock that leaves out the binaries of other platforms
	cd js && npm install --no-save --no-fund --no-audit
	touch $@

nbtrack/static/core.js: js/node_modules/.ready $(JS_SOURCES)
	cd js && npm run build

js: nbtrack/static/core.js

$(VENV)/.ready: requirements.lock pyproject.toml | nbtrack/static/core.js
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -r requirements.lock
	$(BIN)/python -m pip install -q --no-build-isolation --no-deps -e .
	touch $@

# ---- the demo ------------------------------------------------------------------------------------------------
demo-run: setup
	cd notebooks && ../$(BIN)/jupyter nbconvert --to notebook --execute --inplace quickstart.ipynb
	cd notebooks && ../$(BIN)/jupyter nbconvert --to notebook --execute --inplace compare.ipynb

demo: demo-run
	cd notebooks && ../$(BIN)/jupyter lab $(ROOT_FLAG) quickstart.ipynb

# ---- the tests -----------------------------------------------------------------------------------------------
chromium:
	command -v chromium >/dev/null || { $(SUDO) apt-get update -q && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -q chromium fonts-dejavu-core fonts-noto-cjk; }

lint: setup
	$(BIN)/ruff check nbtrack tests
	$(BIN)/ruff format --check nbtrack tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd js && npm run lint && npm run check

unit: setup
	cd js && npm test
	$(BIN)/pytest -n 2 -m "not e2e" tests

wheel: setup
	rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

e2e: setup chromium
	$(BIN)/pytest -m e2e tests/e2e

test: lint unit e2e

bench: setup
	for b in tests/benchmarks/bench_*.py; do echo "== $$b"; $(BIN)/python $$b; done

# ---- upkeep --------------------------------------------------------------------------------------------------
lock:
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --extra test --extra demo --extra server --extra media --extra pandas \
	  --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements.lock

clean:
	rm -rf $(VENV) js/node_modules nbtrack/static dist build
