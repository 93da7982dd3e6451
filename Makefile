# Every target explains itself: make help
SHELL := /bin/bash
CACHE := $(CURDIR)/.cache
GOLANGCI_VERSION := v2.15.0
GOLANGCI := $(CACHE)/bin/golangci-lint-$(GOLANGCI_VERSION)
GORELEASER_VERSION := v2.15.1
GORELEASER ?= $(CACHE)/bin/goreleaser-$(GORELEASER_VERSION)
PARTS := $(CACHE)/release/parts
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME ?= 60s

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-18s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/trailguard
	@# Compiled as go run does, so that nothing is compiled twice; the image is built with -trimpath.
	go build -ldflags "-s -w -X main.version=$(VERSION)" -o bin/trailguard ./cmd/trailguard

.PHONY: test
test: ## run all tests that need nothing but Go
	go test -timeout 30m ./...

.PHONY: race
race: ## run the tests under the race detector, but for long ones in which nothing runs side by side
	go test -race -short -timeout 30m ./...

.PHONY: integration
integration: ## run the tests against moto (and Postgres and Chromium, where installed)
	go test -tags integration -run Integration -count 1 -timeout 20m ./...

.PHONY: lint
lint: $(GOLANGCI) ## run the linters, import floors included
	$(GOLANGCI) run ./...

$(GOLANGCI):
	mkdir -p $(CACHE)/bin
	GOBIN=$(CACHE)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(CACHE)/bin/golangci-lint $@

.PHONY: deploy
deploy: ## hold docs/deploy against the types of Kubernetes and ECS, and Helm's linter
	cd fixtures/deploy && go test ./...

$(GORELEASER):
	mkdir -p $(CACHE)/bin
	GOBIN=$(CACHE)/bin go install github.com/goreleaser/goreleaser/v2@$(GORELEASER_VERSION)
	mv $(CACHE)/bin/goreleaser $@

.PHONY: goreleaser
goreleaser: $(GORELEASER)

.PHONY: release-parts
release-parts: DATED ?= $(shell git log -1 --format=%ct)
release-parts: ## make what a release packs beside the program: man pages, completions, licences
	rm -rf $(CACHE)/release
	mkdir -p $(PARTS)
	go test ./cmd/trailguard -count 1 -run '^Test(Manual|Completions)$$' -args -parts=$(PARTS) -dated=$(DATED)
	cd fixtures/release && go build -o $(CACHE)/release/release .
	$(CACHE)/release/release licences $(PARTS)/THIRD_PARTY_LICENSES.txt
	cp LICENSE $(PARTS)

.PHONY: release-snapshot
release-snapshot: $(GORELEASER) ## make all of a release in dist, signed with a key for the while, and publish nothing
	mkdir -p $(CACHE)
	rm -f $(CACHE)/snapshot-key*
	ssh-keygen -q -t ed25519 -N '' -C snapshot -f $(CACHE)/snapshot-key
	HOMEBREW_TAP_TOKEN= SIGNING_KEY=$(CACHE)/snapshot-key $(GORELEASER) release --snapshot --clean
	$(CACHE)/release/release image dist $(PARTS) dist/image

.PHONY: release
release: $(GORELEASER) ## publish the tag that is checked out as a draft: for the workflow, see docs/release.md
	SIGNING_KEY=$(SIGNING_KEY) $(GORELEASER) release --clean
	$(CACHE)/release/release image dist $(PARTS) dist/image

.PHONY: release-test
release-test: $(GORELEASER) ## make a release for linux/amd64 twice, and try what is in it
	cd fixtures/release && GORELEASER=$(abspath $(GORELEASER)) go test -count 1 -timeout 20m ./...

.PHONY: rego
rego: ## check, format-check and test the Rego rules
	go test ./policies/... ./scanner/opa/...

.PHONY: regal
regal: ## lint the Rego rules with Regal, where it is installed
	regal lint policies

.PHONY: bench
bench: ## run every benchmark
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: performance
performance: ## measure, and write docs/performance.md anew: leave the machine alone meanwhile
	mkdir -p $(CACHE)
	go test -v ./fixtures/performance -run TestListCommands -args -list | sed -n 's/^run: //p' >$(CACHE)/measure
	set -o pipefail; bash -e $(CACHE)/measure | tee $(CACHE)/measured
	go test -count 1 ./fixtures/performance -args -measured $(CACHE)/measured

.PHONY: performance-apart
performance-apart: ## measure what takes an hour, and opa and conftest, for make performance to read
	mkdir -p $(CACHE)
	go test -v ./fixtures/performance -run TestListCommands -args -list -apart | sed -n 's/^run: //p' >$(CACHE)/measure
	set -o pipefail; bash -e $(CACHE)/measure | tee $(CACHE)/apart
	grep -E '^(goos|goarch|cpu|Benchmark)' $(CACHE)/apart >fixtures/performance/apart.txt

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME (60s), then ten seeds of random IAM cases, and every fault
	@set -e; for pkg in $$(go list ./...); do \
	  for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
	  done; \
	done
	go test -run Random -count 1 ./scanner/iam -iam.seeds=10
	go test -run CallByCall -count 1 ./cmd/trailguard -every-fault

.PHONY: golden
golden: ## rewrite golden files; read the difference before you commit it
	go test ./reporters/... -update
	go test ./cmd/trailguard -update

.PHONY: docs
docs: ## rewrite the generated documents
	go test -count 1 ./scanner/opa -run 'Test(Rules|Controls|Facts)Document' -args -update
	go test -count 1 ./scanner/facts/internal/trail -run 'TestWritingDocument' -args -update
	go test -count 1 ./scanner/iam/keys -run TestConditionsDocument -args -update

.PHONY: cover
cover: ## measure coverage of scanner/ and policies/
	go test -coverpkg ./scanner/...,./policies/... -coverprofile cover.out ./...
	go tool cover -func cover.out | tail -1

.PHONY: ci
ci: ## what .ci/run does
	.ci/run
