#!/bin/sh
# The long form of the audit tests: 10,000 forged and 10,000 clean logs, every single byte of a log of 1,000 entries.
# Takes about ten minutes on two cores; the suite runs a short form.
#
#   sh installer/audit-long.sh
set -eu

cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
SHOKI_FORGED=10000 SHOKI_FLIP_EVERY=1 cargo test --locked --release --test audit -- --nocapture forged flips
