# go is the only tool needed; a C compiler adds the race detector.
GO ?= go
CC_FOUND := $(shell command -v $${CC:-cc} 2>/dev/null || command -v gcc 2>/dev/null)
RACE := $(if $(CC_FOUND),-race,)
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# MONGOTLS_REQUIRE is a comma-separated list of what make test must not leave out: race, docker, browser, cc (libmongoc), node,
# python, debian, toolchains, namespaces (a small disk), mutants (patched copies of the Go driver).
comma := ,
REQUIRED := $(subst $(comma), ,$(MONGOTLS_REQUIRE))

# The image of containers: mongo:4.4 and the like are real; make image builds one of the stand-in.
IMAGE ?= mongo:8.0
STANDIN := mongotls-mongod:dev

.PHONY: build test matrix containers image drivers mutants docs upgrades runtimes lint bench fuzz

# build makes out/mongotls, the program whose exit codes count: go run makes 1 of every one but 0.
build:
	@mkdir -p out
	$(GO) build -o out/mongotls .

# test runs everything, with the race detector where a C compiler is found, and writes out/test.xml. It prints which packages
# took longest, and last what was left out.
test: $(if $(filter docker,$(REQUIRED)),image)
	@$(if $(RACE),,$(if $(filter race,$(REQUIRED)),echo "make test: MONGOTLS_REQUIRE asks for race$(comma) and there is no C compiler: install gcc or clang" >&2; exit 1))
	@mkdir -p out
	CGO_ENABLED=$(if $(RACE),1,0) MONGOTLS_IMAGE=$(STANDIN) $(GO) tool gotestsum --format pkgname --hide-summary skipped --junitfile out/test.xml -- $(RACE) -timeout 30m ./...
	@echo "slowest packages, in seconds:"; sed -n 's/.*<testsuite .*time="\([0-9.]*\)" name="\([^"]*\)".*/\1 \2/p' out/test.xml | sort -rn | head -n 5
	@echo "left out:"; { $(if $(RACE),,echo "  the race detector (no C compiler found)";) \
		sed -n 's/.*left out: \(.*)\).*/  \1/p' out/test.xml; } | sort -u | grep . || echo "  nothing"

# matrix runs the embedded matrix and writes its reports to out.
matrix: build
	out/mongotls run

# containers runs the matrix against servers in containers of IMAGE, and writes its reports to out/containers.
containers: build
	out/mongotls run --backend container --image $(IMAGE) --out out/containers

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

# docs writes what the documents hold of runs: docs/upgrades.md, docs/runtimes.md, docs/overview.md, docs/findings.md,
# docs/sensitivity.md, docs/coverage.md and the table of the README.
docs: upgrades runtimes
	DRIVERS="$$(out/mongotls list --drivers documented)" $(MAKE) drivers
	{ cat docs/overview.head.md; out/mongotls report --drivers out/drivers; } >out/overview.md
	{ cat docs/findings.head.md; out/mongotls known list --markdown; } >out/findings.md
	cd out/drivers && ../mongotls report --drivers $$(../mongotls list --drivers default) | sed '/^$$/,$$d' >../table.md
	awk '/<!-- drivers -->/ { print; print ""; while ((getline line <"out/table.md") > 0) print line; print ""; skip = 1 } /<!-- end -->/ { skip = 0 } !skip' README.md >out/README.md
	mv out/README.md README.md && mv out/overview.md out/findings.md docs/
	$(GO) test ./matrix/engine -run TestSensitivity -update
	out/mongotls list --coverage >docs/coverage.md
	$(GO) test ./harness/standin -run TestFidelityDocument -update

# upgrades compares each pair of the registry and writes docs/upgrades.md: the tables, without the evidence.
upgrades: build
	cp docs/upgrades.head.md out/upgrades.md
	out/mongotls list --drivers upgrades | while read -r from to; do \
		out/mongotls compare --from $$from --to $$to --fail-on none --markdown 2>out/upgrades.log | \
		sed '/^<details>/,$$d' >>out/upgrades.md && test -n "$$(tail -n 5 out/upgrades.md | grep -v '^$$')" || { cat out/upgrades.log >&2; exit 1; }; \
	done
	mv out/upgrades.md docs/upgrades.md

# fuzz gives each fuzz target below PACKAGES so much time; an input that breaks one stays in its testdata.
FUZZTIME ?= 2m
PACKAGES ?= ./...
fuzz:
	@status=0; for p in $$($(GO) list $(PACKAGES)); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || status=$$?; \
		done; done; exit $$status

# runtimes holds each pair of runtimes of the registry against each other and writes docs/runtimes.md, without the rows in which
# time passes. What it has run once, in out/runtimes, it does not run again.
runtimes: build
	cp docs/runtimes.head.md out/runtimes.md
	@out/mongotls list --drivers runtimes | while read -r from to; do \
		for d in $$from $$to; do test -e out/runtimes/$$d/report.json || { echo "== $$d"; \
			out/mongotls run --driver $$d --run '**/requireTLS' --run 'mode/**' --skip 'journey/**' --out out/runtimes/$$d >out/runtimes.log 2>&1; }; \
			test -e out/runtimes/$$d/report.json || { cat out/runtimes.log >&2; exit 1; }; done; \
		out/mongotls compare out/runtimes/$$from/report.json out/runtimes/$$to/report.json --fail-on none --markdown | \
		sed '/^<details>/,$$d' >>out/runtimes.md || exit 1; \
	done
	mv out/runtimes.md docs/runtimes.md

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
