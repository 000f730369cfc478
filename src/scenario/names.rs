//! The names that an expression may use at its place, and the check of every `${{ }}` against them.

use super::{lint::Lint, tree::Node};
use crate::{
    expr::{self, ExprError, Reference},
    problem::closest,
    step::Shape,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Names that belong to the language; no step may take them.
pub(super) const RESERVED: &[&str] =
    &["settings", "today", "now", "run", "item", "items", "account", "row", "with", "secret"];

/// The names known at a place.
#[derive(Clone, Default)]
pub(super) struct Names {
    known: BTreeMap<String, Shape>,
    later: BTreeSet<String>,
}

impl Names {
    /// What is known everywhere: the declared settings, the day, the run.
    pub(super) fn everywhere(settings: &[String]) -> Self {
        let mut names = Self::default();
        names.add("settings", Shape::map(settings.iter().map(|s| (s.clone(), Shape::Text))));
        names.add("today", Shape::Text);
        names.add("now", Shape::Text);
        names.add("run", Shape::map([("id", Shape::Text), ("date", Shape::Text), ("scenario", Shape::Text)]));
        names
    }

    /// Adds a name.
    pub(super) fn add(&mut self, name: impl Into<String>, shape: Shape) {
        let name = name.into();
        self.later.remove(&name);
        self.known.insert(name, shape);
    }

    /// Adds a name of which nothing is known, unless something is.
    pub(super) fn add_if_unknown(&mut self, name: &str) {
        self.known.entry(name.to_owned()).or_default();
    }

    /// Adds a name that only later steps may use.
    pub(super) fn add_later(&mut self, name: impl Into<String>) {
        self.later.insert(name.into());
    }

    /// The shape of a name.
    pub(super) fn shape(&self, name: &str) -> Option<Shape> {
        self.known.get(name).cloned()
    }

    /// Checks every `${{ }}` of the text at `node`. Gives the first parts of its references.
    pub(super) fn check(&self, lint: &mut Lint, node: &Node, text: &str) -> Vec<String> {
        if !text.contains("${{") {
            half_hole(lint, node, text);
            return Vec::new();
        }
        let before = lint.problems.len();
        let used = self.check_found(lint, node, text, 0, expr::references(text));
        if lint.problems.len() == before {
            let whole = expr::whole(text).is_some();
            for at in expr::holes(text) {
                let shape = self.check_kinds(lint, node, text, at.clone());
                if !whole && matches!(shape, Shape::List(_) | Shape::Map(_)) {
                    let message = format!("文の中に{}を入れることはできません", shape.label());
                    let help = "`| join('、')` で一つの文にするか、項目を一つ選びます";
                    let place = place_in(lint, node, text, &trimmed(text, at));
                    lint.say("SHK0206", place, message, help);
                }
            }
        }
        used
    }

    /// The shape that a text gives when its `${{ }}` are filled.
    pub(super) fn shape_of_text(&self, text: &str) -> Shape {
        match expr::whole(text) {
            Some(expression) => expr::infer(expression, &|name| self.shape(name)).0,
            None => Shape::Text,
        }
    }

    /// What a part sees of the names around it: what belongs to the run and, while signing in, the account.
    pub(super) fn of_a_part(&self) -> Self {
        let kept = ["settings", "today", "now", "run", "account"];
        let known = self.known.iter().filter(|(name, _)| kept.contains(&name.as_str()));
        Self { known: known.map(|(k, v)| (k.clone(), v.clone())).collect(), later: BTreeSet::new() }
    }

    /// What the steps `after` see of an item: its facts and the outputs of its steps.
    pub(super) fn of_an_item(&self, before: &Self) -> Shape {
        let facts = ["state", "label", "reason", "code", "step"].map(|key| (key.to_owned(), Shape::Text));
        let steps = self.known.iter().filter(|(name, _)| !before.known.contains_key(*name));
        let steps = steps.map(|(name, shape)| (name.clone(), shape.clone()));
        Shape::map(steps.chain(facts).chain([("n".to_owned(), Shape::Number)]))
    }

    /// Says where kinds do not fit in the expression at `at`; gives its shape.
    fn check_kinds(&self, lint: &mut Lint, node: &Node, text: &str, at: Range<usize>) -> Shape {
        let (shape, faults) = expr::infer(&text[at.clone()], &|name| self.shape(name));
        for fault in faults {
            let place = place_in(lint, node, text, &(fault.at.start + at.start..fault.at.end + at.start));
            lint.say(fault.code(), place, fault.message, fault.help.unwrap_or_default());
        }
        shape
    }

    /// Checks an expression that may be written with or without its `${{ }}`; gives it without.
    pub(super) fn check_condition(&self, lint: &mut Lint, node: &Node, text: &str) -> String {
        let bare = bare(text);
        let begin = text.find(bare).unwrap_or(0);
        let before = lint.problems.len();
        self.check_found(lint, node, text, begin, expr::references_in(bare));
        if lint.problems.len() == before {
            let shape = self.check_kinds(lint, node, text, begin..begin + bare.len());
            if !shape.may_be(&Shape::Flag) {
                let message = format!("条件が「はい・いいえ」になりません（{}になります）", shape.label());
                let help = "「照会.count == 1」のように比べる式にします";
                let place = place_in(lint, node, text, &trimmed(text, begin..begin + bare.len()));
                lint.say("SHK0206", place, message, help);
            }
        }
        bare.trim().to_owned()
    }

    fn check_found(
        &self,
        lint: &mut Lint,
        node: &Node,
        text: &str,
        begin: usize,
        found: Result<Vec<Reference>, ExprError>,
    ) -> Vec<String> {
        let move_by = |at: &Range<usize>| at.start + begin..at.end + begin;
        let references = match found {
            Ok(references) => references,
            Err(error) => {
                let at = place_in(lint, node, text, &move_by(&error.at));
                let problem = lint.problem(error.code(), at, error.message);
                lint.problems.push(match error.help {
                    Some(help) => problem.with_help(help),
                    None => problem,
                });
                return Vec::new();
            }
        };
        for reference in &references {
            if let Some(fault) = self.fault(reference) {
                if fault.code == "SHK0202" {
                    lint.unresolved.push(reference.path[0].clone());
                }
                let at = place_in(lint, node, text, &move_by(&reference.parts[fault.part]));
                lint.say(fault.code, at, fault.message, fault.help);
            }
        }
        references.into_iter().map(|r| r.path[0].clone()).collect()
    }

    /// What is wrong with a reference.
    fn fault(&self, reference: &Reference) -> Option<Fault> {
        let name = &reference.path[0];
        let Some(mut shape) = self.known.get(name) else { return Some(self.unknown(name)) };
        for (part, key) in reference.path.iter().enumerate().skip(1) {
            let owner = written_path(&reference.path[..part]);
            shape = match shape {
                Shape::Any => return None,
                Shape::Map(keys) => match keys.get(key) {
                    Some(shape) => shape,
                    None => return Some(no_key(part, &owner, key, keys)),
                },
                Shape::List(_) if key.parse::<usize>().is_err() => {
                    let message = format!("「{owner}」は一覧なので「{key}」を直接は取り出せません");
                    let help =
                        format!("「{owner}[0].{key}」か「{owner} | map(attribute='{key}')」と書きます");
                    return Some(Fault { code: "SHK0203", part, message, help });
                }
                Shape::List(each) => each,
                Shape::Text | Shape::Number | Shape::Flag => {
                    let message = format!("「{owner}」は一つの値なので「{key}」はありません");
                    return Some(Fault {
                        code: "SHK0203",
                        part,
                        message,
                        help: format!("「{owner}」だけにします"),
                    });
                }
            };
        }
        None
    }

    /// A name that is not known here.
    fn unknown(&self, name: &str) -> Fault {
        if self.later.contains(name) {
            let message = format!("「{name}」はまだ決まっていません（この手順か、後の手順の結果です）");
            let help =
                "使えるのは、この手順より前にある手順の結果だけです。手順の順番を確かめます".to_owned();
            return Fault { code: "SHK0202", part: 0, message, help };
        }
        let help = match (name, closest(name, self.known.keys().map(String::as_str))) {
            ("account", _) => "対象システム（systems）に「account: アカウントの名前」を書きます".to_owned(),
            ("secret", _) => "この手順に「secret: [アカウントの名前]」を書きます".to_owned(),
            ("item", _) => "「item」は items と steps の中だけで使えます".to_owned(),
            ("items", _) => "「items」は after の中だけで使えます".to_owned(),
            ("with", _) => "「with」は部品の中だけで使えます".to_owned(),
            (_, Some(near)) => format!("もしかして「{near}」ですか"),
            _ => format!("ここで使える名前: {}", self.list()),
        };
        Fault {
            code: "SHK0202", part: 0, message: format!("「{name}」という名前はありません"), help
        }
    }

    /// The known names for a message.
    fn list(&self) -> String {
        self.known.keys().map(String::as_str).collect::<Vec<_>>().join("、")
    }
}

/// A mistake in a reference.
struct Fault {
    code: &'static str,
    part: usize,
    message: String,
    help: String,
}

/// `照会.rows[0].氏名`.
fn written_path(parts: &[String]) -> String {
    let written = |(n, part): (usize, &String)| match part.parse::<usize>() {
        Ok(index) => format!("[{index}]"),
        Err(_) if n == 0 => part.clone(),
        Err(_) => format!(".{part}"),
    };
    parts.iter().enumerate().map(written).collect()
}

/// A key that a value does not have.
fn no_key(part: usize, owner: &str, key: &str, keys: &BTreeMap<String, Shape>) -> Fault {
    let help = match closest(key, keys.keys().map(String::as_str)) {
        Some(near) => format!("もしかして「{owner}.{near}」ですか"),
        None if owner == "settings" => format!("settings: の一覧に「{key}」を書き足します"),
        None if keys.is_empty() => format!("「{owner}」には項目がありません"),
        None => {
            let some: Vec<&str> = keys.keys().map(String::as_str).take(12).collect();
            let more = if keys.len() > some.len() { " など" } else { "" };
            format!("「{owner}」の項目: {}{more}", some.join("、"))
        }
    };
    Fault {
        code: "SHK0203", part, message: format!("「{owner}」に「{key}」という項目はありません"), help
    }
}

/// Says that a text looks like an expression and is none: `{{ x }}`, `${ x }`, `$ {{ x }}`.
fn half_hole(lint: &mut Lint, node: &Node, text: &str) {
    let found = ["{{", "}}", "${", "｛｛", "｝｝", "＄｛", "＄{"]
        .into_iter()
        .find_map(|sign| text.find(sign).map(|at| at..at + sign.len()));
    let Some(at) = found else { return };
    let place = place_in(lint, node, text, &at);
    let message = "式を書くなら ${{ と }} で囲みます。このままでは文字として扱われます";
    lint.say(
        "SHK0201",
        place,
        message,
        "半角で ${{ 名前 }} の形に直します（$ と { { の間に空白を入れません）",
    );
}

/// A range of a text without the blanks at its ends.
pub(super) fn trimmed(text: &str, at: Range<usize>) -> Range<usize> {
    let inside = &text[at.clone()];
    let start = at.start + inside.len() - inside.trim_start().len();
    start..start + inside.trim().len()
}

/// An expression without the `${{ }}` around it.
pub(super) fn bare(text: &str) -> &str {
    let trimmed = text.trim();
    trimmed.strip_prefix("${{").and_then(|t| t.strip_suffix("}}")).unwrap_or(trimmed)
}

/// The place in the file of a part of a scalar's text. Quotes and escapes lie between the two, so the part is looked for:
/// the n-th time it stands in the text is the n-th time in the file.
pub(super) fn place_in(lint: &Lint, node: &Node, text: &str, at: &Range<usize>) -> Range<usize> {
    let raw = lint.source.text.get(node.at.clone()).unwrap_or_default();
    let Some(word) = text.get(at.clone()).filter(|w| !w.is_empty()) else { return node.mark() };
    let before = text[..at.start].matches(word).count();
    let found = raw.match_indices(word).nth(before).map(|(start, _)| node.at.start + start);
    found.map_or_else(|| node.mark(), |start| start..start + word.len())
}
