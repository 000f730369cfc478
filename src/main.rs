//! The `shoki` program. Two hidden commands are children of it and start before anything else: `reader` reads paper,
//! `keeper` keeps a browser from outliving us.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next().as_ref().and_then(|a| a.to_str()) {
        Some("reader") => shoki::drivers::ocr::reader_main(),
        Some("keeper") => shoki::drivers::browser::keeper::main(args.collect()),
        _ => shoki::cli::main(),
    }
}
