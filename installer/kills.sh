#!/bin/sh
# Kills the program at random moments and takes the run up again; the city's own ledger is the judge.
#
#   sh installer/kills.sh [200]      SHOKI_SEED=… repeats a series
set -eu
cd "$(dirname "$0")/.."
SHOKI_KILLS="${1:-200}" cargo nextest run --test whole --no-capture nothing_is_entered_twice
