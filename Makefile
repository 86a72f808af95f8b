# go is the only tool needed; a C compiler adds the race detector.
GO ?= go
CC_FOUND := $(shell command -v $${CC:-cc} 2>/dev/null || command -v gcc 2>/dev/null)
RACE := $(if $(CC_FOUND),-race,)
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

.PHONY: test matrix lint bench

# test runs everything, with the race detector where a C compiler is found, and writes out/test.xml. MONGOTLS_REQUIRE is a
# comma-separated list of what must not be missing: race.
test:
ifeq ($(CC_FOUND),)
	@case ",$(MONGOTLS_REQUIRE)," in *,race,*) echo "make test: MONGOTLS_REQUIRE asks for race, and there is no C compiler: install gcc or clang" >&2; exit 1;; esac
endif
	@mkdir -p out
	CGO_ENABLED=$(if $(RACE),1,0) $(GO) tool gotestsum --format pkgname --hide-summary skipped --junitfile out/test.xml -- $(RACE) ./...
	@echo "$(if $(RACE),not run: nothing,not run: the race detector (no C compiler found))"

# matrix runs the embedded matrix and writes out/report.json and out/junit.xml.
matrix:
	$(GO) run . run

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l . ; echo "make lint: gofmt would change these" >&2; exit 1; }
	$(GO) vet ./...
	$(GO) mod tidy -diff
	$(GO) run $(GOLANGCI) run
	$(GO) run $(ACTIONLINT)

# bench prints rates side by side: raw handshakes, the bare driver, the matrix.
bench:
	$(GO) test ./matrix -run '^$$' -bench . -benchtime 3s
