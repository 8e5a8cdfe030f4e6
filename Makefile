# SPDX-License-Identifier: GPL-3.0-or-later
# The face of the build: each target is one command to remember. The work is done by meson
# (meson.build) and by the scripts in tools/. `make help` lists the targets.
#
#   BUILD=dir       where the ordinary build goes          (build)
#   PREFIX=dir      where `make install` puts it           (/usr/local)
#   RUNS=n SEED=n   of `make soak-storage`              (500, 1)
#   FUZZ_SECONDS=n  how long `make fuzz` tries each target (30)

BUILD ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30
RUNS ?= 500
SEED ?= 1

.DEFAULT_GOAL := build
.NOTPARALLEL:

build:        ## compile into build/ (the default)
	@tools/build.sh $(BUILD) plain

setup:        ## install what is missing (Debian packages; asks sudo when not root)
	@tools/setup.sh

assets:       ## fetch model weights and sample clips into assets/, checked by checksum
	@tools/setup.sh build assets
	@tools/fetch_assets.sh --all

demo:         ## install, build, fetch, and follow a bird through a film under an honest bar
	@tools/demo.sh $(BUILD)

test:         ## install, build, run every test (sanitizers too); ends with N passed, …
	@tools/test.sh $(BUILD)

check:        ## quick: the unit tests and the tree check of the ordinary build
	@tools/build.sh $(BUILD) plain
	@meson test -C $(BUILD) --no-rebuild --print-errorlogs --suite unit --suite tree

asan:         ## the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/test.sh $(BUILD) asan

tsan:         ## the unit tests under ThreadSanitizer
	@tools/test.sh $(BUILD) tsan

torture:      ## kill and stop servers and workers at random, 700 times, and count what is left
	@tools/build.sh $(BUILD) plain
	@$(BUILD)/tests/jobs/test_jobs_torture 300
	@python3 tests/system/torture.py $(BUILD)/src/headway assets 400 140

fuzz:         ## let libFuzzer try each parser of outside text for FUZZ_SECONDS seconds
	@tools/fuzz.sh $(FUZZ_SECONDS)

coverage:     ## which lines the tests reach: build-coverage/coverage.html
	@tools/coverage.sh

bench:        ## measure: upscaler against ONNX Runtime, pipeline, tracker
	@tools/bench.sh $(BUILD)

accuracy:     ## how honest the bar is on recorded and generated jobs: docs/accuracy.md
	@tools/build.sh $(BUILD) plain
	@BUILD=$(BUILD) bench/accuracy.sh --write

soak-storage: ## 500 uploads and downloads under random faults (about a minute; RUNS=n, SEED=n)
	@tools/setup.sh build test
	@tools/build.sh $(BUILD) plain
	@python3 tests/storage/test_faults.py $(BUILD)/tests/storage/store_probe --runs $(RUNS) --seed $(SEED)

conformance:  ## try the client of object storage on Swift and R2's rules; write docs/storage-conformance.md
	@tools/setup.sh build test
	@tools/build.sh $(BUILD) plain
	@python3 tests/storage/test_conformance.py $(BUILD)/tests/storage/store_probe --table docs/storage-conformance.md

lint:         ## formatting, clang-tidy, the rules of the tree, scripts
	@tools/lint.sh $(BUILD)

format:       ## let clang-format rewrite the sources
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs -r clang-format -i

install: build  ## install under PREFIX (DESTDIR is honoured)
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@meson install -C $(BUILD)

clean:        ## remove what was built; assets/ and out/ stay
	rm -rf $(BUILD) build-asan build-tsan build-coverage

help:         ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## */  make \1\t/p' Makefile | expand -t 22

.PHONY: build setup assets demo test check asan tsan torture fuzz coverage bench accuracy \
	soak-storage conformance lint format install clean help
