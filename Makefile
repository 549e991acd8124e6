# Needs git, make and Python 3.11 or newer with venv. Everything else comes from the lock files, each package pinned by hash.

VENV := .venv
BIN := $(VENV)/bin
PYTHONS = $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
SEED ?= 1
SIZE ?=
ARGS ?=
FAULTS = tests/faults tests/chaos/test_failpoints.py tests/shared/bus tests/shared/service/test_drain.py
RESULTS ?= .results.xml
# All tests are shared by a process for each core; a selection (ARGS) is not worth starting them.
WORKERS ?= $(if $(ARGS),,-n logical --maxprocesses 4 --dist worksteal)

# Container images like to set it. Without bytecode to read, each process that starts compiles a thousand modules: seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo run token test lint kafka postgres bench chaos faults secrets api-docs api-release fuzz assurance lock picture clean

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.runtime ## the three services with made-up leads: watch the follow-ups happen (new data folder each time)
	@$(BIN)/rainmaker demo $(ARGS)

run: $(VENV)/.runtime ## the three services on this machine, without leads; the data stays in .rainmaker (or RAINMAKER_DATA)
	@$(BIN)/rainmaker serve $(ARGS)

token: $(VENV)/.runtime ## print a token with every scope for the local system, and nothing else
	@$(BIN)/rainmaker token $(ARGS)

test: lint ## lint, then every test (ARGS="tests/shared -k outbox" for some of them)
	@$(BIN)/python -m pytest -q -ra --durations=15 $(if $(ARGS),,--junitxml=$(RESULTS)) $(WORKERS) $(ARGS)

lint: $(VENV)/.test ## style, types and the import contracts
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

kafka: $(VENV)/.test ## a real one-node Apache Kafka in the foreground (needs Maven the first time)
	@$(BIN)/python -m tests.real.kafka $(ARGS)

postgres: $(VENV)/.test ## a real PostgreSQL in the foreground; prints the DATABASE_URL to use with it
	@$(BIN)/python -m tests.real.postgres $(ARGS)

bench: $(VENV)/.bench ## measure, and write bench/RESULTS.md
	@$(BIN)/python -m bench $(ARGS)

chaos: $(VENV)/.test ## kill everything again and again, then count: SEED=1 repeats a run, SIZE=full is the long one
	@$(BIN)/python -m tests.chaos --seed $(SEED) $(if $(SIZE),--size $(SIZE)) $(ARGS)

faults: $(VENV)/.test ## single faults at release size: disks, databases, brokers, members, stops (ARGS="-k disk" for some)
	@RAINMAKER_FAULTS=full $(BIN)/python -m pytest -q -ra $(FAULTS) $(ARGS)

secrets: ## random passwords and keys in secrets/, for docker compose up --build --wait; never over what is there
	@sh deploy/compose/secrets.sh

api-docs: $(VENV)/.test ## write docs/api: what the services say of themselves (OpenAPI, AsyncAPI)
	@$(BIN)/python -m tests.contracts.kept write

fuzz: $(VENV)/.test ## Schemathesis asks the three services on both databases (ARGS="--database sqlite --seconds 600 --seed 7 campaign")
	@$(BIN)/python -m tests.fuzz $(ARGS)

assurance: $(VENV)/.test ## write what the last whole `make test` found into docs/assurance.md (RESULTS=FILE)
	@$(BIN)/python -m tests.docs.assured $(RESULTS)

api-release: $(VENV)/.test ## make docs/api the baseline that nothing may break; refuses a break that CHANGELOG.md does not name
	@$(BIN)/python -m tests.contracts.kept release

lock: $(VENV)/.setup ## pin the packages of pyproject.toml again (ARGS=--upgrade for the newest of each)
	@$(COMPILE) --group setup -o requirements-setup.lock $(ARGS)
	@$(COMPILE) pyproject.toml -o requirements.lock $(ARGS)
	@$(COMPILE) --group test -c requirements.lock -o requirements-test.lock $(ARGS)
	@$(COMPILE) --group bench -c requirements.lock -c requirements-test.lock -o requirements-bench.lock $(ARGS)

picture: $(VENV)/.test ## draw docs/demo.svg, the picture in the README, from a run of the demo
	@$(BIN)/python -m tests.docs.picture $(ARGS)

clean: ## remove what make has made (environment, caches); the data in .rainmaker stays
	@rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build rainmaker.egg-info

# Set-up below: one stamp for each set of packages, so that a second call costs nothing. It speaks on stderr only.

UV = $(BIN)/python -m uv
COMPILE = $(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock"

# uv needs a second where pip needs half a minute; pip stays the way for a machine whose package source only pip knows.
INSTALL = install() { $(UV) pip install -q --python $(BIN)/python --require-hashes -r $$1 \
	|| { echo "uv could not, so pip does it" >&2; $(BIN)/python -m pip install -q --require-hashes -r $$1; }; }; install

$(BIN)/pip:
	@for one in $(PYTHONS); do \
	  $$one -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found=$$one && break; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer with venv was found (tried: $(strip $(PYTHONS)))." >&2; \
	  echo "Install one (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	echo "setting up $(VENV) with $$($$found --version)" >&2; $$found -m venv $(VENV)

$(VENV)/.setup: requirements-setup.lock | $(BIN)/pip
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The project itself is installed last and editable: the command `rainmaker`, and no copy of the code.
$(VENV)/.runtime: requirements.lock pyproject.toml $(VENV)/.setup
	@$(INSTALL) requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.runtime
	@$(INSTALL) requirements-test.lock
	@touch $@

$(VENV)/.bench: requirements-bench.lock $(VENV)/.test
	@$(INSTALL) requirements-bench.lock
	@touch $@
