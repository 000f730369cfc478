//! The child: reads asks from standard input, answers on standard output, ends when its input ends.

use super::{
    pool::{READS, WALLED},
    wire::{Answer, Ask, Message},
};
use crate::drivers::{
    csv::csv_lines,
    excel::read_table,
    mail::{Attachment, Mail, unpack},
    ocr::{Desk, NativeParts, OcrError, sort},
    sandbox::{probe, wall_in},
};
use rustix::process::{Resource, Rlimit, getppid, setrlimit};
use std::{
    io::{self, BufWriter, Write},
    mem,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

/// Most memory a reader may map, in bytes. It uses a tenth; the rest is address space of the libraries.
const MEMORY: u64 = 6 << 30;
/// Most processor time of a reader's whole life, in seconds. The pool replaces it before it has had so much.
pub(super) const SECONDS: u64 = 1_800;

/// `shoki reader`: the whole life of a child.
#[must_use]
pub fn reader_main() -> ExitCode {
    limit();
    panic::set_hook(Box::new(|_| {}));
    let native = NativeParts::told();
    let walls = wall_in(&readable(&native));
    end_with_parent();
    let open = std::env::var_os(WALLED).is_some() && !walls.stand();
    let mut desk = Desk::new(native);
    let (mut from, mut to) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    loop {
        let answer = match Message::receive(&mut from) {
            Ok(None) => return ExitCode::SUCCESS,
            Ok(Some(_)) if open => {
                Answer::Failed(OcrError::NotWalled { why: walls.fault().unwrap_or_default() }).into()
            }
            Ok(Some(ask)) => answer(&mut desk, ask),
            // Where the next ask would begin is not known.
            Err(_) => return ExitCode::FAILURE,
        };
        if answer.send(&mut to).is_err() {
            return ExitCode::FAILURE;
        }
    }
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
fn answer(desk: &mut Desk, ask: Message<Ask>) -> Message<Answer> {
    let done = panic::catch_unwind(AssertUnwindSafe(|| answered(desk, ask)));
    done.unwrap_or(Err(OcrError::Crashed)).unwrap_or_else(|error| Answer::Failed(error).into())
}

fn answered(desk: &mut Desk, ask: Message<Ask>) -> Result<Message<Answer>, OcrError> {
    let bytes = ask.parts.first().map_or(&[][..], Vec::as_slice);
    Ok(match ask.said {
        Ask::Count { file } => Answer::Count(desk.count(&file)?).into(),
        Ask::Form { file, page, form } => Answer::Form(desk.read_form(&file, page, &form)?).into(),
        Ask::Sort { file, page, forms } => Answer::Sorted(sort(desk, &file, page, &forms)?).into(),
        Ask::Text { file, page } => Answer::Text(desk.read_text(&file, page)?).into(),
        Ask::Picture { form, scan } => {
            Message { said: Answer::Picture, parts: vec![desk.picture(&form, scan.as_ref())?] }
        }
        Ask::Table { file, wanted } => Answer::Table(read_table(&file, &wanted)).into(),
        Ask::List(encoding) => Answer::List(csv_lines(encoding, bytes)).into(),
        Ask::Letter => {
            let mut mail = Mail::parse(bytes);
            let parts = mail.iter_mut().flat_map(|m| &mut m.attachments).map(taken).collect();
            Message { said: Answer::Letter(mail), parts }
        }
        Ask::Archive { passwords } => {
            let mut files = unpack(bytes, &passwords);
            let parts = files.iter_mut().flatten().map(taken).collect();
            Message { said: Answer::Archive(files), parts }
        }
    })
}

/// The bytes of a file, which go beside its name.
fn taken(file: &mut Attachment) -> Vec<u8> {
    mem::take(&mut file.bytes)
}
