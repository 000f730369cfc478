#!/bin/sh
# Reads the same fields by shoki, by RapidOCR (pinned, in a Python environment of its own) and by Tesseract alone, one thread
# each, and says how long each takes and how often it is right. Nothing else should run on the machine.
#
#   sh installer/paper.sh [DIR]     (a folder of fixtures/formbench; default: its sample)
set -eu

cd "$(dirname "$0")/.."
dir="${1:-fixtures/formbench/sample}"
home="${SHOKI_BENCH_HOME:-${CARGO_TARGET_DIR:-target}/rapidocr}"
if [ ! -x "$home/bin/python" ]; then
    python3 -m venv "$home"
    "$home/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r benches/paper.txt
fi
# More threads would be slower: they wait for each other.
export OMP_THREAD_LIMIT=1
cargo bench -q --workspace --locked --bench paper -- fields "$home/fields" "$dir"
"$home/bin/python" benches/paper.py "$home/fields"
