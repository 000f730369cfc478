//! `shoki.toml`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shoki_fuzz::config(bytes));
