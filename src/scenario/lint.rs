//! Collects Problems while a tree is read, and reads single values from it.

use super::{
    tree::{Kind, Node, number},
    units,
    yaml_quote::wide_separator,
};
use crate::problem::{Problem, Source, closest};
use std::{fmt::Write as _, ops::Range, sync::Arc};

/// How many Problems of one file are kept.
const KEPT: usize = 1000;

/// The file being read and what is wrong with it so far.
pub(super) struct Lint {
    /// The file.
    pub source: Arc<Source>,
    /// What was found, in the order of finding.
    pub problems: Vec<Problem>,
    /// Names in expressions that nothing has.
    pub unresolved: Vec<String>,
}

impl Lint {
    /// Nothing found yet.
    pub(super) fn new(source: &Arc<Source>, problems: Vec<Problem>) -> Self {
        Self { source: Arc::clone(source), problems, unresolved: Vec::new() }
    }

    /// What was found, in the order of the file.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|p| (p.span.start, p.code));
        self.problems.truncate(KEPT);
        self.problems
    }

    /// A Problem to be completed and added.
    pub(super) fn problem(
        &self,
        code: &'static str,
        at: Range<usize>,
        message: impl Into<String>,
    ) -> Problem {
        Problem::new(code, &self.source, at, message)
    }

    /// Adds a Problem with its repair.
    pub(super) fn say(
        &mut self,
        code: &'static str,
        at: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let problem = self.problem(code, at, message).with_help(help);
        self.problems.push(problem);
    }

    /// Adds a Problem about a value of the wrong kind.
    pub(super) fn wrong_kind(&mut self, node: &Node, wanted: &str) {
        // A full-width sign explains it: it is said once.
        let known = |p: &Problem| p.code == "SHK0102" && node.at.contains(&p.span.start);
        if self.problems.iter().any(known) {
            return;
        }
        if let Some(problem) = wide_separator(&self.source, node).filter(|_| wanted.contains('組')) {
            self.problems.push(problem);
            return;
        }
        let message = match node.kind {
            Kind::Null => "値がありません".to_owned(),
            _ => format!("{wanted}を書くところに{}があります", node.name()),
        };
        let problem = self.problem("SHK0107", node.mark(), message).with_help(format!("{wanted}を書きます"));
        self.problems.push(problem);
    }

    /// Adds a Problem about a word that is none of the possible ones.
    pub(super) fn unknown_word(&mut self, node: &Node, word: &str, words: &[&str]) {
        let message = format!("「{word}」は選べません");
        let help = suggestion(word, words);
        self.say("SHK0108", node.mark(), message, help);
    }

    /// The text of a scalar, as written.
    pub(super) fn text(&mut self, node: &Node) -> Option<String> {
        let source = Arc::clone(&self.source);
        let text = node.written(&source).map(str::to_owned);
        if text.is_none() {
            self.wrong_kind(node, "文字");
        }
        text
    }

    /// A text that is not empty.
    pub(super) fn words(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        if text.trim().is_empty() {
            self.say("SHK0107", node.mark(), "値が空です", "文字を書きます");
            return None;
        }
        Some(text)
    }

    /// That a text may be an id, which may become part of a file name; `what` is the label of it.
    pub(super) fn check_word(&mut self, node: &Node, text: &str, what: &str) {
        if units::is_word(text) {
            return self.check_recordable(node, text);
        }
        let help = "文字、数字、「-」「_」だけにします（空白は使えません）";
        self.say("SHK0109", node.mark(), format!("「{text}」は{what}に使えません"), help);
    }

    /// That a name may stand in the log; `name` is the whole of it, with what stands before it there.
    pub(super) fn check_recordable(&mut self, node: &Node, name: &str) {
        if let Some((message, help)) = units::not_recordable(name) {
            self.say("SHK0109", node.mark(), message, help);
        }
    }

    /// A number.
    pub(super) fn number(&mut self, node: &Node) -> Option<f64> {
        let found = match &node.kind {
            Kind::Number => node.written(&self.source).and_then(number).and_then(|n| n.as_f64()),
            _ => None,
        };
        if found.is_none() {
            self.wrong_kind(node, "数");
        }
        found
    }

    /// A whole number between `least` and `most`.
    pub(super) fn count(&mut self, node: &Node, least: u32, most: u32) -> Option<u32> {
        let found = match &node.kind {
            Kind::Number => node.written(&self.source).and_then(|t| t.parse::<u32>().ok()),
            _ => None,
        };
        let fitting = found.filter(|n| (least..=most).contains(n));
        if fitting.is_none() {
            let wanted = format!("{least} から {most} までの整数");
            self.say(
                "SHK0107",
                node.mark(),
                format!("{wanted}ではありません"),
                format!("{wanted}を書きます"),
            );
        }
        fitting
    }

    /// True or false.
    pub(super) fn flag(&mut self, node: &Node) -> Option<bool> {
        if let Kind::Flag(flag) = node.kind {
            return Some(flag);
        }
        self.wrong_kind(node, "true か false ");
        None
    }

    /// The elements of a list; nothing at all is an empty list.
    pub(super) fn list<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.kind {
            Kind::List(items) => items,
            Kind::Null => &[],
            _ => {
                self.wrong_kind(node, "「- 」で始まる一覧");
                &[]
            }
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, node: &Node) -> Vec<String> {
        self.list(node).iter().filter_map(|n| self.words(n)).collect()
    }

    /// One of some words.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node, choices: &[(&str, T)]) -> Option<T> {
        let word = self.text(node)?;
        let found = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.unknown_word(node, &word, &names);
        }
        found
    }
}

/// 「もしかして」 with the nearest word, or the possible words where none is near and they are few.
pub(super) fn suggestion(word: &str, words: &[&str]) -> String {
    if let Some(near) = closest(word, words.iter().copied()) {
        return format!("もしかして `{near}` ですか");
    }
    let mut text = String::from("書けるのは ");
    for (n, word) in words.iter().take(12).enumerate() {
        let _ = write!(text, "{}`{word}`", if n == 0 { "" } else { "、" });
    }
    text + if words.len() > 12 { " などです" } else { " です" }
}
