# The door: setup, demo, test, check, bench, docs, soak. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Rust builds are cached outside the checkout, so that a clean clone does not compile everything again.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/firstclass/target
SOURCES := $(shell find engine python bundle -path engine/fuzz -prune -o \( -name '*.rs' -o -name '*.toml' -o -name 'reasons.json' \) -print 2>/dev/null) Cargo.toml Cargo.lock pyproject.toml
SHARED ?= ../shared
# Without a terminal the compiler's lines are kept until they are needed, and a line says from time to time that it works.
PROGRESS_SECONDS ?= 15
# What pip compiles below, first: pip would show nothing of it for minutes, and finds it done.
define COMPILE
export VIRTUAL_ENV="$(CURDIR)/$(VENV)"; compile=("$(BIN)/maturin" develop --release --skip-install); \
if [ -t 2 ] && [ -z "$${CI:-}" ]; then "$${compile[@]}"; exit; fi; \
log=$$(mktemp); \
while sleep $(PROGRESS_SECONDS) >/dev/null 2>&1; do \
  echo "setup: compiling, $$SECONDS s so far, at crate $$(grep -c '^ *Compiling' "$$log" || true)"; done & \
trap 'kill $$! 2>/dev/null; rm -f "$$log"' EXIT; \
"$${compile[@]}" >"$$log" 2>&1 || { cat "$$log" >&2; exit 1; }
endef

.PHONY: help setup demo test test-rust test-python accept check bench docs soak clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.built ## everything into .venv; the command is .venv/bin/firstclass

$(VENV)/.python: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "hint: Python 3.11 or later is needed; make setup PYTHON=python3.12" >&2; exit 1; }
	@echo "setup: installing Python packages into $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.built: $(VENV)/.python $(SOURCES)
	@command -v cargo >/dev/null || { echo "error: no Rust toolchain (cargo) was found" >&2; echo "hint: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh" >&2; exit 1; }
	@echo "setup: compiling the engine (some minutes the first time, seconds after)"
	@$(COMPILE)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## the sample API, its attacker, and the gateway between them
	$(BIN)/firstclass demo

test: setup test-rust test-python ## all tests that CI runs

test-rust:
	cargo test --workspace --exclude firstclass-python --locked

test-python:
	$(BIN)/python -m pytest -n 2 --dist loadfile

accept: setup ## black-box acceptance runs, where their folder is beside the checkout
	@if [ -d $(SHARED)/accept ]; then $(BIN)/python $(SHARED)/accept/main_job.py && $(BIN)/python $(SHARED)/accept/brownfield.py; \
	else echo "acceptance runs skipped: $(SHARED)/accept is absent"; fi

check: setup ## lint, types, layers
	$(BIN)/ruff format --check python tests bench
	$(BIN)/ruff check python tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir $(VENV)/.import_linter
	$(BIN)/deptry .
	$(BIN)/typos
	cargo fmt --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

bench: setup ## side by side with nginx, HAProxy, Envoy and nginx with Lua; BENCH="--quick" for a look
	$(BIN)/python -m bench.run $(BENCH)

docs: setup ## generated reference pages
	$(BIN)/python docs/build.py

soak: setup ## the long runs: fuzzing, kill points (of the store, and of a running gateway), a million hostile inputs; SOAK="--seconds 10 --only fuzzing"
	$(BIN)/python tests/soak/run.py $(SOAK)

clean: ## forget .venv
	rm -rf $(VENV)
