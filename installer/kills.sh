#!/bin/sh
# Kills the program at random moments and takes the runs up again; the target's own ledger is the judge.
#
#   sh installer/kills.sh [200]            the whole program, with browser and paper, against the city; SHOKI_SEED=… repeats a series
#   sh installer/kills.sh engine [10000]   the engine against a ledger in a file, on SQLite and on PostgreSQL; and machines that stand still
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = engine ]; then
    SHOKI_KILLS="${2:-10000}" cargo nextest run --locked --workspace --test engine --no-capture -E 'test(nights::)'
else
    SHOKI_KILLS="${1:-200}" cargo nextest run --locked --workspace --test whole --no-capture nothing_is_entered_twice
fi
