#!/bin/sh
# Checks the JSON Schemas in a real yaml-language-server, the one that editors start: nothing to say about good files, every
# planted mistake found, the meaning of keys and the names of actions in Japanese. Needs Node.js 18 or newer with npm.
#
#   sh installer/editor.sh
set -eu

cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
version=1.18.0
integrity="sha512-N1g0S7IcA+1PXDNNfnNHB+jQkwWh33Id7yhWLLmTyAsf3HSFdTYTbqnUaVrhiz5MrCUbiKtZjiAVxrn/N4HKLg=="

command -v node >/dev/null && command -v npm >/dev/null || {
    echo "エラー: Node.js 18 以上と npm が必要です（Debian: apt-get install nodejs npm）。この確認だけに使います。" >&2
    exit 3
}
target=${CARGO_TARGET_DIR:-$PWD/target}
dir="$target/editor"
if [ ! -f "$dir/$version" ]; then
    rm -rf "$dir"
    mkdir -p "$dir"
    (cd "$dir" && npm install --ignore-scripts --no-audit --no-fund --silent "yaml-language-server@$version" </dev/null)
    grep -q "$integrity" "$dir/package-lock.json" || {
        echo "エラー: yaml-language-server $version の中身が、決めたものと違います。" >&2
        exit 3
    }
    touch "$dir/$version"
fi

cargo build --locked --quiet --workspace
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shoki="$target/debug/shoki"
SHOKI_SHARE="$PWD"
export SHOKI_SHARE
"$shoki" init "$work/office" >/dev/null
cd "$work/office"
"$shoki" new 名簿 >/dev/null
"$shoki" schema part -o state/schema/part.json
for name in "$SHOKI_SHARE"/scenarios/*/; do
    name=$(basename "$name")
    "$shoki" new "$name" --from "$name" >/dev/null
done
mkdir -p forms parts
for form in forms/*.yaml; do
    [ -f "$form" ] && { printf '# yaml-language-server: $schema=../state/schema/form.json\n'; cat "$form"; } >"$work/form" && cp "$work/form" "$form"
done
printf '# yaml-language-server: $schema=../state/schema/part.json\nshoki_part: 1\ntitle: 敬称を付ける\ntakes: { 氏名: { type: text } }\nsteps:\n  - id: 宛名\n    do: value.set\n    with: { 氏名: "${{ with.氏名 }} 様" }\ngives: { 氏名: "${{ 宛名.氏名 }}" }\n' >parts/敬称.yaml
node "$SHOKI_SHARE/installer/editor.mjs" "$dir/node_modules/yaml-language-server/bin/yaml-language-server" "$work/office"
