#!/bin/sh
# The long form of the fuzzers (libFuzzer, guided by what code of ours an input reaches): each target for so many seconds.
# It needs no other compiler than the one that builds shoki. What is found stays in target/fuzz/TARGET/, with the seeds.
#
#   sh installer/fuzz.sh [SECONDS [TARGET…]]        3600 seconds each of all eleven:
#     the languages     scenario form expression config
#     the front doors   page (PDF, TIFF, PNG, JPEG) book (workbooks) list (CSV) letter (mail, archives)
#     the auditor's     entry signed log
set -eu

cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
seconds=${1:-3600}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- scenario form expression config page book list letter entry signed log

target=${CARGO_TARGET_DIR:-$PWD/target}
RUSTC_WORKSPACE_WRAPPER="$PWD/installer/fuzz-rustc.sh" \
    cargo build --locked --workspace --features shoki-fuzz/libfuzzer $(printf -- ' --bin %s' "$@")
SHOKI_SEEDS="$target/fuzz" cargo test --locked --workspace --test short -- --ignored seeds_are_written

failed=""
for name in "$@"; do
    dir="$target/fuzz/$name"
    mkdir -p "$dir/found" "$dir/new"
    echo "── $name, $seconds s"
    # An input may take 10 s and 512 MiB; the checks are those of a build for tests: arithmetic that overflows is found.
    case $name in page | book | list | letter) most=65536 ;; *) most=8192 ;; esac
    "$target/debug/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=512 -max_len="$most" -print_final_stats=1 \
        -dict="$target/fuzz/words" -artifact_prefix="$dir/found/" "$dir/new" "$dir/seeds" 2>"$dir/log" || failed="$failed $name"
    grep -E "^(stat::number_of_executed_units|stat::peak_rss_mb|stat::slowest_unit_time_sec|SUMMARY|Done)" "$dir/log" || true
done
[ -z "$failed" ] || { echo "エラー: 見つかりました:$failed（target/fuzz/名前/found と log）" >&2; exit 1; }
