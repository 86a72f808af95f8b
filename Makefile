# go is the only tool needed; a C compiler adds the race detector.
GO ?= go
CC_FOUND := $(shell command -v $${CC:-cc} 2>/dev/null || command -v gcc 2>/dev/null)
RACE := $(if $(CC_FOUND),-race,)
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# MONGOTLS_REQUIRE is a comma-separated list of what make test must not leave out: race, docker, browser, cc (a C compiler), node,
# python, debian, toolchains, runtimes (of JavaScript), namespaces (a small disk, sets of processes), mutants (patched copies of
# the Go driver), soak (twenty runs of sets and steps), slow (rows of minutes).
comma := ,
REQUIRED := $(subst $(comma), ,$(MONGOTLS_REQUIRE))

# The image of containers: mongo:4.4 and the like are real; make image builds one of the stand-in.
IMAGE ?= mongo:8.0
STANDIN := mongotls-mongod:dev

.PHONY: build test matrix containers image drivers mutants docs overview upgrades runtimes lint bench fuzz

# build makes out/mongotls, the program whose exit codes count: go run makes 1 of every one but 0.
build:
	@mkdir -p out
	$(GO) build -o out/mongotls .

# test runs everything, with the race detector where a C compiler is found, and writes out/test.xml. It prints which packages
# took longest, and last what was left out. It leaves vet to lint, and links without what only a debugger needs.
# A program with the race detector would sleep for a second before it exits, and the tests start hundreds of them.
test: $(if $(filter docker,$(REQUIRED)),image)
	@$(if $(RACE),,$(if $(filter race,$(REQUIRED)),echo "make test: MONGOTLS_REQUIRE asks for race$(comma) and there is no C compiler: install gcc or clang" >&2; exit 1))
	@mkdir -p out
	GORACE=atexit_sleep_ms=0 CGO_ENABLED=$(if $(RACE),1,0) MONGOTLS_IMAGE=$(STANDIN) $(GO) tool gotestsum --format pkgname --hide-summary skipped --junitfile out/test.xml -- $(RACE) -vet=off -ldflags=-w -timeout 30m ./...
	@echo "slowest packages, in seconds:"; sed -n 's/.*<testsuite .*time="\([0-9.]*\)" name="\([^"]*\)".*/\1 \2/p' out/test.xml | sort -rn | head -n 5
	@echo "left out:"; { $(if $(RACE),,echo "  the race detector (no C compiler found)";) \
		sed -n 's/.*left out: \(.*)\).*/  \1/p' out/test.xml; } | sort -u | grep . || echo "  nothing"

# matrix runs the embedded matrix and writes its reports to out.
matrix: build
	out/mongotls run

# containers runs the matrix, or what MATRIX selects of it (--mode requireTLS), against servers in containers of IMAGE, and
# writes its reports to out/containers.
containers: build
	out/mongotls run --backend container --image $(IMAGE) $(MATRIX) --out out/containers

# image builds an image of the stand-in, which takes a mongod's flags, from nothing but this program.
image:
	@mkdir -p out/image
	CGO_ENABLED=0 $(GO) build -o out/image/mongotls .
	tar -C out/image -c mongotls | docker import -c 'ENTRYPOINT ["/mongotls", "mongod"]' - $(STANDIN)

# drivers runs the default matrix, requireTLS and the modes, through each driver of the registry, or those of DRIVERS;
# out/drivers/pages/index.html shows them side by side.
drivers: build
	rm -rf out/drivers
	@status=0; for d in $${DRIVERS:-$$(out/mongotls list --drivers default)}; do echo "== $$d"; \
		out/mongotls run --driver $$d --run '**/requireTLS' --run 'mode/**' --out out/drivers/$$d || status=$$?; done; \
	out/mongotls report --drivers out/drivers --out out/drivers/pages; exit $$status

# mutants writes defects into copies of the real Go driver, one at a time, and runs the rows that must turn red.
mutants:
	MONGOTLS_REQUIRE=mutants $(GO) test ./matrix -run TestPatches -timeout 60m -v

# The documents are made of one run for each driver, version and runtime in them, the default matrix. What has run once, in
# out/runs, does not run again: rm -rf out/runs begins anew.
out/runs/%/report.json: | build
	@echo "== $*"; mkdir -p out/runs
	@out/mongotls run --driver '$*' --run '**/requireTLS' --run 'mode/**' --out 'out/runs/$*' >'out/runs/$*.log' 2>&1 || test -e '$@' || { cat 'out/runs/$*.log' >&2; exit 1; }

# ran LIST has each driver of a list run. A run mostly waits, so three go at a time.
define ran
	@out/mongotls list --drivers $(1) | tr ' ' '\n' | sort -u | sed 's,.*,out/runs/&/report.json,' | xargs $(MAKE) --no-print-directory -j3
endef

# compared LIST HEAD writes what the pairs of a list differ in, below a head: the tables, without the evidence.
define compared
	$(call ran,$(1))
	cp $(2) out/pairs.md
	@out/mongotls list --drivers $(1) | while read -r from to; do \
		out/mongotls compare "out/runs/$$from/report.json" "out/runs/$$to/report.json" --fail-on none --markdown >out/pair.md && \
		sed '/^<details>/,$$d' out/pair.md >>out/pairs.md || exit 1; \
	done
endef

# docs writes what the documents hold of runs: docs/upgrades.md, docs/runtimes.md, docs/overview.md, docs/findings.md,
# docs/sensitivity.md, docs/coverage.md and the table of the README.
docs: overview upgrades runtimes
	{ cat docs/findings.head.md; out/mongotls known list --markdown; } >out/findings.md && mv out/findings.md docs/
	$(GO) test ./matrix/internal/engine -run TestSensitivity -update
	out/mongotls list --coverage >docs/coverage.md
	$(GO) test ./harness/standin -run TestFidelityDocument -update

# overview writes docs/overview.md, the drivers beside each other, and the table of the README.
overview: build
	$(call ran,documented)
	cd out/runs && { cat ../../docs/overview.head.md; ../mongotls report --drivers $$(../mongotls list --drivers documented); } >../overview.md
	cd out/runs && ../mongotls report --drivers $$(../mongotls list --drivers default) | sed '/^$$/,$$d' >../table.md
	awk '/<!-- drivers -->/ { print; print ""; while ((getline line <"out/table.md") > 0) print line; print ""; skip = 1 } /<!-- end -->/ { skip = 0 } !skip' README.md >out/README.md
	mv out/README.md README.md && mv out/overview.md docs/

# upgrades writes docs/upgrades.md: what each version of a driver does otherwise than the one before.
upgrades: build
	$(call compared,upgrades,docs/upgrades.head.md)
	mv out/pairs.md docs/upgrades.md

# runtimes writes docs/runtimes.md: what a driver does otherwise on another runtime.
runtimes: build
	$(call compared,runtimes,docs/runtimes.head.md)
	mv out/pairs.md docs/runtimes.md

# fuzz gives each fuzz target below PACKAGES so much time; an input that breaks one stays in its testdata.
FUZZTIME ?= 2m
PACKAGES ?= ./...
fuzz:
	@status=0; for p in $$($(GO) list $(PACKAGES)); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || status=$$?; \
		done; done; exit $$status

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l . ; echo "make lint: gofmt would change these" >&2; exit 1; }
	$(GO) vet ./...
	$(GO) mod tidy -diff
	$(GO) run $(GOLANGCI) run
	$(GO) run $(ACTIONLINT)
	$(GO) run . known check

# bench prints rates side by side: raw handshakes, the bare driver, the matrix; and for each driver, and each runtime of
# docs/runtimes.md, its matrix beside its adapter alone.
bench:
	$(GO) test ./matrix -run '^$$' -bench . -benchtime 2s
