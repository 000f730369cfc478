//! House rules, kept by a machine: who imports whom, how long things are, which words name what, how actions are listed.
//!
//! The rules are the tables at the top. A rule is changed there, with a reason, or not at all.

use proc_macro2::{TokenStream, TokenTree};
use shoki::actions::ACTIONS;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};
use syn::{
    Attribute, Expr, Fields, ImplItem, Item, ItemMod, TraitItem, UseTree,
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
    ("form", &["problem", "privacy", "text", "expr"]),
    ("step", &["problem", "run", "clock", "privacy", "form", "expr"]),
    ("store", &["run", "audit"]),
    ("drivers", &["text", "privacy", "clock", "form"]),
    ("actions", &["step", "drivers", "text", "calendar", "form", "run"]),
    ("scenario", &["step", "problem", "calendar", "text", "form", "expr"]),
    ("control", &["scenario", "step", "store", "run", "audit", "clock"]),
    (
        "engine",
        &[
            "expr", "form", "scenario", "step", "store", "run", "audit", "clock", "privacy", "problem",
            "control",
        ],
    ),
    ("report", &["store", "run"]),
];

/// The modules that may import anything.
const FREE: &[&str] = &["main", "lib", "cli", "app", "config"];

/// No function is longer, in lines from `fn` to its closing brace.
const FUNCTION_MAX: usize = 70;
/// Nine of ten functions of `src/` are not longer.
const FUNCTION_P90: usize = 35;
/// Half of the functions of `src/` are not longer.
const FUNCTION_MEDIAN: usize = 8;
/// No file is longer, in lines.
const FILE_MAX: usize = 600;

/// File names that say nothing.
const EMPTY_NAMES: &[&str] =
    &["utils", "util", "common", "helpers", "helper", "misc", "types", "imp", "impl"];

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
const KEPT_NAMES: &[(&str, &str, &str)] = &[];

/// Files of `src/actions/` that are no action: file, reason. One that is no longer there is a fault too.
const NOT_ACTIONS: &[(&str, &str)] = &[("faults.rs", "what several actions on files say when it goes wrong")];

// ── reading the source

/// One Rust file of ours.
struct Source {
    /// From the package's root, with `/`.
    name: String,
    text: String,
    syntax: syn::File,
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

/// `src/drivers/ocr/page.rs` → `["drivers", "ocr", "page"]`.
fn module_path(name: &str) -> Vec<&str> {
    let inner = name.trim_start_matches("src/").trim_end_matches(".rs");
    inner.split('/').filter(|part| *part != "mod").collect()
}

// ── imports

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
    for file in sources(&["src"]) {
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

// ── sizes

/// Collects functions: name, first line, number of lines, whether it stands among tests.
#[derive(Default)]
struct Functions {
    among_tests: bool,
    found: Vec<(String, usize, usize, bool)>,
}

impl Functions {
    fn note(&mut self, sig: &syn::Signature, block: &syn::Block) {
        let first = sig.fn_token.span.start().line;
        let last = block.brace_token.span.close().end().line;
        self.found.push((sig.ident.to_string(), first, last - first + 1, self.among_tests));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let before = self.among_tests;
        self.among_tests |= for_tests(&module.attrs);
        visit::visit_item_mod(self, module);
        self.among_tests = before;
    }

    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        self.note(&f.sig, &f.block);
        visit::visit_item_fn(self, f);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if let ImplItem::Fn(f) = item {
            self.note(&f.sig, &f.block);
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        if let TraitItem::Fn(syn::TraitItemFn { sig, default: Some(block), .. }) = item {
            self.note(sig, block);
        }
        visit::visit_trait_item(self, item);
    }
}

fn functions(file: &Source) -> Vec<(String, usize, usize, bool)> {
    let mut functions = Functions::default();
    functions.visit_file(&file.syntax);
    functions.found
}

#[test]
fn functions_and_files_are_short() {
    let mut faults = Vec::new();
    for file in sources(&["src", "tests", "fixtures", "benches"]) {
        let lines = file.text.lines().count();
        if lines > FILE_MAX {
            faults.push(format!("{}: {lines} lines", file.name));
        }
        let long = functions(&file).into_iter().filter(|(_, _, lines, _)| *lines > FUNCTION_MAX);
        faults.extend(
            long.map(|(name, at, lines, _)| format!("{}:{at}: fn {name} has {lines} lines", file.name)),
        );
    }
    none(&format!("a function has ≤ {FUNCTION_MAX} lines, a file ≤ {FILE_MAX}"), &faults);
}

#[test]
fn most_functions_are_very_short() {
    let all = sources(&["src"]);
    let mut lengths: Vec<_> = all.iter().flat_map(functions).filter(|f| !f.3).map(|f| f.2).collect();
    lengths.sort_unstable();
    let at = |share: usize| lengths[(lengths.len() - 1) * share / 100];
    println!(
        "{} functions: median {}, p90 {}, p99 {}, longest {}",
        lengths.len(),
        at(50),
        at(90),
        at(99),
        at(100)
    );
    assert!(at(50) <= FUNCTION_MEDIAN, "the median function has {} lines", at(50));
    assert!(
        at(90) <= FUNCTION_P90,
        "nine of ten functions should have ≤ {FUNCTION_P90} lines, not {}",
        at(90)
    );
}

#[test]
fn every_file_says_what_lives_in_it() {
    let silent = |f: &Source| !f.text.starts_with("//! ");
    let faults: Vec<_> = sources(&["src", "tests", "fixtures", "benches"])
        .into_iter()
        .filter(silent)
        .map(|f| f.name)
        .collect();
    none("every file begins with `//! `", &faults);
}

#[test]
fn no_file_has_an_empty_name() {
    let all = sources(&["src", "fixtures"]);
    let empty =
        |f: &&Source| f.name.split('/').any(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs")));
    let faults: Vec<_> = all.iter().filter(empty).map(|f| f.name.clone()).collect();
    none("a file is named for what it holds", &faults);
}

// ── unwrap

/// Finds `.unwrap()` outside of tests.
struct Unwraps(Vec<usize>);

impl<'ast> Visit<'ast> for Unwraps {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        if let Expr::MethodCall(call) = expr
            && call.method == "unwrap"
        {
            self.0.push(call.method.span().start().line);
        }
        visit::visit_expr(self, expr);
    }
}

#[test]
fn nothing_is_unwrapped_outside_of_tests() {
    let mut faults = Vec::new();
    for file in sources(&["src"]) {
        let mut unwraps = Unwraps(Vec::new());
        unwraps.visit_file(&file.syntax);
        faults.extend(unwraps.0.into_iter().map(|line| format!("{}:{line}", file.name)));
    }
    none("no `unwrap()` outside of tests; `expect` states the invariant", &faults);
}

// ── words

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
    for file in sources(&["src"]) {
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

// ── actions

#[test]
fn actions_are_listed_once_and_sorted() {
    let names: Vec<_> = ACTIONS.iter().map(|a| a.name).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "sorted, each once: {names:?}");
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let is_name = |n: &&str| n.split_once('.').is_some_and(|(noun, verb)| word(noun) && word(verb));
    assert!(names.iter().all(is_name), "names are noun.verb: {names:?}");
}

#[test]
fn each_action_has_a_file_of_its_name() {
    let listed: Vec<_> = ACTIONS.iter().map(|a| format!("{}.rs", a.name.replace('.', "_"))).collect();
    let found: Vec<_> = files(&root().join("src/actions"), &["rs"])
        .iter()
        .map(|p| p.strip_prefix(root().join("src/actions")).expect("inside").to_string_lossy().into_owned())
        .filter(|f| f != "mod.rs")
        .collect();
    let other = |f: &&String| !listed.contains(f) && !NOT_ACTIONS.iter().any(|(name, _)| name == *f);
    let mut faults: Vec<_> =
        found.iter().filter(other).map(|f| format!("{f} holds no listed action")).collect();
    let wanted = listed.iter().map(String::as_str).chain(NOT_ACTIONS.iter().map(|(f, _)| *f));
    faults.extend(wanted.filter(|f| !found.iter().any(|g| g == f)).map(|f| format!("{f} is missing")));
    none("one action, one file", &faults);
}

#[test]
fn each_action_explains_itself() {
    let mut faults = Vec::new();
    for action in ACTIONS {
        if action.summary.trim().is_empty() || action.summary.is_ascii() || action.summary.contains('\n') {
            faults.push(format!("{}: the summary is one line of Japanese", action.name));
        }
        match serde_saphyr::from_str::<serde_json::Value>(action.example) {
            Ok(example) => faults
                .extend(action.parse(example).err().map(|e| format!("{}: the example: {e}", action.name))),
            Err(e) => faults.push(format!("{}: the example is no YAML: {e}", action.name)),
        }
    }
    none("an action's summary and example", &faults);
}

/// Where a schema is open: an object with known keys that lets others pass.
fn open_places(schema: &serde_json::Value, at: &str, found: &mut Vec<String>) {
    let Some(map) = schema.as_object() else { return };
    if map.contains_key("properties")
        && map.get("additionalProperties") != Some(&serde_json::Value::Bool(false))
    {
        found.push(at.to_owned());
    }
    for (key, inner) in map {
        let inner_list = inner.as_array().map_or(std::slice::from_ref(inner), Vec::as_slice);
        for one in inner_list {
            open_places(one, &format!("{at}/{key}"), found);
        }
    }
}

#[test]
fn the_schema_of_each_action_is_closed() {
    let mut faults = Vec::new();
    for action in ACTIONS {
        let mut open = Vec::new();
        open_places(&action.schema().to_value(), "", &mut open);
        faults.extend(open.into_iter().map(|at| format!("{}{at}: unknown keys would pass", action.name)));
    }
    none("unknown keys are refused everywhere", &faults);
}

#[test]
fn each_action_is_used_somewhere() {
    let dirs = ["scenarios", "fixtures"].map(|d| root().join(d));
    let mut text = String::new();
    for path in dirs.iter().flat_map(|d| files(d, &["yaml", "yml"])) {
        writeln!(text, "{}", fs::read_to_string(path).expect("readable YAML")).expect("a String takes all");
    }
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let used = |name: &str| text.split(&format!("do: {name}")).skip(1).any(ends);
    let faults: Vec<_> = ACTIONS.iter().filter(|a| !used(a.name)).map(|a| a.name.to_owned()).collect();
    none("every action appears in a YAML file of scenarios/ or fixtures/", &faults);
}
