//! What is allowed word by word and still a mistake: readings nobody uses, steps nobody reaches, columns of rows that have none.

use super::{
    Step,
    load::Loader,
    names::Names,
    tree::{Kind, Node},
};
use crate::{
    expr,
    problem::closest,
    step::{Effect, Shape},
};

/// Actions that read and give something worth a name, by the noun of their name.
const READERS: &[&str] = &["ocr", "browser", "excel", "csv", "document", "file", "table", "value"];

impl Loader<'_> {
    /// That what a step reads is used somewhere: its name stands in some text of the file.
    pub(super) fn check_unused(&mut self, tree: &Node, lists: &[&Vec<Step>]) {
        let mut texts = Vec::new();
        collect(tree, "", &mut texts);
        // Other mistakes may hide where a name is used; a name that is used and not there may be this one misspelt.
        if !self.lint.problems.is_empty() && self.lint.unresolved.is_empty() {
            return;
        }
        // Rows handed on whole, without columns, may use anything.
        if texts.iter().any(|text| text.contains("items.")) && !self.lint.source.text.contains("columns") {
            return;
        }
        let used = |id: &str| texts.iter().any(|text| mentions(text, id));
        for step in lists.iter().flat_map(|list| list.iter()) {
            if step.action.name == "value.set" && step.frames.is_empty() {
                self.check_unused_values(step, &used);
            }
            let noun = step.action.name.split('.').next().unwrap_or_default();
            let gives = step.action.effect == Effect::Read
                && READERS.contains(&noun)
                && !matches!(
                    step.action.name,
                    "value.require" | "browser.open" | "browser.expect" | "browser.wait"
                );
            let own = step.frames.is_empty() && !step.id.contains('.');
            if gives && own && !used(&step.id) && !self.is_meant_once(&step.id) {
                let named = self.ids.contains_key(&step.id);
                let message = match (named, self.ids.get(&step.id)) {
                    (true, _) => format!("手順「{}」の結果がどこにも使われていません", step.id),
                    _ => format!("「{}」の結果に名前（id）がないため、使えません", step.action.name),
                };
                let help = if named {
                    format!("「${{{{ {} }}}}」を使う手順を書くか、この手順を取り除きます", step.id)
                } else {
                    "「id: 名前」を書いて後の手順で使うか、この手順を取り除きます".to_owned()
                };
                let at = self.ids.get(&step.id).cloned().unwrap_or(step.at.start..step.at.start + 2);
                self.lint.say("SHK0133", at, message, help);
            }
        }
    }

    /// That every name that `value.set` gives is used.
    fn check_unused_values(&mut self, step: &Step, used: &dyn Fn(&str) -> bool) {
        let Some(values) = step.with.as_object() else { return };
        if !used(&step.id) {
            return;
        }
        let unused = values.keys().filter(|name| !used(name) && !self.is_meant_once(name));
        for name in unused.collect::<Vec<_>>() {
            let text = &self.lint.source.text;
            let found = text[step.at.clone()].find(&format!("{name}:"));
            let at = found.map_or(step.at.start, |at| step.at.start + at);
            let message = format!("「{}」の「{name}」はどこにも使われていません", step.id);
            let help = format!("「{}.{name}」を使う手順を書くか、この行を取り除きます", step.id);
            self.lint.say("SHK0133", at..at + name.len(), message, help);
        }
    }

    /// That what `value.set` gives can be named in expressions.
    pub(super) fn check_value_names(&mut self, with: Option<&Node>) {
        let Some(Kind::Map(entries)) = with.map(|n| &n.kind) else { return };
        for (key, _) in entries {
            let Some(name) = key.written(&self.lint.source).filter(|name| !expr::is_name(name)) else {
                continue;
            };
            let message = format!("「{name}」は名前に使えません");
            let help = "文字で始まり、記号や空白のない名前にします（例: 宛先氏名）";
            self.lint.say("SHK0109", key.mark(), message, help);
        }
    }

    /// Whether one expression alone misspells this name: then that is the mistake, and it is said there.
    fn is_meant_once(&self, id: &str) -> bool {
        let near = |name: &&String| closest(name, [id]).is_some();
        self.lint.unresolved.iter().filter(near).count() == 1
    }

    /// That no step stands behind one that always ends the item.
    pub(super) fn check_unreachable(&mut self, steps: &[Step]) {
        let ends = |step: &&Step| {
            let that = step.with.get("that");
            let never = match that {
                Some(serde_json::Value::Bool(holds)) => !holds,
                Some(serde_json::Value::String(text)) => expr::whole(text).is_some_and(|inside| {
                    expr::references_in(inside).is_ok_and(|used| used.is_empty())
                        && expr::truth(inside, &expr::Scope::default()) == Ok(false)
                }),
                _ => false,
            };
            step.action.name == "value.require" && step.condition.is_none() && never
        };
        let Some(at) = steps.iter().position(|s| ends(&s)) else { return };
        if let Some(next) = steps.get(at + 1).filter(|s| s.frames.is_empty()) {
            let message = "前の手順で必ず止まるため、ここから先は行われません";
            let place = next.at.start..next.at.start + 2;
            self.lint.say("SHK0134", place, message, "前の value.require の条件を直します");
        }
    }

    /// That the columns of a table are keys of its rows.
    pub(super) fn check_columns(&mut self, with: Option<&Node>, names: &Names) {
        let Some(Kind::Map(entries)) = with.map(|n| &n.kind) else { return };
        let source = std::sync::Arc::clone(&self.lint.source);
        let key = |name: &str| entries.iter().find(|(k, _)| k.written(&source) == Some(name)).map(|(_, v)| v);
        if let Some(Kind::List(sheets)) = key("sheets").map(|n| &n.kind) {
            for sheet in sheets {
                self.check_columns(Some(sheet), names);
            }
        }
        let Some(Kind::Text(rows)) = key("rows").map(|n| &n.kind) else { return };
        let Shape::List(line) = names.shape_of_text(rows) else { return };
        let Some(Kind::List(columns)) = key("columns").map(|n| &n.kind) else { return };
        for column in columns {
            let Kind::Map(facts) = &column.kind else { continue };
            let fact =
                |name: &str| facts.iter().find(|(k, _)| k.written(&source) == Some(name)).map(|(_, v)| v);
            let Some(from) = fact("from") else { continue };
            let Some(path) = from.written(&source) else { continue };
            let title = fact("title").and_then(|n| n.written(&source));
            // A column that only has the name of its own title is meant to be filled in by hand.
            if title != Some(path) {
                self.check_column_path(from, path, &line);
            }
        }
    }

    fn check_column_path(&mut self, node: &Node, path: &str, line: &Shape) {
        let mut shape = line;
        for (n, part) in path.split('.').enumerate() {
            let Shape::Map(keys) = shape else { return };
            let Some(inner) = keys.get(part) else {
                let owner = path.split('.').take(n).collect::<Vec<_>>().join(".");
                let message = match n {
                    0 => format!("行に「{part}」という値はありません"),
                    _ => format!("「{owner}」に「{part}」という項目はありません"),
                };
                let near = closest(part, keys.keys().map(String::as_str));
                let some: Vec<&str> = keys.keys().map(String::as_str).take(12).collect();
                let help = match near {
                    Some(near) => format!("もしかして「{near}」ですか"),
                    None => {
                        format!("あるのは {} です。手で書き込む列なら from を取り除きます", some.join("、"))
                    }
                };
                self.lint.say("SHK0203", node.mark(), message, help);
                return;
            };
            shape = inner;
        }
    }
}

/// Whether a text names `word`, not only as a part of a longer name.
fn mentions(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

/// All texts of a file but the ids of steps.
fn collect<'n>(node: &'n Node, key: &str, texts: &mut Vec<&'n str>) {
    match &node.kind {
        Kind::Text(text) if key != "id" => texts.push(text),
        Kind::List(items) => items.iter().for_each(|n| collect(n, "", texts)),
        Kind::Map(entries) => {
            for (k, value) in entries {
                let name = if let Kind::Text(text) = &k.kind { text.as_str() } else { "" };
                collect(value, name, texts);
            }
        }
        _ => {}
    }
}
