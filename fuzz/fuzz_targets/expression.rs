//! An expression, and a text that is put into one.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shoki_fuzz::expression(bytes));
