#!/bin/sh
# Measures the idle daemon: 500 scenarios with schedules, start to ready, memory, processor time.
#   sh installer/idle.sh [scenarios] [seconds]
# SHOKI=/path/to/shoki measures that program; otherwise an optimised one is built.
set -eu
cd "$(dirname "$0")/.."
count=${1:-500}
seconds=${2:-60}
if [ -z "${SHOKI:-}" ]; then
    cargo build --release --locked --bin shoki
    SHOKI=${CARGO_TARGET_DIR:-target}/release/shoki
fi
office=$(mktemp -d)
trap 'kill "$daemon" 2>/dev/null || true; wait; rm -rf "$office"' EXIT
mkdir "$office/scenarios" "$office/forms"
echo '[office]' > "$office/shoki.toml"
n=0
while [ "$n" -lt "$count" ]; do
    n=$((n + 1))
    cat > "$office/scenarios/s$n.yaml" <<YAML
shoki: 1
id: s$n
title: 予定の試験 $n
owner: 試験課
retention: 1y
schedule:
  - { at: "$((n % 60)) $((n % 5 + 1)) * * *", days: open, shift: next }
items: { do: file.list, with: { folder: 受付, pattern: "*.csv" }, key: "\${{ item.file }}" }
steps:
  - { id: 一, do: value.set, with: { a: "\${{ item.file }}" } }
  - { id: 二, do: value.require, with: { that: "\${{ 一.a != '' }}", else: 空です。 } }
YAML
done
start() {
    begin=$(date +%s%N)
    "$SHOKI" serve --office "$office" --listen 127.0.0.1:0 --log-file "$office/log" > "$office/said" &
    daemon=$!
    until grep -q health "$office/said"; do sleep 0.005; done
    end=$(date +%s%N)
    echo "start to ready ($1): $(((end - begin) / 1000000)) ms"
}
ticks() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }
start "first start: the database is made"
kill "$daemon"; wait "$daemon"
start "again"
sleep 5
from=$(ticks)
sleep "$seconds"
to=$(ticks)
awk -v t=$((to - from)) -v s="$seconds" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "processor: %.2f %% of one core\n", t / hz / s * 100 }'
awk '/VmRSS|VmHWM/ { printf "%s %.1f MiB\n", $1, $2 / 1024 }' "/proc/$daemon/status"
