//! One word per idea, in types, in fields and in YAML.

use crate::{files, none, root, shipped};
use std::fs;
use syn::{
    Fields, Item,
    visit::{self, Visit},
};

/// Words that may be no part of the name of a type or a field, nor a key of our YAML; beside each the word of this house.
const BANNED_PARTS: &[(&str, &str)] = &[
    ("workflow", "Scenario"),
    ("flow", "Scenario"),
    ("bot", "Scenario"),
    ("node", "Step (of a tree: Tree)"),
    ("plugin", "Action"),
    ("job", "Run"),
    ("execution", "Run"),
    ("transaction", "Item"),
    ("template", "Form"),
    ("validation", "Check"),
    ("gate", "Approval"),
    ("artifact", "Evidence"),
    ("trigger", "Schedule"),
    ("workspace", "Office"),
    ("tenant", "Office"),
];

/// Words that are banned as the whole name of a type or a YAML key, because inside a longer name they are plain English.
const BANNED_WHOLE: &[(&str, &str)] = &[
    ("record", "Item"),
    ("row", "Item"),
    ("task", "Step"),
    ("command", "Action"),
    ("site", "System"),
    ("target", "System"),
    ("lock", "Intent"),
    ("result", "Reading"),
    ("review", "Check"),
    ("side_effect", "Effect"),
];

/// Names that stay although their word is banned: file, name, reason. One that is no longer needed is a fault too.
const KEPT_NAMES: &[(&str, &str, &str)] =
    &[("src/scenario/tree.rs", "Node", "a place in a YAML file; it is no step, and a tree has many of them")];

/// Collects the names of types and fields: name, line, whether it is a type.
#[derive(Default)]
struct Names(Vec<(String, usize, bool)>);

impl Names {
    fn note(&mut self, ident: &syn::Ident, is_type: bool) {
        self.0.push((ident.to_string(), ident.span().start().line, is_type));
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Struct(s) => self.note(&s.ident, true),
            Item::Enum(e) => self.note(&e.ident, true),
            Item::Trait(t) => self.note(&t.ident, true),
            Item::Type(t) => self.note(&t.ident, true),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_fields(&mut self, fields: &'ast Fields) {
        fields.iter().filter_map(|f| f.ident.as_ref()).for_each(|ident| self.note(ident, false));
        visit::visit_fields(self, fields);
    }
}

/// `RunState` → `run_state`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// The word of this house for a name with a banned word, if there is one.
fn better_word(name: &str, whole_too: bool) -> Option<&'static str> {
    let name = snake(name);
    let part = BANNED_PARTS.iter().find(|(word, _)| name.split('_').any(|part| part == *word));
    part.or_else(|| BANNED_WHOLE.iter().find(|(word, _)| whole_too && name == *word))
        .map(|(_, better)| *better)
}

#[test]
fn one_word_per_idea_in_types_and_fields() {
    let (mut faults, mut used) = (Vec::new(), Vec::new());
    for file in shipped() {
        let mut names = Names::default();
        names.visit_file(&file.syntax);
        for (name, line, is_type) in names.0 {
            let Some(better) = better_word(&name, is_type) else { continue };
            match KEPT_NAMES.iter().position(|(f, n, _)| *f == file.name && *n == name) {
                Some(kept) => used.push(kept),
                None => faults.push(format!("{}:{line}: `{name}`: say {better}", file.name)),
            }
        }
    }
    let unused = (0..KEPT_NAMES.len()).filter(|n| !used.contains(n)).map(|n| KEPT_NAMES[n]);
    faults.extend(unused.map(|(file, name, _)| format!("{file}: `{name}` is kept without need")));
    none("one word per idea (design §2)", &faults);
}

/// The key a line of YAML begins with.
fn yaml_key(line: &str) -> Option<&str> {
    let key = line.trim_start_matches([' ', '-', '{']).split_once(':')?.0.trim_matches(['"', '\'', ' ']);
    Some(key).filter(|k| !k.is_empty())
}

#[test]
fn one_word_per_idea_in_yaml() {
    let mut faults = Vec::new();
    for path in files(&root().join("scenarios"), &["yaml", "yml"]) {
        let text = fs::read_to_string(&path).expect("readable YAML");
        for (n, line) in text.lines().enumerate() {
            if let Some((key, better)) = yaml_key(line).and_then(|k| Some((k, better_word(k, true)?))) {
                faults.push(format!("{}:{}: `{key}`: say {better}", path.display(), n + 1));
            }
        }
    }
    none("one word per idea (design §2)", &faults);
}
