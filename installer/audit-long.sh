#!/bin/sh
# The long form of the audit tests: 10,000 forged and 10,000 clean logs, every single byte of a log of 1,000 entries, and how
# long and with how much memory shoki-verify verifies a million entries (six million: SHOKI_ENTRIES=6000000).
#
#   sh installer/audit-long.sh
set -eu

cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
SHOKI_FORGED=10000 SHOKI_FLIP_EVERY=${SHOKI_FLIP_EVERY:-1} \
    cargo test --locked --workspace --test audit -- --nocapture forged flips

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh installer/verify.sh "$work/dist"
cargo run --locked --quiet --package shoki-verify --example make_log -- "$work/2026" "${SHOKI_ENTRIES:-1000000}"
/usr/bin/env time -v "$work/dist/shoki-verify" "$work/2026" 2>"$work/measured" || [ $? -eq 20 ]
grep -E "Elapsed|Maximum resident" "$work/measured" || cat "$work/measured"
