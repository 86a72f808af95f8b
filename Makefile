# go is the only tool needed; a C compiler adds the race detector.
GO ?= go
CC_FOUND := $(shell command -v $${CC:-cc} 2>/dev/null || command -v gcc 2>/dev/null)
RACE := $(if $(CC_FOUND),-race,)
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# MONGOTLS_REQUIRE is a comma-separated list of what make test must not leave out: race, docker, browser, cc (libmongoc).
comma := ,
REQUIRED := $(subst $(comma), ,$(MONGOTLS_REQUIRE))
LEFT_OUT := $(if $(RACE),,the race detector (no C compiler found)$(if $(filter docker,$(REQUIRED)),,$(comma))) $(if $(filter docker,$(REQUIRED)),,containers (MONGOTLS_REQUIRE=docker asks for them))

# The image of containers: mongo:4.4 and the like are real; make image builds one of the stand-in.
IMAGE ?= mongo:8.0
STANDIN := mongotls-mongod:dev

.PHONY: build test matrix containers image drivers docs upgrades lint bench

# build makes out/mongotls, the program whose exit codes count: go run makes 1 of every one but 0.
build:
	@mkdir -p out
	$(GO) build -o out/mongotls .

# test runs everything, with the race detector where a C compiler is found, and writes out/test.xml. Its last line says what
# it left out.
test: $(if $(filter docker,$(REQUIRED)),image)
	@$(if $(RACE),,$(if $(filter race,$(REQUIRED)),echo "make test: MONGOTLS_REQUIRE asks for race$(comma) and there is no C compiler: install gcc or clang" >&2; exit 1))
	@mkdir -p out
	CGO_ENABLED=$(if $(RACE),1,0) MONGOTLS_IMAGE=$(STANDIN) $(GO) tool gotestsum --format pkgname --hide-summary skipped --junitfile out/test.xml -- $(RACE) -timeout 20m ./...
	@left="$(strip $(LEFT_OUT))"; if grep -q 'no Chromium found' out/test.xml; then left="$${left:+$$left, }the browser tests (no Chromium found)"; fi; echo "not run: $${left:-nothing}"

# matrix runs the embedded matrix and writes its reports to out.
matrix:
	$(GO) run . run

# containers runs the matrix against servers in containers of IMAGE, and writes its reports to out/containers.
containers:
	$(GO) run . run --backend container --image $(IMAGE) --out out/containers

# image builds an image of the stand-in, which takes a mongod's flags, from nothing but this program.
image:
	@mkdir -p out/image
	CGO_ENABLED=0 $(GO) build -o out/image/mongotls .
	tar -C out/image -c mongotls | docker import -c 'ENTRYPOINT ["/mongotls", "mongod"]' - $(STANDIN)

# The drivers of the default matrix, and those that the documents tell of besides.
DRIVERS ?= go node mongoose pymongo pymongo+pyopenssl libmongoc
PUBLISHED := go@v1.17.10 go@v2.0.0 go@v2.5.0 node@3.7.4 node@4.17.2 node@5.9.2 node@6.20.0 mongoose@6.13.11 mongoose@7.8.13 mongoose@8.24.10 \
	pymongo@3.11.0 pymongo+pyopenssl@3.11.0 libmongoc@1.23.1

# drivers runs the default matrix, requireTLS and the modes, through each driver; out/drivers/pages/index.html shows them side by side.
drivers:
	@mkdir -p out
	$(GO) build -o out/mongotls .
	rm -rf out/drivers
	@status=0; for d in $(DRIVERS); do echo "== $$d"; \
		out/mongotls run --driver $$d --run '**/requireTLS' --run 'mode/**' --out out/drivers/$$d || status=$$?; done; \
	out/mongotls report --drivers out/drivers --out out/drivers/pages; exit $$status

# docs writes what the documents hold of runs: docs/upgrades.md, docs/overview.md, docs/findings.md and the table of the README.
docs: upgrades
	$(MAKE) drivers DRIVERS='$(DRIVERS) mongosh $(PUBLISHED)'
	{ cat docs/overview.head.md; out/mongotls report --drivers out/drivers; } >out/overview.md
	{ cat docs/findings.head.md; out/mongotls known list --markdown; } >out/findings.md
	out/mongotls report --drivers $(addprefix out/drivers/,$(DRIVERS)) | sed '/^$$/,$$d' >out/table.md
	awk '/<!-- drivers -->/ { print; print ""; while ((getline line <"out/table.md") > 0) print line; print ""; skip = 1 } /<!-- end -->/ { skip = 0 } !skip' README.md >out/README.md
	mv out/README.md README.md && mv out/overview.md out/findings.md docs/

# The upgrades of docs/upgrades.md, as DRIVER@FROM..TO.
UPGRADES := go@v1.17.10..v2.0.0 go@v2.0.0..v2.4.1 go@v2.4.1..v2.5.0 go@v2.5.0..v2.7.0 go@v2.7.0..v2.8.2 go@v2.8.2..v2.9.3 \
	node@3.7.4..4.17.2 node@4.17.2..5.9.2 node@5.9.2..6.20.0 node@6.20.0..7.9.0 \
	mongoose@6.13.11..7.8.13 mongoose@7.8.13..8.24.10 mongoose@8.24.10..9.12.1 \
	pymongo@3.11.0..4.10.1 pymongo+pyopenssl@3.11.0..4.10.1 libmongoc@1.23.1..1.30.4

# upgrades compares each pair and writes docs/upgrades.md: the tables, without the evidence.
upgrades:
	@mkdir -p out
	$(GO) build -o out/mongotls .
	cp docs/upgrades.head.md out/upgrades.md
	for u in $(UPGRADES); do versions=$${u#*@}; \
		out/mongotls compare --driver $${u%%@*} --from $${versions%..*} --to $${versions#*..} --fail-on none --markdown 2>out/upgrades.log | \
		sed '/^<details>/,$$d' >>out/upgrades.md && test -n "$$(tail -n 5 out/upgrades.md | grep -v '^$$')" || { cat out/upgrades.log >&2; exit 1; }; \
	done
	mv out/upgrades.md docs/upgrades.md

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l . ; echo "make lint: gofmt would change these" >&2; exit 1; }
	$(GO) vet ./...
	$(GO) mod tidy -diff
	$(GO) run $(GOLANGCI) run
	$(GO) run $(ACTIONLINT)
	$(GO) run . known check

# bench prints rates side by side: raw handshakes, the bare driver, the matrix.
bench:
	$(GO) test ./matrix -run '^$$' -bench . -benchtime 3s
