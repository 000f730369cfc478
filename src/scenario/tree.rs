//! YAML as a tree in which every key and value knows its place. Read once; everything else works on it.

use super::{yaml_fault, yaml_quote};
use crate::problem::{Problem, Source};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, Value};
use std::{fmt, ops::Range, sync::Arc};

/// The largest file that is read, in bytes.
pub(super) const LARGEST: usize = 1024 * 1024;

/// How deep lists and maps may lie in each other.
const DEEPEST: usize = 64;

/// The stack for reading, in bytes. The reader calls itself for every list and map inside another; with all of [`DEEPEST`] a build
/// for tests needs more than the 2 MiB of an ordinary thread.
const STACK: usize = 16 * 1024 * 1024;

/// How many keys, values, lists and maps a file may have.
const MOST: usize = 50_000;

/// A key or value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where, in bytes. Of lists and maps only the beginning is known.
    pub at: Range<usize>,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// An unquoted number; its text is in the file.
    Number,
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in the order of the file.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// What is underlined when something is wrong with it: a scalar, or the first key of a map.
    pub(super) fn mark(&self) -> Range<usize> {
        match &self.kind {
            Kind::Map(entries) if !entries.is_empty() => entries[0].0.at.clone(),
            Kind::List(items) if !items.is_empty() && self.at.is_empty() => items[0].mark(),
            _ => self.at.clone(),
        }
    }

    /// The bytes from its first to its last scalar.
    pub(super) fn extent(&self) -> Range<usize> {
        let last = match &self.kind {
            Kind::Map(entries) => entries.last().map(|(key, value)| value.extent().end.max(key.at.end)),
            Kind::List(items) => items.last().map(|item| item.extent().end),
            _ => None,
        };
        self.at.start..last.unwrap_or(self.at.end).max(self.at.end)
    }

    /// The text of a scalar as it was written: `0123` stays `0123`. None for lists, maps and nothing.
    pub(super) fn written<'a>(&'a self, source: &'a Source) -> Option<&'a str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            Kind::Flag(_) | Kind::Number => source.text.get(self.at.clone()),
            _ => None,
        }
    }

    /// The value where nothing is known about its type: a number only if writing it down gives the same text back.
    pub(super) fn untyped(&self, source: &Source) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Flag(flag) => Value::Bool(*flag),
            Kind::Number => {
                let written = self.written(source).unwrap_or_default();
                number(written).filter(|n| n.to_string() == written).map_or(written.into(), Value::Number)
            }
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => items.iter().map(|n| n.untyped(source)).collect(),
            Kind::Map(entries) => {
                let pair = |(k, v): &(Self, Self)| {
                    (k.written(source).unwrap_or_default().to_owned(), v.untyped(source))
                };
                Value::Object(entries.iter().map(pair).collect())
            }
        }
    }

    /// What it is, for a message.
    pub(super) const fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "空",
            Kind::Flag(_) => "はい・いいえ（true / false）",
            Kind::Number => "数",
            Kind::Text(_) => "文字",
            Kind::List(_) => "一覧",
            Kind::Map(_) => "項目の組",
        }
    }
}

/// The number that a text is.
pub(super) fn number(text: &str) -> Option<Number> {
    let whole = text.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| text.parse().ok().and_then(Number::from_f64))
}

/// Reads a file. What is wrong with its YAML comes beside the tree, if there still is one.
pub(super) fn parse(source: &Arc<Source>) -> (Option<Node>, Vec<Problem>) {
    let help = "指定したファイルが正しいか確かめます";
    let refuse = |at: Range<usize>, what: &str| {
        (None, vec![Problem::new("SHK0101", source, at, what).with_help(help)])
    };
    if source.text.len() > LARGEST {
        return refuse(0..0, "ファイルが大きすぎます（1 MiB まで）");
    }
    if let Some(at) = source.text.find('\0') {
        return refuse(
            at..at + 1,
            "文字ではないデータ（NUL）が入っています。テキストファイルではないようです",
        );
    }
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || read_all(source));
        match reader.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => read_all(source),
        }
    })
}

/// The tree, with the mistakes of its YAML.
fn read_all(source: &Arc<Source>) -> (Option<Node>, Vec<Problem>) {
    match read(source, serde_saphyr::options::DuplicateKeyPolicy::Error) {
        Ok(tree) if tree.kind == Kind::Null => {
            let empty = Problem::new("SHK0101", source, 0..0, "ファイルに何も書かれていません");
            (None, vec![empty.with_help("指定したファイルが正しいか確かめます")])
        }
        Ok(tree) => {
            let mut problems = yaml_fault::refused_marks(source, &tree);
            yaml_fault::wide_commas(source, &tree, &mut problems);
            yaml_quote::unquoted(source, &tree, &mut problems);
            (Some(tree), problems)
        }
        Err(error) => {
            let problem = yaml_fault::explained(source, &error);
            // A key given twice hides nothing else: the tree is read with the last one.
            let twice = problem.iter().all(|p| p.code == yaml_fault::TWICE);
            let tree = if twice {
                read(source, serde_saphyr::options::DuplicateKeyPolicy::LastWins).ok()
            } else {
                None
            };
            (tree, problem)
        }
    }
}

/// One reading by the library.
fn read(
    source: &Source,
    duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy,
) -> Result<Node, Box<serde_saphyr::Error>> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        duplicate_keys: duplicate_keys,
        merge_keys: serde_saphyr::options::MergeKeyPolicy::AsOrdinary,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        budget: serde_saphyr::budget! { max_anchors: 0, max_aliases: 0, max_documents: 1, max_depth: DEEPEST, max_nodes: MOST },
    };
    serde_saphyr::from_str_with_options(&source.text, options).map_err(Box::new)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let read = serde_saphyr::Spanned::<Kind>::deserialize(d)?;
        let span = read.referenced.span();
        let number = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let (start, length) = (number(span.byte_offset()), number(span.byte_len()));
        Ok(Self { kind: read.value, at: start..start + length })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Reader)
    }
}

/// Takes whatever stands there.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Kind, E> {
        Ok(Kind::Flag(flag))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
        Ok(Kind::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
        Ok(Kind::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Kind, E> {
        Ok(Kind::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Kind, E> {
        Ok(Kind::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Kind::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Kind, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            all.push(entry);
        }
        Ok(Kind::Map(all))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    fn tree(text: &str) -> (Arc<Source>, Node) {
        let source = Arc::new(Source::new("t.yaml", text));
        let (tree, problems) = parse(&source);
        assert!(problems.is_empty(), "{problems:?}");
        (source, tree.unwrap())
    }

    #[test]
    fn text_stays_as_written() {
        let (source, node) = tree("a: 0123\nb: 1.50\nc: 5\nd: yes\ne: '5'\nf: ~\non: [true, 1.5, 1_000]\n");
        let expected = serde_json::json!({"a": "0123", "b": "1.50", "c": 5, "d": "yes", "e": "5", "f": null,
                                          "on": [true, 1.5, "1_000"]});
        assert_eq!(node.untyped(&source), expected);
    }

    #[test]
    fn places_are_bytes_of_the_file() {
        let (source, node) = tree("氏名: '髙橋'\n次: [a]\n");
        let Kind::Map(entries) = &node.kind else { panic!("a map") };
        assert_eq!(&source.text[entries[0].0.at.clone()], "氏名");
        assert_eq!(&source.text[entries[0].1.at.clone()], "'髙橋'");
        assert_eq!(&source.text[node.extent()], "氏名: '髙橋'\n次: [a");
    }

    #[test]
    fn what_lies_deep_is_read_on_any_stack() {
        let text = format!("a: {}1{}\n", "{ a, b: ".repeat(60), "}".repeat(60));
        let small = std::thread::Builder::new().stack_size(512 * 1024);
        let read = small.spawn(move || parse(&Arc::new(Source::new("t.yaml", text))).0.is_some());
        assert!(read.unwrap().join().unwrap());
    }

    #[test]
    fn hostile_files_are_refused() {
        let bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n";
        for text in
            [bomb, &"[".repeat(100_000), "a: !!python/object x\n", &"---\na: 1\n".repeat(1000), "a: \0b"]
        {
            let source = Arc::new(Source::new("t.yaml", text));
            assert!(!parse(&source).1.is_empty(), "{}", &text[..text.len().min(40)]);
        }
    }
}
