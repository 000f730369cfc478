//! Imports go down only.

use crate::{for_tests, none, shipped};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeMap;
use syn::{
    Item, ItemMod, UseTree,
    visit::{self, Visit},
};

/// Who may import whom, lowest layer first. `main`, `lib`, `cli`, `app` and `config` put together and may import anything.
const IMPORTS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("calendar", &[]),
    ("clock", &[]),
    ("audit", &[]),
    ("privacy", &["text"]),
    ("problem", &["text"]),
    ("run", &["text"]),
    ("expr", &["text", "problem", "calendar"]),
    ("rules", &["text", "calendar"]),
    ("form", &["problem", "privacy", "text", "expr"]),
    ("step", &["problem", "run", "clock", "privacy", "form", "expr"]),
    ("store", &["run", "audit"]),
    ("drivers", &["text", "privacy", "clock", "form"]),
    ("actions", &["step", "drivers", "text", "calendar", "form", "run", "rules"]),
    ("scenario", &["step", "problem", "calendar", "text", "form", "expr"]),
    ("control", &["scenario", "step", "store", "run", "audit", "clock"]),
    (
        "engine",
        &[
            "expr", "form", "scenario", "step", "store", "run", "audit", "clock", "privacy", "problem",
            "control", "calendar",
        ],
    ),
    ("report", &["store", "run", "audit"]), // reads entries for the auditor's lists
    ("schedule", &["control", "store", "run", "calendar", "clock"]),
    // Scenarios, forms and the calendar are shown as they are; the engine, the actions and the drivers stay out.
    (
        "console",
        &[
            "control", "store", "report", "run", "audit", "problem", "clock", "calendar", "scenario", "form",
            "privacy",
        ],
    ),
];

/// The modules that may import anything.
const FREE: &[&str] = &["main", "lib", "cli", "app", "config"];

/// `src/drivers/ocr/page.rs` → `["drivers", "ocr", "page"]`.
fn module_path(name: &str) -> Vec<&str> {
    let inner = name.trim_start_matches("src/").trim_end_matches(".rs");
    inner.split('/').filter(|part| *part != "mod").collect()
}

/// Collects the top-level modules a file names, outside of tests.
struct Imports {
    /// How many modules deep we are.
    depth: usize,
    found: Vec<(String, usize)>,
}

impl Imports {
    /// Takes note of a path if it leads to the crate's root and on.
    fn note(&mut self, parts: &[String], line: usize) {
        let ups = parts.iter().take_while(|p| *p == "super").count();
        let after = match parts.first().map(String::as_str) {
            Some("crate") => parts.get(1),
            Some("super") if ups >= self.depth => parts.get(ups),
            _ => None,
        };
        self.found.extend(after.map(|m| (m.clone(), line)));
    }

    fn use_tree(&mut self, tree: &UseTree, before: &[String]) {
        let longer = |word: &syn::Ident| [before, &[word.to_string()]].concat();
        match tree {
            UseTree::Path(p) => self.use_tree(&p.tree, &longer(&p.ident)),
            UseTree::Group(g) => g.items.iter().for_each(|t| self.use_tree(t, before)),
            UseTree::Name(n) => self.note(&longer(&n.ident), n.ident.span().start().line),
            UseTree::Rename(r) => self.note(&longer(&r.ident), r.ident.span().start().line),
            UseTree::Glob(g) => {
                self.note(&[before, &["*".to_owned()]].concat(), g.star_token.spans[0].start().line);
            }
        }
    }

    /// Paths inside a macro's tokens: `crate` or a row of `super`, and the word after it.
    fn tokens(&mut self, stream: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        for token in stream {
            match token {
                TokenTree::Group(g) => self.tokens(g.stream()),
                TokenTree::Ident(i) if i == "crate" => path = vec![i.to_string()],
                TokenTree::Ident(i) if i == "super" => path.push(i.to_string()),
                TokenTree::Ident(i) if !path.is_empty() => {
                    path.push(i.to_string());
                    self.note(&path, i.span().start().line);
                    path.clear();
                }
                TokenTree::Punct(p) if p.as_char() == ':' => {}
                _ => path.clear(),
            }
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item(&mut self, item: &'ast Item) {
        let is_test = matches!(item, Item::Mod(m) if for_tests(&m.attrs));
        if !is_test {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.depth += 1;
        visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.note(&parts, path.segments[0].ident.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.tokens(mac.tokens.clone());
    }
}

fn imports(depth: usize, syntax: &syn::File) -> Vec<(String, usize)> {
    let mut imports = Imports { depth, found: Vec::new() };
    imports.visit_file(syntax);
    imports.found
}

#[test]
fn imports_go_down() {
    let table: BTreeMap<_, _> = IMPORTS.iter().copied().collect();
    let mut faults = Vec::new();
    for file in shipped() {
        let path = module_path(&file.name);
        if FREE.contains(&path[0]) {
            continue;
        }
        let Some(allowed) = table.get(path[0]) else {
            faults.push(format!("{}: module `{}` is not in the table", file.name, path[0]));
            continue;
        };
        for (module, line) in imports(path.len(), &file.syntax) {
            if module != path[0] && !allowed.contains(&module.as_str()) {
                faults.push(format!("{}:{line}: `{}` must not import `{module}`", file.name, path[0]));
            }
        }
    }
    none("imports go down only", &faults);
}

#[test]
fn an_import_is_found_wherever_it_is_written() {
    let text = "use crate::{a, b::c as d}; use super::super::e::F; fn f() { crate::g::h(); vec![x: crate::i::J, super::super::q::r, super::s]; } \
                mod inner { fn k(l: super::super::super::m::N) { super::o(); } } #[cfg(test)] mod tests { use crate::p; }";
    let found = imports(2, &syn::parse_str(text).expect("Rust"));
    let words: Vec<_> = found.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, ["a", "b", "e", "g", "i", "q", "m"]);
}
