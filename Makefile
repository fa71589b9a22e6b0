# Two commands do all the set-up on a fresh Debian or Ubuntu machine: `make demo` and `make test`.

PYTHON ?= python3
RELEASE ?= bookworm
SCENARIOS ?=
ARGUMENTS ?=
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help demo test lab releases tshark sig lint types format bench lock clean

help:  ## what can be made
	@sed -n 's/^\([a-z]*\):.*##/make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo:  ## a real bluetoothd and a phone in a box: what the phone hears of examples/heart_rate.py
	$(PYTHON) -m tests.lab demo --release $(RELEASE)

test: $(VENV)/ready  ## the tests that need no Bluetooth
	$(BIN)/pytest --cov --cov-report=term

lab:  ## every scenario against a real bluetoothd; RELEASE=bookworm|trixie|sid, SCENARIOS="flood restart"
	$(PYTHON) -m tests.lab --release $(RELEASE) $(SCENARIOS)

releases:  ## docs/releases.md anew: what BlueZ 5.66, 5.82 and sid's can do, as the scenarios find it (half an hour)
	$(PYTHON) -m tests.lab table

tshark: $(VENV)/ready  ## Wireshark's dissectors judge what the catalogue encodes
	@command -v tshark >/dev/null || { $(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qy --no-install-recommends tshark; }
	$(BIN)/python -m tests.tshark

sig: $(VENV)/ready  ## the SIG's numbers and types anew from the pinned data; ARGUMENTS=--check compares only
	$(BIN)/python -m tools.sig $(ARGUMENTS)

lint: $(VENV)/ready  ## ruff and the rule that imports run one way
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/ready  ## mypy --strict and pyright strict
	$(BIN)/mypy
	$(BIN)/pyright

format: $(VENV)/ready  ## let ruff put things in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/ready  ## ratios beside bare struct and hand-written dbus-fast, in one run
	$(BIN)/pytest benchmarks -o python_files='bench_*.py'

lock: $(VENV)/ready  ## choose the development tools' versions anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra tools --group dev --universal --python-version 3.11 \
		--generate-hashes --no-annotate --upgrade --quiet -o requirements.lock

clean:  ## forget the virtual environment and what tools left behind (the lab's cache stays)
	rm -rf $(VENV) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "gattschema needs Python 3.11 or newer: make test PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null && command -v dbus-daemon >/dev/null || \
		{ $(SUDO) apt-get update -q && $(SUDO) apt-get install -qy --no-install-recommends python3-venv dbus; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@
