#!/bin/sh
# Sets up all that is missing and runs every check and every test. The last lines are the test runner's summary.
#
#   sh installer/test.sh
set -eu

cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
sh installer/packages.sh
sh installer/rust.sh test
sh installer/native.sh
sh installer/axe.sh

step() {
    echo "── $*"
    "$@"
}

if command -v rustfmt >/dev/null; then step cargo fmt --all --check; fi
step cargo deny --locked check licenses bans sources
if cargo clippy --version >/dev/null 2>&1; then
    step cargo clippy --locked --workspace --all-targets
else
    echo "── skipped: cargo clippy is not on this machine"
fi
step env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
step cargo test --locked --workspace --doc
step cargo nextest run --locked --workspace
