//! Writes small logs in memory, as the store does.

use crate::audit::layout::{self, TILE};
use crate::audit::{
    Actor, Draft, Event, Files, Hash, Line, Note, Options, Report, SigningKey, Stamp, Status, Tree, Value,
    verify,
};

pub const ORIGIN: &str = "shoki.invalid/example-city/host01";
pub const RUN: &str = "01JQZ8E0000000000000000001";
pub const SHA: &str = "abababababababababababababababababababababababababababababababab";

pub fn stamp(ts: &str, mono: u64) -> Stamp {
    Stamp { ts: ts.parse().unwrap(), mono, boot: "5f0c1a9e".to_owned(), ep: 1 }
}

pub fn system() -> Actor {
    Actor::System("shokid".to_owned())
}

pub fn heartbeat() -> Draft {
    Draft::new(Event::Heartbeat, &system())
}

pub fn log_open() -> Draft {
    Draft::new(Event::LogOpen, &system())
        .data("fy", 2026_u64)
        .data("origin", ORIGIN)
        .data("prev", Value::Null)
        .data("spec", "shoki-audit/1")
}

pub fn seed(first: u8) -> [u8; 32] {
    std::array::from_fn(|i| first + u8::try_from(i).unwrap())
}

pub fn key(first: u8) -> SigningKey {
    SigningKey::log(ORIGIN, &seed(first)).unwrap()
}

pub fn witness() -> SigningKey {
    SigningKey::witness("shoki.invalid/example-city/audit-office", &seed(0x20)).unwrap()
}

/// Writes a log as the store does, in memory.
pub struct Log {
    pub files: Files,
    pub leaves: Vec<Hash>,
    pub tree: Tree,
    pub key: SigningKey,
}

impl Log {
    /// A log with its first entry.
    pub fn open(first: u8) -> Self {
        let mut log = Self { files: Files::new(), leaves: Vec::new(), tree: Tree::new(), key: key(first) };
        let vkey = format!("{}\n", log.key.verifier());
        log.files.insert("log.vkey".to_owned(), vkey.into_bytes());
        log.write(&log_open());
        log
    }

    pub fn write(&mut self, draft: &Draft) {
        let seq = self.tree.size();
        let ts = 1_775_000_000_000 + i64::try_from(seq).unwrap() * 1_000;
        let ts = jiff::Timestamp::from_millisecond(ts).unwrap().to_string();
        self.push(&draft.seal(seq, &stamp(&ts, (seq + 1) * 1_000_000_000)).unwrap());
    }

    pub fn push(&mut self, line: &Line) {
        let segment = self.files.entry(layout::segment_file(line.seq)).or_default();
        segment.extend_from_slice(line.text.as_bytes());
        segment.push(b'\n');
        self.leaves.push(line.leaf);
        self.tree.append(line.leaf);
    }

    pub fn checkpoint(&mut self) -> Note {
        let size = self.tree.size();
        let note = self.key.checkpoint(size, self.tree.root());
        self.keep(&note);
        self.files.retain(|name, _| !name.contains(".p/"));
        for (number, width) in layout::tiles(0, size) {
            let first = usize::try_from(number * TILE).unwrap();
            let leaves = &self.leaves[first..first + usize::try_from(width).unwrap()];
            self.files.insert(layout::tile_file(number, width), layout::tile_bytes(leaves));
        }
        note
    }

    pub fn keep(&mut self, note: &Note) {
        let text = note.to_string().into_bytes();
        self.files.insert(layout::checkpoint_file(note.checkpoint.size), text.clone());
        self.files.insert("checkpoint".to_owned(), text);
    }
}

/// 60 entries, checkpoints at 32 and 60.
pub fn sixty() -> Log {
    let mut log = Log::open(0);
    for number in 1..60_u64 {
        let item = format!("{number:04}");
        let person = Actor::User("u-0031".to_owned());
        let changed = Value::map([("changed", true.into()), ("f", "氏名".into())]);
        log.write(&match number % 4 {
            0 => heartbeat().data("runs", number),
            1 => Draft::new(Event::ItemOpen, &system()).run(RUN).item(&item),
            2 => Draft::new(Event::OcrConfirm, &person)
                .run(RUN)
                .item(&item)
                .step("確認")
                .data("fields", vec![changed]),
            _ => Draft::new(Event::ItemEnd, &system()).run(RUN).item(&item).res(Status::Ok, None),
        });
        if number == 31 {
            log.checkpoint();
        }
    }
    log.checkpoint();
    log
}

pub fn check(files: &Files) -> Report {
    verify(files, &Options::default()).unwrap()
}

pub fn lines(files: &Files) -> Vec<Vec<u8>> {
    files["seg/000000.jsonl"].split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

pub fn with_lines(files: &Files, lines: &[Vec<u8>]) -> Files {
    let mut files = files.clone();
    files.insert("seg/000000.jsonl".to_owned(), lines.concat());
    files
}

pub fn names(report: &Report, seq: usize) -> bool {
    report.faults.iter().any(|fault| fault.seq == Some(seq as u64))
}
