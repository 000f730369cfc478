//! Letters, and archives that come with them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shoki_fuzz::letters::letter(bytes));
