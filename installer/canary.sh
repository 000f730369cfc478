#!/bin/sh
# The canary night in its long form: 1,000 items with planted My Numbers, names, addresses and passwords through crashes,
# failing screens, a daemon that takes over, questions, papers that go out and attacks on the log; then every byte that was
# written outside the input and the declared outputs is searched, the database included.
#
#   sh installer/canary.sh [ITEMS]
set -eu

cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
cargo build --locked --workspace
SHOKI_CANARIES=${1:-1000} cargo test --locked --workspace --test whole -- --nocapture canaries_are_found
