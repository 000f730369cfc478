#!/bin/sh
# Makes sure of a Rust compiler that is new enough and, for tests, of the tools the tests are run with; a second call costs nothing.
#
#   sh installer/rust.sh          to build
#   sh installer/rust.sh test     to test: also rustfmt, cargo-nextest, cargo-deny
set -eu

oldest=95 # of Rust 1.x; Cargo.toml's rust-version
nextest=0.9.143
deny=0.20.2
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

fail() {
    echo "エラー: $1" >&2
    exit 3
}

# The number x of the Rust 1.x that is there, or 0.
minor() {
    version=$(rustc --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
    echo "${version:-0}"
}

from_debian() {
    [ "$(id -u)" = 0 ] || fail "Rust を入れるために root で実行してください。"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -q -y --no-install-recommends "$@"
}

advice="Rust 1.$oldest 以上がありません。Debian 12 なら rustc-web と cargo-web（セキュリティ更新を含む配布元）を、ほかの環境なら rustup で 1.$oldest 以上を入れてから、もう一度実行してください。"

if [ "$(minor)" -lt "$oldest" ] || ! command -v cargo >/dev/null; then
    if command -v rustup >/dev/null; then
        rustup toolchain install "1.$oldest" --profile minimal --component clippy,rustfmt && rustup default "1.$oldest" || fail "$advice"
    else
        # Debian 12 keeps a second, recent Rust for its browsers; its plain `rustc` is too old.
        apt-get update -q || true
        from_debian rustc-web cargo-web || fail "$advice"
    fi
    [ "$(minor)" -ge "$oldest" ] || fail "$advice"
fi
[ "${1:-build}" = test ] || { echo "Rust: $(rustc --version)"; exit 0; }

command -v rustfmt >/dev/null || from_debian rustfmt-web || echo "rustfmt がないため、書式の検査は省きます。" >&2

# tool NAME VERSION: builds it where that version is not there; unoptimised, because building costs more here than it ever works
tool() {
    "$1" --version 2>/dev/null | head -1 | grep -q " $2\b" || cargo install --debug --locked "$1@$2" || fail "$1 $2 を入れられません。"
}
tool cargo-nextest "$nextest"
tool cargo-deny "$deny"
echo "Rust: $(rustc --version), cargo-nextest $nextest, cargo-deny $deny"
