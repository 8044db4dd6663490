#!/bin/sh
# Runs one built fuzz target and prints one line of figures: one.sh SECONDS TARGET PROGRAMS WORK. What it learned stays
# in WORK/corpus for the next run, what it found in WORK/finds.
set -eu
seconds=$1 target=$2 program=$3/$2 work=$4

log=$work/$target.log learned=$work/corpus/$target finds=$work/finds
mkdir -p "$learned" "$finds"

set -- "corpus/$target"
case $target in
netstring) set -- "$@" ../crates/wire/tests/vectors/frames -dict=dictionaries/wire ;;
text | serial) set -- "$@" -dict=dictionaries/wire ;;
ha_cf | haresources | authkeys) set -- "$@" -dict=dictionaries/files ;;
bridge | control) set -- "$@" -dict=dictionaries/json ;;
core) set -- "$@" -len_control=0 ;; # long lives from the start
esac

# A panic, an input that takes twenty seconds, and a process beyond 1 GB are finds.
verdict=fine
"$program" "$learned" "$@" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -max_len=8192 \
    -print_final_stats=1 -artifact_prefix="$finds/$target-" >"$log" 2>&1 || verdict=FOUND

final() { sed -n "s/^stat::$1: *//p" "$log"; }
last() { sed -n "s/^#[0-9].* $1: *\([0-9]*\).*/\1/p" "$log" | tail -n 1; }
printf '%-12s%-6s %9s runs %7s /s %6s edges %6s features %5s MB\n' "$target" "$verdict" \
    "$(final number_of_executed_units)" "$(final average_exec_per_sec)" "$(last cov)" "$(last ft)" "$(final peak_rss_mb)"
[ $verdict = fine ] || {
    grep -E -m 3 -A 1 'panicked at|ERROR: libFuzzer|SUMMARY' "$log" || tail -n 5 "$log"
    echo "  all of it: $log"
    find=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    echo "  once more: cargo run --manifest-path fuzz/Cargo.toml --bin $target $find"
    exit 1
}
