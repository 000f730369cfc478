//! One token of a shipped scenario is changed at random: the file still means something, or a Problem stands on the changed line.
//! Never a panic, never a message that is not in Japanese. A short form runs in the suite; `--ignored` does 1,000 per scenario
//! and prints the numbers.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use shoki::{
    actions::ACTIONS,
    problem::{Problem, render},
    scenario::{OfficeFacts, load_forms, load_text},
    step::Catalog,
};
use std::{collections::BTreeMap, ops::Range, path::PathBuf};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }
}

/// The tokens of a file: words and single signs, comments aside.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let (mut all, mut start) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let code = if line.trim_start().starts_with('#') { "" } else { line.split(" #").next().unwrap() };
        let mut word: Option<usize> = None;
        for (at, c) in code.char_indices() {
            let part = c.is_alphanumeric() || c == '_';
            if let (Some(begin), false) = (word, part) {
                all.push(start + begin..start + at);
                word = None;
            }
            match (part, word) {
                (true, None) => word = Some(at),
                (false, _) if !c.is_whitespace() => all.push(start + at..start + at + c.len_utf8()),
                _ => {}
            }
        }
        all.extend(word.map(|begin| start + begin..start + code.len()));
        start += line.len();
    }
    all
}

/// One changed file, and the line of the change.
fn mutated(text: &str, tokens: &[Range<usize>], dice: &mut Dice) -> (String, usize, &'static str) {
    let at = tokens[dice.roll(tokens.len())].clone();
    let token = &text[at.clone()];
    let other = &text[tokens[dice.roll(tokens.len())].clone()];
    let (kind, new) = match dice.roll(6) {
        0 => ("removed", String::new()),
        1 => ("replaced", other.to_owned()),
        2 => ("doubled", format!("{token}{token}")),
        3 => ("a letter lost", token.chars().skip(1).collect()),
        4 => ("a letter more", format!("{token}x")),
        _ => ("full width", token.chars().map(wide).collect()),
    };
    let line = text[..at.start].matches('\n').count() + 1;
    (format!("{}{new}{}", &text[..at.start], &text[at.end..]), line, kind)
}

fn wide(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
        other => other,
    }
}

/// How many files were changed, how many of them still load, how many say so on the changed line.
#[derive(Default)]
struct Count {
    all: usize,
    good: usize,
    there: usize,
    elsewhere: BTreeMap<String, usize>,
}

fn try_all(times: usize) -> BTreeMap<PathBuf, Count> {
    let mut counts = BTreeMap::new();
    for entry in std::fs::read_dir("scenarios").unwrap() {
        let folder = entry.unwrap().path();
        let file = folder.join("scenario.yaml");
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let (forms, problems) = load_forms(&folder.join("forms"));
        assert!(problems.is_empty());
        let (tokens, mut dice, mut count) = (tokens(&text), Dice(42), Count::default());
        for _ in 0..times {
            let (changed, line, kind) = mutated(&text, &tokens, &mut dice);
            let loaded = load_text(&file, &changed, &Catalog(ACTIONS), &forms, &OfficeFacts::default());
            count.all += 1;
            let Err(problems) = loaded else {
                count.good += 1;
                continue;
            };
            assert!(!problems.is_empty(), "refused without a word: {kind} in line {line}");
            for problem in &problems {
                assert!(is_ours(problem), "{kind} in line {line}: {}", problem.message);
            }
            if problems.iter().any(|p| (p.place().line..=p.place().end_line).contains(&line)) {
                count.there += 1;
            } else {
                assert!(!render(&problems, false).is_empty());
                let first =
                    format!("{} {kind}: {}", problems[0].code, changed.lines().nth(line - 1).unwrap_or(""));
                *count.elsewhere.entry(first).or_default() += 1;
            }
        }
        counts.insert(file, count);
    }
    counts
}

/// Whether a message and its repair are in Japanese.
fn is_ours(problem: &Problem) -> bool {
    let english = |text: &str| text.is_ascii() || text.contains("expected") || text.contains("invalid");
    let help = problem.help.as_deref().unwrap_or_default();
    !english(&problem.message) && (help.is_empty() || !english(help) || help.starts_with('`'))
}

fn check(times: usize) {
    let mut low = Vec::new();
    for (file, count) in try_all(times) {
        let wrong = count.all - count.good;
        let percent = count.there * 1000 / wrong.max(1);
        let told = format!(
            "{}: {} changed, {} still mean something, {} of {wrong} Problems on the line ({}.{} %)",
            file.display(),
            count.all,
            count.good,
            count.there,
            percent / 10,
            percent % 10
        );
        eprintln!("{told}");
        for (what, times) in &count.elsewhere {
            eprintln!("  {times} {what}");
        }
        if percent < 950 {
            low.push(told);
        }
    }
    assert!(low.is_empty(), "{}", low.join("\n"));
}

#[test]
fn a_changed_token_is_found_on_its_line() {
    check(120);
}

#[test]
#[ignore = "1,000 per scenario; run it with --ignored --nocapture"]
fn a_thousand_changed_tokens_are_found_on_their_lines() {
    check(1000);
}
