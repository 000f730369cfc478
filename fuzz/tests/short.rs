//! The short form of the fuzzers, with the compiler that is there and the same numbers each time. `SHOKI_FUZZ_SECONDS` makes it
//! longer, `SHOKI_FUZZ_KEEP=DIR` writes each input there before it is read; `sh installer/fuzz.sh` is the long form, which sees what code an input reaches.

use std::{
    panic,
    time::{Duration, Instant},
};

/// The longest that one input may take, in a build for tests on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }
}

/// A seed with a few changes: bytes lost, turned or put in, words put in, a piece of another seed, a piece many times.
fn changed(seeds: &[Vec<u8>], words: &[String], dice: &mut Dice) -> Vec<u8> {
    let mut text = seeds[dice.roll(seeds.len())].clone();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(text.len() + 1);
        let end = (at + dice.roll(40)).min(text.len());
        match dice.roll(6) {
            0 => drop(text.drain(at..end)),
            1 => text
                .get_mut(at)
                .into_iter()
                .for_each(|b| *b = b' ' + u8::try_from(dice.roll(95)).unwrap_or(0)),
            2 | 3 => drop(text.splice(at..at, words[dice.roll(words.len())].bytes())),
            4 => {
                let other = &seeds[dice.roll(seeds.len())];
                let from = dice.roll(other.len() + 1);
                let piece = other[from..(from + dice.roll(200)).min(other.len())].to_vec();
                drop(text.splice(at..end, piece));
            }
            _ => {
                let piece = text[at..end].repeat(1 + dice.roll(60));
                drop(text.splice(at..end, piece));
            }
        }
    }
    text
}

fn try_many(target: &str, read: fn(&[u8])) {
    let seconds = std::env::var("SHOKI_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(3);
    let (seeds, words, mut dice) = (shoki_fuzz::seeds(target), shoki_fuzz::words(), Dice(42));
    assert!(!seeds.is_empty());
    let (begun, mut count, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    let kept = std::env::var_os("SHOKI_FUZZ_KEEP").map(|dir| std::path::Path::new(&dir).join(target));
    for seed in &seeds {
        read(seed);
    }
    while begun.elapsed() < Duration::from_secs(seconds) {
        let mut bytes = changed(&seeds, &words, &mut dice);
        if !["page", "book", "list", "letter"].contains(&target) {
            // Damaged characters are read as far as they are text, so that most inputs get beyond the first gate.
            bytes = String::from_utf8_lossy(&bytes).into_owned().into_bytes();
        }
        // A stack that overflows and a hang leave no other trace.
        if let Some(kept) = &kept {
            std::fs::write(kept, &bytes).expect("the folder was made by hand");
        }
        let one = Instant::now();
        if let Err(cause) = panic::catch_unwind(|| read(&bytes)) {
            let file = std::env::temp_dir().join(format!("shoki-fuzz-{target}-{count}"));
            std::fs::write(&file, &bytes).ok();
            eprintln!("input {count} of {target} is kept as {}", file.display());
            panic::resume_unwind(cause);
        }
        slowest = slowest.max(one.elapsed());
        assert!(
            slowest < LONGEST,
            "{target}, input {count}: {slowest:?}\n{}",
            String::from_utf8_lossy(&bytes)
        );
        count += 1;
    }
    eprintln!(
        "{target}: {count} inputs from {} seeds in {:?}, the slowest took {slowest:?}",
        seeds.len(),
        begun.elapsed()
    );
}

#[test]
fn scenarios_are_survived() {
    try_many("scenario", shoki_fuzz::scenario);
}

#[test]
fn forms_are_survived() {
    try_many("form", shoki_fuzz::form);
}

#[test]
fn expressions_are_survived() {
    try_many("expression", shoki_fuzz::expression);
}

#[test]
fn settings_are_survived() {
    try_many("config", shoki_fuzz::config);
}

#[test]
fn pages_are_survived() {
    try_many("page", shoki_fuzz::doors::page);
}

#[test]
fn workbooks_are_survived() {
    try_many("book", shoki_fuzz::doors::book);
}

#[test]
fn lists_are_survived() {
    try_many("list", shoki_fuzz::letters::list);
}

#[test]
fn letters_are_survived() {
    try_many("letter", shoki_fuzz::letters::letter);
}

#[test]
#[ignore = "writes what libFuzzer begins with; installer/fuzz.sh calls it with SHOKI_SEEDS=DIR"]
fn seeds_are_written() {
    let dir = std::path::PathBuf::from(std::env::var_os("SHOKI_SEEDS").expect("SHOKI_SEEDS names a folder"));
    for target in shoki_fuzz::TARGETS {
        let folder = dir.join(target).join("seeds");
        std::fs::create_dir_all(&folder).expect("the folder can be written");
        for (n, seed) in shoki_fuzz::seeds(target).iter().enumerate() {
            std::fs::write(folder.join(format!("{n:04}")), seed).expect("the folder can be written");
        }
    }
    let quoted = |word: &String| {
        let bytes = word.bytes().map(|b| format!("\\x{b:02x}")).collect::<Vec<_>>().concat();
        format!("\"{bytes}\"\n")
    };
    let words: String = shoki_fuzz::words().iter().filter(|w| !w.is_empty()).map(quoted).collect();
    std::fs::write(dir.join("words"), words).expect("the folder can be written");
}
