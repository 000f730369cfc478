//! Pages of strangers: PDF, TIFF, PNG, JPEG.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shoki_fuzz::doors::page(bytes));
