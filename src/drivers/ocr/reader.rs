//! The child: reads asks from standard input, answers on standard output, ends when its input ends.

use super::{
    OcrError,
    native::{NativeParts, READS, Runtime, WALLED},
    read_form::Desk,
    sort::sort,
    wire::{Answer, Ask},
};
use crate::drivers::{
    excel::read_table,
    sandbox::{probe, wall_in},
};
use rustix::process::{Resource, Rlimit, getppid, setrlimit};
use std::{
    io::{self, BufRead, Write},
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

/// Most memory a reader may map, in bytes. It uses a tenth; the rest is address space of the libraries.
const MEMORY: u64 = 6 << 30;
/// Most processor time of a reader's whole life, in seconds.
const SECONDS: u64 = 1_800;

/// `shoki reader`: the whole life of a child.
#[must_use]
pub fn reader_main() -> ExitCode {
    limit();
    panic::set_hook(Box::new(|_| {}));
    let native =
        NativeParts { folder: None, runtime: Runtime::from_env(), tessdata: None, calibration: None };
    let walls = wall_in(&readable(&native));
    end_with_parent();
    let open = std::env::var_os(WALLED).is_some() && !walls.stand();
    let mut desk = Desk::new(native);
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let answer = match serde_json::from_str::<Ask>(&line) {
            Ok(_) if open => Answer::Failed(OcrError::NotWalled { why: walls.fault().unwrap_or_default() }),
            Ok(ask) => answer(&mut desk, ask),
            Err(e) => Answer::Failed(OcrError::CannotStart { why: e.to_string() }),
        };
        let sent = serde_json::to_string(&answer)
            .is_ok_and(|text| writeln!(out, "{text}").and_then(|()| out.flush()).is_ok());
        if !sent {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// `shoki reader probe STRANGER FOLDER`: what a reader could do in spite of its walls, as one JSON object.
#[must_use]
pub fn probe_main(stranger: &Path, folder: &Path) -> ExitCode {
    limit();
    let reach = serde_json::to_string(&probe(stranger, folder)).unwrap_or_default();
    // Whoever asked sees that nothing came.
    let _ = writeln!(io::stdout(), "{reach}");
    ExitCode::SUCCESS
}

/// What this reader may read: the native parts, and what its parent shows it.
fn readable(native: &NativeParts) -> Vec<PathBuf> {
    let tessdata = std::env::var_os("TESSDATA_PREFIX").map(PathBuf::from);
    let program = std::env::current_exe().ok();
    let shown = std::env::var(READS).ok().map(|list| serde_json::from_str(&list).unwrap_or_default());
    let shown: Vec<PathBuf> = shown.unwrap_or_else(|| vec![PathBuf::from("/")]);
    native.folders().into_iter().chain(tessdata).chain(program).chain(shown).collect()
}

/// A parent that was killed does not want the page in hand any more: whoever takes the run up again needs the processor.
fn end_with_parent() {
    let parent = getppid();
    thread::spawn(move || {
        while getppid() == parent {
            thread::sleep(Duration::from_millis(250));
        }
        std::process::exit(1);
    });
}

fn limit() {
    for (what, most) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, SECONDS),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 256),
    ] {
        // A limit that is already lower stays; reading goes on with it.
        let _ = setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) });
    }
}

/// A panic costs this ask only: the desk holds nothing half-done between asks.
fn answer(desk: &mut Desk, ask: Ask) -> Answer {
    let done = panic::catch_unwind(AssertUnwindSafe(|| match ask {
        Ask::Count { file } => desk.count(&file).map(Answer::Count),
        Ask::Form { file, page, form } => desk.read_form(&file, page, &form).map(Answer::Form),
        Ask::Sort { file, page, forms } => sort(desk, &file, page, &forms).map(Answer::Sorted),
        Ask::Text { file, page } => desk.read_text(&file, page).map(Answer::Text),
        Ask::Picture { form, scan } => desk.picture(&form, scan.as_ref()).map(Answer::Picture),
        Ask::Table { file, wanted } => {
            Ok(read_table(&file, &wanted).map_or_else(Answer::NoTable, Answer::Table))
        }
    }));
    done.unwrap_or(Err(OcrError::Crashed)).unwrap_or_else(Answer::Failed)
}
