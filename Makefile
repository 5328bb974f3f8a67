# lifeboot: every target installs what it needs first, and a second run does nothing twice.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The Node that npm installed comes before the system's.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

SOURCES := $(shell find src -name '*.ts')
BUNDLER := $(addprefix scripts/,build-bundle.ts files.ts node-package.ts)
PACKER := $(addprefix scripts/,build-binary.ts pack-sea.ts code-cache.ts starter.ts slim-icu.ts slim-builtin.ts node-package.ts) package-lock.json
BUNDLES := dist/lifeboot.cjs dist/operate.cjs

export SEED COUNT TARGET INPUT BOOTS PART RECORD

.PHONY: build build-arm64 check test test-long fuzz write-log bench demo faults install clean

build: dist/lifeboot
build-arm64: dist/lifeboot-arm64

build/stamps/%: scripts/prerequisites package-lock.json
	scripts/prerequisites $*
	@mkdir -p $(@D) && touch $@

$(BUNDLES) &: $(SOURCES) $(BUNDLER) package.json | build/stamps/build
	node scripts/build-bundle.ts dist

dist/lifeboot: $(BUNDLES) $(PACKER) | build/stamps/build
	flock build/pack.lock node scripts/build-binary.ts x64 dist $@

dist/lifeboot-arm64: $(BUNDLES) $(PACKER) | build/stamps/build
	flock build/pack.lock node scripts/build-binary.ts arm64 dist $@

check: build/stamps/test $(BUNDLES)
	biome check
	tsc
	node scripts/check-tests.ts
	node scripts/check-bundle.ts dist
	node scripts/check-shell.ts
	node scripts/run-tests.ts test/architecture

test: build/stamps/test dist/lifeboot
	node scripts/run-tests.ts $(FILES)

# Guests that take minutes each.
test-long: build/stamps/test dist/lifeboot
	node scripts/run-tests.ts --long

# A million mutated inputs to every parser; SEED=, COUNT=, TARGET=, INPUT= make one run, or one input, again.
fuzz: build/stamps/test
	node test/fuzz/main.ts

# All writes of a guest's day, replayed at every flush and cut between them; BOOTS= of the cuts are really booted.
write-log: build/stamps/test dist/lifeboot
	node test/vm/write-log/main.ts

bench: build/stamps/test dist/lifeboot
	node bench/run.ts $(ONLY)

demo: build/stamps/test dist/lifeboot
	demo/run $(SCENARIO)

# What has passed before is not run again; FAULTS=NAME,… chooses.
faults: build/stamps/test dist/lifeboot
	node test/faults/main.ts $(FAULTS)

install: dist/lifeboot
	scripts/install "$(DESTDIR)"

clean:
	rm -rf build dist
