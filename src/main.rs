//! The `shoki` program. Two hidden commands are children of it and start before anything else: `reader` reads paper,
//! `keeper` keeps a browser from outliving us.

use std::process::ExitCode;

fn main() -> ExitCode {
    shoki::drivers::sandbox::no_core_dumps();
    shoki::privacy::quiet_panics();
    let mut args = std::env::args_os().skip(1);
    match args.next().as_ref().and_then(|a| a.to_str()) {
        Some("reader") => match (args.next().as_deref().and_then(|a| a.to_str()), args.next(), args.next()) {
            (Some("probe"), Some(stranger), Some(folder)) => {
                shoki::drivers::readers::probe_main(stranger.as_ref(), folder.as_ref())
            }
            _ => shoki::drivers::readers::reader_main(),
        },
        Some("keeper") => shoki::drivers::browser::keeper::main(args.collect()),
        _ => shoki::cli::main(),
    }
}
