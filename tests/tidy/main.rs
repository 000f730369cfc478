//! House rules, kept by a machine: who imports whom, how long things are, which words name what, how actions are listed.
//!
//! The rules are the tables at the top of each module. A rule is changed there, with a reason, or not at all.

mod actions;
mod docs;
mod imports;
mod names;
mod sizes;
mod top;

use std::{
    fs,
    path::{Path, PathBuf},
};
use syn::{Attribute, Item};

/// One Rust file of ours.
struct Source {
    /// From the package's root, with `/`.
    name: String,
    text: String,
    syntax: syn::File,
}

impl Source {
    /// The files this one declares as modules for tests only, as names from the package's root.
    fn test_files(&self) -> impl Iterator<Item = String> {
        let folder = self.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let for_tests = self.syntax.items.iter().filter_map(|item| match item {
            Item::Mod(m) if m.content.is_none() && for_tests(&m.attrs) => Some(m),
            _ => None,
        });
        for_tests.map(move |m| {
            let file = path_of(&m.attrs).unwrap_or_else(|| format!("{}.rs", m.ident));
            format!("{folder}/{file}")
        })
    }
}

/// The file a module names with `#[path = "…"]`.
fn path_of(attrs: &[Attribute]) -> Option<String> {
    let attr = attrs.iter().find(|a| a.path().is_ident("path"))?;
    let syn::Expr::Lit(lit) = &attr.meta.require_name_value().ok()?.value else { return None };
    match &lit.lit {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// The files of `src/` without those that are compiled for tests only.
fn shipped() -> Vec<Source> {
    let all = sources(&["src"]);
    let tests: Vec<_> = all.iter().flat_map(Source::test_files).collect();
    all.into_iter().filter(|f| !tests.contains(&f.name)).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under `dir` with one of these endings, sorted.
fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|e| e.expect("a readable folder").path()) {
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files(&path, endings));
        } else if path.extension().is_some_and(|e| endings.iter().any(|w| e == *w)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources(dirs: &[&str]) -> Vec<Source> {
    dirs.iter().flat_map(|d| files(&root().join(d), &["rs"])).map(|p| source(&p)).collect()
}

fn source(path: &Path) -> Source {
    let name = path.strip_prefix(root()).expect("inside the package").to_string_lossy().replace('\\', "/");
    let text = fs::read_to_string(path).expect("a readable source file");
    let syntax = syn::parse_file(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    Source { name, text, syntax }
}

/// Whether the item is compiled for tests only.
fn for_tests(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|a| {
        a.path().is_ident("cfg") && a.meta.require_list().is_ok_and(|l| l.tokens.to_string() == "test")
    })
}

/// Fails with every fault at once.
fn none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}\n  {}", faults.join("\n  "));
}
