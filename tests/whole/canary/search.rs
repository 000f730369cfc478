//! Searching every byte for what was planted, in every spelling and encoding in which it could have leaked.

use base64::{Engine, prelude::*};
use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
};

/// What was planted, in one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    Number,
    Person,
    Password,
}

/// A place where a canary was found.
pub type Hit = (String, Class, String);

/// Bytes to be found, what they are, and how they were planted.
type Needle = (Vec<u8>, Class, String);

/// Needles by their first four bytes.
pub struct Search {
    needles: HashMap<[u8; 4], Vec<Needle>>,
    first: Vec<bool>,
    /// Bytes looked through.
    pub bytes: u64,
    /// Files and streams looked through.
    pub places: u32,
    pub hits: HashSet<Hit>,
}

const FIRSTS: usize = 1 << 16;

impl Search {
    pub fn new(planted: &[(Class, String)]) -> Self {
        let mut search = Self {
            needles: HashMap::new(),
            first: vec![false; FIRSTS],
            bytes: 0,
            places: 0,
            hits: HashSet::new(),
        };
        for (class, text) in planted {
            let spelled = if *class == Class::Number { spellings(text) } else { vec![text.clone()] };
            for needle in spelled.iter().flat_map(|text| encodings(text)) {
                search.add(needle, *class, text);
            }
        }
        search
    }

    fn add(&mut self, needle: Vec<u8>, class: Class, text: &str) {
        assert!(needle.len() >= 6, "{text}: so short a needle is found everywhere");
        let head = *needle.first_chunk().unwrap();
        self.first[usize::from(u16::from_le_bytes([head[0], head[1]]))] = true;
        self.needles.entry(head).or_default().push((needle, class, text.to_owned()));
    }

    /// How many needles there are.
    pub fn needles(&self) -> usize {
        self.needles.values().map(Vec::len).sum()
    }

    /// Looks through bytes; what is packed in them is unpacked.
    pub fn look(&mut self, place: &str, bytes: &[u8], classes: &[Class]) {
        self.places += 1;
        self.bytes += bytes.len() as u64;
        for at in 0..bytes.len().saturating_sub(5) {
            if !self.first[usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))] {
                continue;
            }
            let Some(there) = self.needles.get(bytes[at..].first_chunk().unwrap()) else { continue };
            for (needle, class, text) in there {
                if classes.contains(class) && bytes[at..].starts_with(needle) {
                    self.hits.insert((place.to_owned(), *class, text.clone()));
                }
            }
        }
        if bytes.starts_with(b"PK\x03\x04") {
            self.unpack(place, bytes, classes);
        }
    }

    fn unpack(&mut self, place: &str, bytes: &[u8], classes: &[Class]) {
        let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return };
        for n in 0..archive.len() {
            let mut file = archive.by_index(n).unwrap();
            let (name, mut inner) = (format!("{place}!{}", file.name().unwrap()), Vec::new());
            if file.read_to_end(&mut inner).is_ok() {
                self.look(&name, &inner, classes);
            }
        }
    }

    /// Looks through every file below `dir`, and at its name; `leave` says which not.
    pub fn look_below(&mut self, dir: &Path, leave: &dyn Fn(&Path) -> bool) {
        for path in files(dir) {
            let name = path.to_string_lossy().into_owned();
            self.look(&format!("the name of {name}"), name.as_bytes(), &[Class::Number, Class::Password]);
            if !leave(&path) {
                let bytes = fs::read(&path).unwrap_or_default();
                self.look(&name, &bytes, &[Class::Number, Class::Person, Class::Password]);
            }
        }
    }
}

/// Every plain file below `dir`.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
    found
}

/// A number as people write it.
pub fn spellings(number: &str) -> Vec<String> {
    let with = |digits: &str, gap: &str| {
        let digits: Vec<char> = digits.chars().collect();
        digits.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(gap)
    };
    let wide = turned(number, "０１２３４５６７８９");
    let kanji = turned(number, "〇一二三四五六七八九");
    vec![
        number.to_owned(),
        with(number, " "),
        with(number, "-"),
        with(&wide, "－"),
        with(&wide, "　"),
        wide,
        kanji,
    ]
}

fn turned(number: &str, digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    number.chars().map(|c| digits[c.to_digit(10).unwrap() as usize]).collect()
}

/// A text as programs write it.
fn encodings(text: &str) -> Vec<Vec<u8>> {
    let mut all = vec![text.as_bytes().to_vec()];
    let wide = |turn: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(turn).collect::<Vec<u8>>();
    all.extend([wide(u16::to_le_bytes), wide(u16::to_be_bytes)]);
    all.extend(shoki::text::cp932::encode(text));
    for bytes in all.clone() {
        let hex: String = bytes.iter().fold(String::new(), |mut hex, b| {
            write!(hex, "{b:02x}").unwrap();
            hex
        });
        all.push(hex.to_uppercase().into_bytes());
        all.push(hex.into_bytes());
        let percent: String = bytes.iter().fold(String::new(), |mut text, b| {
            if b.is_ascii_alphanumeric() {
                text.push(char::from(*b));
            } else {
                write!(text, "%{b:02X}").unwrap();
            }
            text
        });
        all.push(percent.into_bytes());
    }
    if !text.is_ascii() {
        let json = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", c as u32) };
        all.push(text.chars().map(json).collect::<String>().into_bytes());
        let html = |c: char| if c.is_ascii() { c.to_string() } else { format!("&#{};", c as u32) };
        all.push(text.chars().map(html).collect::<String>().into_bytes());
    }
    for shift in 0..3 {
        all.extend(inside_base64(text.as_bytes(), shift));
    }
    all.sort();
    all.dedup();
    all
}

/// The part of the base64 of any bytes with `bytes` at `shift` (mod 3) that depends on `bytes` alone.
fn inside_base64(bytes: &[u8], shift: usize) -> Vec<Vec<u8>> {
    let mut padded = vec![0; shift];
    padded.extend(bytes);
    let whole = padded.len() / 3 * 4;
    let from = [0, 2, 3][shift];
    [BASE64_STANDARD.encode(&padded), BASE64_URL_SAFE.encode(&padded)]
        .iter()
        .map(|text| text.as_bytes()[from..whole].to_vec())
        .collect()
}

#[test]
fn every_way_to_write_a_canary_is_seen() {
    let planted = [(Class::Number, "123456789018".to_owned()), (Class::Person, "金糸雀".to_owned())];
    let mut zipped = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zipped.start_file("a.txt", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zipped, "x 金糸雀 x".as_bytes()).unwrap();
    let mut ways = vec![
        b"x 123456789018 x".to_vec(),
        "一二三四五六七八九〇一八".into(),
        "1234 5678 9018".into(),
        "１２３４５６７８９０１８".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        shoki::text::cp932::encode("氏名 金糸雀").unwrap(),
        "\"\\u91d1\\u7cf8\\u96c0\"".into(),
        "%E9%87%91%E7%B3%B8%E9%9B%80".into(),
        zipped.finish().unwrap().into_inner(),
    ];
    for before in ["", "a", "ab"] {
        ways.push(BASE64_STANDARD.encode(format!("{before}123456789018,z")).into_bytes());
        ways.push(BASE64_STANDARD.encode(format!("{before}金糸雀 花子")).into_bytes());
    }
    for way in ways {
        let mut search = Search::new(&planted);
        search.look("here", &way, &[Class::Number, Class::Person]);
        assert_eq!(search.hits.len(), 1, "{}", String::from_utf8_lossy(&way));
    }
    let mut search = Search::new(&planted);
    search.look("here", "何もない 12345678901 糸雀".as_bytes(), &[Class::Number, Class::Person]);
    assert!(search.hits.is_empty());
}
