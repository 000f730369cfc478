//! Reads a map whose keys are known: what is missing and what is unknown becomes a Problem.

use super::{
    lint::{Lint, suggestion},
    tree::{Kind, Node},
    yaml_fault::wide_sign,
};
use crate::problem::closest;
use std::ops::Range;

/// A map being read.
pub(super) struct Keys<'n> {
    entries: &'n [(Node, Node)],
    known: Vec<&'static str>,
    missing: Vec<&'static str>,
    /// Where the map is shown when something is missing in it.
    pub at: Range<usize>,
    /// What the map is, for messages: 「手順」.
    what: &'static str,
}

impl<'n> Keys<'n> {
    /// The map at `node`; a Problem where it is none.
    pub(super) fn open(lint: &mut Lint, node: &'n Node, what: &'static str) -> Option<Self> {
        if let Kind::Map(entries) = &node.kind {
            return Some(Self { entries, known: Vec::new(), missing: Vec::new(), at: node.mark(), what });
        }
        let problem = lint.problem("SHK0107", node.mark(), format!("{what}は「項目: 値」の組で書きます"));
        let problem = match &node.kind {
            Kind::Text(text) if text.contains('：') => {
                problem.with_help("全角の「：」を半角の「: 」（後ろに空白）に直します")
            }
            Kind::Text(text) if text.contains(':') => {
                problem.with_help("「:」の後ろに半角の空白を1つ入れます")
            }
            _ => problem.with_help("「項目: 値」の形に直します。字下げも確かめます"),
        };
        lint.problems.push(problem);
        None
    }

    /// The value of a key that may be absent.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.entries.iter().find(|(k, _)| is(k, key)).map(|(_, value)| value)
    }

    /// The value of a key that must be there; [`Self::close`] says that it is missing.
    pub(super) fn need(&mut self, key: &'static str) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() {
            self.missing.push(key);
        }
        found
    }

    /// Whether a key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(k, _)| is(k, key))
    }

    /// The place of a key.
    pub(super) fn place(&self, key: &str) -> Range<usize> {
        self.entries.iter().find(|(k, _)| is(k, key)).map_or_else(|| self.at.clone(), |(k, _)| k.at.clone())
    }

    /// Says which keys are missing and which nobody asked for. A key that was only misspelt is not called missing too.
    pub(super) fn close(self, lint: &mut Lint) {
        let mut meant = Vec::new();
        for (key, _) in self.entries {
            let name = key.written(&lint.source).unwrap_or_default().to_owned();
            if self.known.contains(&name.as_str()) {
                continue;
            }
            meant.extend(misspelt(&name, &self.known));
            unknown_key(lint, key, &name, self.what, &self.known);
        }
        for key in self.missing.iter().filter(|key| !meant.contains(*key)) {
            let message = format!("{}に「{key}」がありません", self.what);
            lint.say("SHK0106", self.at.clone(), message, format!("「{key}: …」を書き足します"));
        }
    }
}

/// Keys that people write in Japanese.
const LABELS: &[(&str, &str)] = &[
    ("名前", "id"),
    ("題名", "title"),
    ("題", "title"),
    ("担当", "owner"),
    ("担当課", "owner"),
    ("保存年限", "retention"),
    ("予定", "schedule"),
    ("設定", "settings"),
    ("対象システム", "systems"),
    ("件", "items"),
    ("手順", "steps"),
    ("キー", "key"),
    ("動作", "do"),
    ("引数", "with"),
    ("条件", "if"),
    ("もし", "if"),
    ("項目", "fields"),
    ("種類", "type"),
    ("用紙", "page"),
];

/// The known key that an unknown one was meant to be, also where a full-width sign sticks to it.
pub(super) fn misspelt<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let bare = name.split(['：', '\u{3000}', '｛', '［']).next().unwrap_or(name);
    if let Some((_, meant)) = LABELS.iter().find(|(label, meant)| *label == bare && known.contains(meant)) {
        return known.iter().copied().find(|k| k == meant);
    }
    closest(bare, known.iter().copied()).or_else(|| known.iter().copied().find(|k| *k == bare))
}

/// Whether a key is that word.
fn is(key: &Node, word: &str) -> bool {
    matches!(&key.kind, Kind::Text(text) if text == word)
}

/// Says that a key is unknown, or that it was typed with a full-width sign.
pub(super) fn unknown_key(lint: &mut Lint, key: &Node, name: &str, what: &str, known: &[&str]) {
    if let Some((at, sign)) = name.char_indices().find(|(_, c)| matches!(c, '：' | '\u{3000}' | '｛' | '［'))
    {
        let problem = wide_sign(&lint.source, key.at.start + at, sign);
        lint.problems.push(problem);
        return;
    }
    if name == "<<" {
        lint.say("SHK0104", key.mark(), "「<<」（差し込み）は使えません", "同じ内容をもう一度書きます");
        return;
    }
    let message = format!("{what}に「{name}」という項目はありません");
    let help = match misspelt(name, known) {
        Some(near) => format!("もしかして `{near}` ですか"),
        None => suggestion(name, known),
    };
    lint.say("SHK0105", key.mark(), message, help);
}
