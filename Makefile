# Entry points. `make demo` and `make test` set up whatever they need on a fresh machine; nothing else has to be run first.
SHELL := bash
.DEFAULT_GOAL := help
BIN := .ballast/venv/bin
BALLAST := $(BIN)/ballast
WINDOWS ?= short
FAULT ?= checkout
# Two test processes by default: most of the suite waits on real servers or on promtool.
JOBS ?= $(shell nproc)

.PHONY: help setup setup-test demo test validate generate bench soak images up down clean lock

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## The Python environment, Prometheus and Alertmanager (every target below does this by itself)
	@scripts/bootstrap.sh
	@scripts/toolchain.sh prometheus alertmanager
	@scripts/hooks.sh

setup-test: setup
	@scripts/toolchain.sh sloth thanos etcd kubernetes helm actionlint
	@scripts/checkov.sh
	@scripts/ansible.sh
	@scripts/kafka.sh

demo: setup ## An SLO breach becomes a page. WINDOWS=short|standard FAULT=checkout|gateway|prometheus
	@$(BALLAST) demo --windows $(WINDOWS) --fault $(FAULT)

test: setup-test ## Every test
	@$(BIN)/pytest -n $(JOBS) --dist worksteal --cov --cov-report=term $(ARGS)

validate: setup ## Every check of this repository, in one table
	@scripts/toolchain.sh thanos actionlint
	@scripts/checkov.sh
	@scripts/ansible.sh
	@$(BALLAST) validate

generate: setup ## Write rules, proofs and schemas from what people write
	@$(BALLAST) generate

bench: setup-test ## Measure; results in build/bench/
	@$(BIN)/python -m tests.bench $(ARGS)

soak: setup-test ## Counted faults and long runs in full
	@$(BIN)/pytest -m soak -o addopts="-q --import-mode=importlib -p no:cacheprovider --timeout=3600" $(ARGS)

images: setup ## Build our images. BASE=name@sha256:… (docker, podman or buildah)
	@scripts/images.sh all $(BASE)

up: setup ## Start the demo's stack and leave it running
	@$(BALLAST) stack up

down: ## Stop what `make up` started
	@$(BALLAST) stack down

lock: ## Resolve requirements.lock again from pyproject.toml
	@.ballast/uv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --all-extras --python-version 3.12 pyproject.toml -o requirements.lock
	@.ballast/uv/bin/uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.12 -c requirements.lock images/gateway/requirements.in -o images/gateway/requirements.lock
	@.ballast/uv/bin/uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.12 --extra terraform -c requirements.lock pyproject.toml -o images/cli/requirements.lock

clean: ## Remove what was built and cached (.ballast, build); nothing that is committed
	@! [ -x $(BALLAST) ] || $(BALLAST) stack down || true
	rm -rf .ballast build
