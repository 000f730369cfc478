#!/bin/sh
# Compiles our own crates so that libFuzzer sees which code an input reaches. Cargo calls it in place of rustc; see fuzz.sh.
set -eu

name=""
previous=""
for word in "$@"; do
    [ "$previous" = "--crate-name" ] && name=$word
    previous=$word
done
case $name in
shoki | shoki_audit | shoki_fuzz | scenario | form | expression | config | page | book | list | letter | entry | signed | log)
    exec "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
        -Cllvm-args=-sanitizer-coverage-trace-compares
    ;;
esac
exec "$@"
