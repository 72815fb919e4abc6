# One way in for everyone. `make help` lists the commands.

SHELL := /bin/bash
# --norc: bash reads its rc file when its input is a socket, as under wrangler.
.SHELLFLAGS := --norc -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The tools from package-lock.json before the machine's own: node 22, wrangler,
# esbuild, wasm-opt.
export PATH := $(CURDIR)/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)
export WRANGLER_SEND_METRICS := false

PORT ?= 8787

# WSL sets it to the name of the machine.
ifneq ($(origin NAME),command line)
NAME :=
endif
# Parameters reach a script through its environment, as typed: make expands no $(…) in
# them, and no shell reads them.
KEY_PARAMETERS := ORG KIND ORIGINS NAME EXPIRES REMOTE REVOKE
AGENT_PARAMETERS := NAME ORG ID REMOTE BASE_URL SECRET_KEY
PARAMETERS := $(KEY_PARAMETERS) ID PORT EXAMPLES SEED RUNS
$(foreach name,$(PARAMETERS),$(eval override $(name) := $$(value $(name))))
$(foreach name,$(KEY_PARAMETERS),$(eval key keys: export override $(name) := $$(value $(name))))
$(foreach name,$(AGENT_PARAMETERS),$(eval agent: export override $(name) := $$(value $(name))))
$(foreach name,PORT EXAMPLES SEED RUNS,$(eval start conformance fuzz: export override $(name) := $$(value $(name))))

STEP := scripts/step
RUST_SOURCES := Cargo.toml Cargo.lock rust-toolchain.toml $(shell find src -name '*.rs' -o -name '*.sql')
EDGE_SOURCES := scripts/build-edge
PACKAGE_SOURCES := $(wildcard pkg/src/*.js) scripts/build-package scripts/embed-module.mjs
PAGE_SOURCES := $(shell find www -type f -not -path 'www/screenshots/*') scripts/build-site

.PHONY: help start check test test-long conformance fuzz soak openapi screenshots reference key keys agent deploy build setup bench size clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 18

start: setup ## Build, migrate, seed and serve at http://127.0.0.1:8787 (PORT=… for another)
	@$(MAKE) --silent build
	@exec node scripts/start.mjs "$$PORT"

check: setup ## Format, lints, native tests, types: in about a minute
	@node scripts/test.mjs check

test: setup ## Run every check: in about 6 minutes
	@scripts/setup-tests
	@node scripts/test.mjs

test-long: setup ## Before a release: crashes, soak, conformance, the bench's peers, at length
	@scripts/setup-tests
	@scripts/install-packages bench "what is measured beside ours"
	@node scripts/test.mjs long

conformance: setup ## Hold the service against its OpenAPI document: EXAMPLES=… for each operation (1,000)
	@scripts/setup-tests
	@$(MAKE) --silent build
	@node --disable-warning=ExperimentalWarning tests/conformance/run.mjs

fuzz: setup ## Feed the rules and the credentials generated inputs: RUNS=… each (10,000,000)
	@scripts/fuzz "$$RUNS"

soak: setup ## 100,000 creates, 1,000 messages over broken lines: nothing lost, memory flat
	@$(MAKE) --silent build
	@LONG=1 node --disable-warning=ExperimentalWarning --test tests/edge/live_loss.test.mjs tests/edge/live_scale.test.mjs
	@node --disable-warning=ExperimentalWarning tests/soak.mjs

openapi: ## Write www/openapi.json from the sources
	@cargo run --quiet --example openapi > www/openapi.json.new
	@mv www/openapi.json.new www/openapi.json

screenshots: setup ## Take the pictures of www/screenshots, over a service of their own
	@$(MAKE) --silent build
	@node scripts/screenshots.mjs

reference: ## Write the package's API reference, in pkg/docs, from its types
	@scripts/install-packages tests/packaging "bundlers and frameworks"
	@scripts/api-reference

key: setup ## Make a key: ORG=acme KIND=secret|publishable [ORIGINS=https://a.example,…] [NAME=…] [EXPIRES=2027-01-31] [REMOTE=1], or revoke one: REVOKE=<start of the key>
	@node scripts/key.mjs

keys: setup ## List the keys: [ORG=acme] [REMOTE=1]
	@node scripts/key.mjs list

agent: setup ## Make a link that signs an agent in to the inbox: NAME="Ann" [ORG=demo] [ID=…] [REMOTE=1]
	@node scripts/agent.mjs

deploy: setup ## Migrate the deployed database and deploy the Worker
	@CI=1 wrangler d1 migrations apply DB --remote
	@wrangler deploy

bench: setup ## Measure beside what a user might pick instead: ROUNDS=…, SECONDS=…, ONLY=<part of a table's title>
	@scripts/setup-tests
	@scripts/install-packages bench "what is measured beside ours"
	@$(MAKE) --silent build
	@node bench/bench.mjs
	@node --disable-warning=ExperimentalWarning bench/growth.mjs
	@node --disable-warning=ExperimentalWarning bench/live.mjs
	@node bench/validators.mjs

size: build ## Print the size of what is shipped
	@node scripts/size.mjs

setup: ## Install the tools that are missing
	@scripts/setup

build: pkg/dist/index.js build/edge/index.js build/site/index.html ## Build the browser package, the Worker and the pages

clean: ## Remove everything that was built; keeps local data and keys
	rm -rf build pkg/dist target

pkg/dist/index.js: $(RUST_SOURCES) $(PACKAGE_SOURCES)
	@$(STEP) "Building the browser package" scripts/build-package

build/edge/index.js: $(RUST_SOURCES) $(EDGE_SOURCES)
	@$(STEP) "Building the Worker" scripts/build-edge

build/site/index.html: pkg/dist/index.js pkg/index.d.ts $(PAGE_SOURCES)
	@$(STEP) "Laying out the page" scripts/build-site
