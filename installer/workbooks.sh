#!/bin/sh
# Writes and reads one table of 50,000 lines by shoki and by openpyxl (pinned, in a Python environment of its own), in turns,
# and says how many times quicker shoki is. Nothing else should run on the machine.
#
#   sh installer/workbooks.sh [ROUNDS]     (default 3)
set -eu

cd "$(dirname "$0")/.."
rounds="${1:-3}"
lines=50000
home="${SHOKI_BENCH_HOME:-${CARGO_TARGET_DIR:-target}/openpyxl}"
if [ ! -x "$home/bin/python" ]; then
    python3 -m venv "$home"
    printf '%s\n' \
        'openpyxl==3.1.5 --hash=sha256:5282c12b107bffeef825f4617dc029afaf41d0ea60823bbb665ef3079dc79de2' \
        'et-xmlfile==2.0.0 --hash=sha256:7a91720bc756843502c3b7504c77b8fe44217c85c537d85037f0f536151b2caa' >"$home/pinned.txt"
    "$home/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$home/pinned.txt"
fi
cargo bench -q --workspace --locked --bench rules --no-run
n=0
while [ "$n" -lt "$rounds" ]; do
    cargo bench -q --workspace --locked --bench rules -- workbook
    "$home/bin/python" benches/workbooks.py "$lines"
    n=$((n + 1))
done | tee "$home/said" | awk '
    { print }
    /^workbook/ { w = $5; r = $7 }
    /^openpyxl/ { printf "  shoki is %.1f times quicker at writing, %.1f at reading\n", $(NF - 2) / w, $NF / r }'
