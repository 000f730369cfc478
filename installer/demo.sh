#!/bin/sh
# Sets up all that is missing, builds shoki and the make-believe city, and runs the demo. A second call goes straight to the demo.
#
#   sh installer/demo.sh [--keep DIR] …     the arguments of `shoki demo`
set -eu

start=$(pwd)
cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
sh installer/packages.sh
sh installer/rust.sh
sh installer/native.sh
cargo build --locked --workspace # as the tests do, so that neither builds what the other has
target=${CARGO_TARGET_DIR:-$(pwd)/target}
cd "$start"
exec "$target/debug/shoki" demo "$@"
