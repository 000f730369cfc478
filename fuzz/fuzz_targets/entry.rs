//! A line of a log: read without a crash; what is accepted can be read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shoki_audit::Entry;

fuzz_target!(|line: &[u8]| {
    if let Ok(entry) = Entry::parse(line) {
        let _ = (entry.seq(), entry.ts(), entry.mono(), entry.ep(), entry.boot().len());
    }
});
