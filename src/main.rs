//! The `shoki` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next() {
        Some(command) if command == "keeper" => shoki::drivers::browser::keeper::main(args.collect()),
        _ => ExitCode::SUCCESS,
    }
}
