#!/bin/sh
# Writes the list of all parts as CycloneDX 1.5 JSON: every crate of the lock file with its licence and checksum, and the native
# parts with the SHA-256 they are pinned by.
#
#   sh installer/sbom.sh [FILE]      default: dist/shoki.cdx.json
set -eu

cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
out=${1:-dist/shoki.cdx.json}
mkdir -p "$(dirname "$out")"
cargo metadata --locked --format-version 1 | python3 installer/sbom.py src/drivers/ocr/native.rs Cargo.lock >"$out"
echo "$out"
