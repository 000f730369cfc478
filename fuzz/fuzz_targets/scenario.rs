//! A scenario, as it is read from a file.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shoki_fuzz::scenario(bytes));
