# Everything the project does, each by one plain command.
# `make demo`, `make test`, `make bench-failover` and `make fuzz` install the Debian packages they need; everything else needs Rust only.

# Namespaces, raw sockets and addresses need root. A user with sudo gives it to the programs that cargo starts,
# not to cargo.
ifneq ($(shell id -u),0)
AS_ROOT = --config 'target."cfg(unix)".runner = ["sudo", "--preserve-env"]'
endif

# What make demo tells the demo, for example: make demo ARGS=--keep
ARGS =

# How many random stops make stalls makes, and with how many pairs side by side.
STALLS = 1000
STALLS_PAIRS = 8

# How many seeds make sim plays, and of how many cases of the small scopes it tries one.
SIM_SEEDS = 20000
SIM_STRIDE = 50

# How long make fuzz runs each target, and which: make fuzz FUZZ_SECONDS=600 FUZZ_TARGETS="core serial"
FUZZ_SECONDS = 60
FUZZ_TARGETS =

# What make bench-failover runs: short, or whole, which takes most of a day; then products, profiles and scenarios, for
# example: make bench-failover FAILOVER="whole systole keepalived fast power-cut"
FAILOVER = whole

.PHONY: help demo test interop soak stalls sim sim-mutants fuzz bless check format clippy tidy deny advisories bench bench-failover deb setup-demo setup-test setup-failover setup-fuzz cargo-deny
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

demo: setup-demo ## two nodes on this machine, real Apache, every failure of the tutorial
	cargo run --locked --release --package systole $(AS_ROOT) -- demo $(ARGS)

test: setup-test ## all tests, also those of the documentation
	cargo test --locked --workspace --no-fail-fast $(AS_ROOT)

interop: setup-test ## every scenario beside Debian's Heartbeat, with two, one and none of it; about an hour
	cargo test --locked --package systole --test interop --no-fail-fast $(AS_ROOT) -- \
		--include-ignored --skip half_an_hour --test-threads 1

soak: setup-test ## one Heartbeat and one of ours for half an hour on a bad network, both ways round: an hour
	cargo test --locked --package systole --test interop --no-fail-fast $(AS_ROOT) -- \
		--include-ignored half_an_hour --test-threads 1

stalls: setup-test ## daemons stopped at random 1,000 times, cores starved, beats filtered: nothing moves; an hour (STALLS=100)
	STALLS=$(STALLS) STALLS_PAIRS=$(STALLS_PAIRS) cargo test --locked --package systole --test stalls --test wire --no-fail-fast $(AS_ROOT) -- \
		--include-ignored --nocapture --test-threads 1

sim: ## whole clusters from seeds with faults, judged by invariants; ten minutes on two processors (SIM_SEEDS=1000)
	cargo run --locked --profile sim --package systole-sim -- kept
	cargo run --locked --profile sim --package systole-sim -- hunt --seeds $(SIM_SEEDS) --jobs 2
	cargo run --locked --profile sim --package systole-sim -- scopes --stride $(SIM_STRIDE) --jobs 2

fuzz: setup-fuzz ## arbitrary bytes for parsers, sockets and core, guided by coverage; a minute for each target
	fuzz/run.sh $(FUZZ_SECONDS) $(FUZZ_TARGETS)

sim-mutants: ## the judge is judged: each deliberate mistake in the core must be found with the seeds of make sim
	cargo xtask mutants --seeds $(SIM_SEEDS) --seconds 600 --jobs 2

bless: ## writes what the scenarios do now as what is expected of them; the diff is the review
	SCENARIOS=bless cargo test --locked --package systole-sim --test scenarios

check: format clippy tidy deny ## format, lints, house rules, licences

format: ## layout of the code
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check

clippy: ## lints, warnings are errors
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --manifest-path fuzz/Cargo.toml --target-dir $${CARGO_TARGET_DIR:-target} --all-targets -- -D warnings

tidy: ## house rules that no other tool checks
	cargo xtask tidy

deny: cargo-deny ## licences, duplicates and origins of dependencies
	cargo deny --locked check --hide-inclusion-graph licenses bans sources

advisories: cargo-deny ## known holes in dependencies; fetches the database of advisories
	cargo deny --locked check advisories

bench: ## figures of docs/benchmarks.md
	cargo bench --locked --workspace

bench-failover: setup-failover ## the same faults for Systole and three other products; FAILOVER=short for 15 minutes
	cargo bench --locked --package systole --bench failover $(AS_ROOT) -- $(FAILOVER)

deb: ## a Debian package in target/debian
	packaging/build-deb.sh

setup-demo:
	packaging/setup-test.sh demo

setup-test:
	packaging/setup-test.sh

setup-failover:
	packaging/setup-test.sh failover

setup-fuzz:
	packaging/setup-test.sh fuzz

# Built once, about four minutes on two cores.
cargo-deny:
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny@0.20.2
