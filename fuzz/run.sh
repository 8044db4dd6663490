#!/bin/sh
# Builds the fuzz targets and runs each for a while (docs/fuzzing.md): run.sh SECONDS [TARGET..]; as many at once as JOBS
# says, else as there are processors. Needs Rust and a C++ compiler only. Fails when one of them found something.
set -eu
cd "$(dirname "$0")"

seconds=${1:?usage: run.sh SECONDS [TARGET..]}
shift
[ $# -gt 0 ] || set -- netstring text serial ha_cf haresources authkeys bridge control core

target_dir=${CARGO_TARGET_DIR:-$PWD/../target}
host=$(rustc --print host-tuple)

# What `cargo fuzz` passes, without the sanitizers, which need an unstable compiler: no crate here has unsafe code.
passes="-Cpasses=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    passes="$passes -Cllvm-args=-sanitizer-coverage-$option"
done
# With --target build scripts and macros stay as they are.
RUSTFLAGS="--cfg fuzzing $passes" cargo build --quiet --locked --release --bins \
    --target "$host" --target-dir "$target_dir/fuzz"

printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -I{} \
    ./one.sh "$seconds" {} "$target_dir/fuzz/$host/release" "$target_dir/fuzz/work"
