//! Workbooks of strangers.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shoki_fuzz::doors::book(bytes));
