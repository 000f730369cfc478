#!/bin/sh
# Kills the program at random moments and takes the runs up again; the target's own ledger is the judge.
#
#   sh installer/kills.sh [200]            the whole program, with browser and paper, against the city; SHOKI_SEED=… repeats a series
#   sh installer/kills.sh engine [10000]   the engine against a ledger in a file, on SQLite and on PostgreSQL; and machines that stand still
#   sh installer/kills.sh years            ten years of nights, each with its log, until the first of them may be destroyed
#   sh installer/kills.sh faults [1000]    disks that fail, fill up, become read-only or lose power; stops, backups and clocks at random moments
set -eu
cd "$(dirname "$0")/.."
rounds() { SHOKI_KILLS="$1" cargo nextest run --locked --workspace --no-capture --no-fail-fast --test "$2" -E "$3"; }
case "${1:-}" in
engine) rounds "${2:-10000}" engine 'test(nights::)' ;;
years) SHOKI_NIGHTS=all rounds 1 engine 'test(decade::)' ;;
faults) rounds "${2:-1000}" engine 'test(disks::) or test(moments::)' ;;
*) rounds "${1:-200}" whole 'test(nothing_is_entered_twice)' ;;
esac
