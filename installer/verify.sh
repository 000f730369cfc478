#!/bin/sh
# Builds shoki-verify as one static file that runs from a USB stick on any Linux machine of this architecture.
#
#   sh installer/verify.sh [FOLDER]      writes FOLDER/shoki-verify and its SHA-256 (default: the folder dist)
#
# With the musl target of Rust installed that is used; else the C library of this machine is linked statically, which gives
# the same: one file that needs nothing.
set -eu

cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
out=${1:-dist}
machine=$(uname -m)
target="$machine-unknown-linux-musl"
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
    target="$machine-unknown-linux-gnu"
fi
RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --locked --profile verify --package shoki-verify --bin shoki-verify --target "$target"
mkdir -p "$out"
cp "${CARGO_TARGET_DIR:-target}/$target/verify/shoki-verify" "$out/shoki-verify"
size=$(wc -c <"$out/shoki-verify")
if [ "$size" -gt 3145728 ]; then
    echo "shoki-verify has $size bytes; it may have 3 MiB" >&2
    exit 1
fi
if command -v readelf >/dev/null && readelf -d "$out/shoki-verify" | grep -q NEEDED; then
    echo "shoki-verify is not static" >&2
    exit 1
fi
"$out/shoki-verify" --version
(cd "$out" && sha256sum shoki-verify | tee shoki-verify.sha256)
echo "$out/shoki-verify: $size bytes, static, $target"
