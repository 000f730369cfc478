#!/bin/sh
# Fetches axe-core, which the tests of the console's pages run in Chromium, by pinned version and SHA-256; a second call
# costs nothing. It is used by tests only and is in no program of ours (Mozilla Public License 2.0).
#
#   sh installer/axe.sh                     into ${SHOKI_NATIVE:-${XDG_CACHE_HOME:-$HOME/.cache}/shoki/native}
#   SHOKI_WHEELS=DIR sh installer/axe.sh    takes the wheel from DIR instead of the registry
set -eu

into="${SHOKI_NATIVE:-${XDG_CACHE_HOME:-$HOME/.cache}/shoki/native}"
wheel="axe_playwright_python-0.1.8-py3-none-any.whl" # holds axe-core 4.12.1
of_wheel="fdd263c998388f1a8e67cad02677e612d946248bd44d163be5e8650ea31f95f8"
of_file="84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc"

fail() {
    echo "エラー: $1" >&2
    exit 3
}

if echo "$of_file  $into/axe.min.js" | sha256sum -c --status - 2>/dev/null; then
    echo "axe-core: already there ($into)"
    exit 0
fi
mkdir -p "$into"
work=$(mktemp -d "$into/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
wheels="${SHOKI_WHEELS:-$work}"
if [ -z "${SHOKI_WHEELS:-}" ]; then
    python3 -m pip --version >/dev/null 2>&1 || fail "pip がありません。apt-get install python3-pip を実行してください。"
    python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: -d "$wheels" \
        axe-playwright-python==0.1.8 || fail "axe-core を取得できません。ネットワークを確かめるか、SHOKI_WHEELS を指定してください。"
fi
[ -f "$wheels/$wheel" ] || fail "$wheel がありません。"
echo "$of_wheel  $wheels/$wheel" | sha256sum -c --status - || fail "$wheel の SHA-256 が一致しません。"
python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("axe_playwright_python/axe.min.js"))' \
    "$wheels/$wheel" >"$work/axe.min.js"
echo "$of_file  $work/axe.min.js" | sha256sum -c --status - || fail "axe.min.js の SHA-256 が一致しません。"
mv "$work/axe.min.js" "$into/axe.min.js"
echo "axe-core: ready ($into)"
