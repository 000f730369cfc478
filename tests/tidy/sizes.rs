//! How long functions and files may be, and what each file must and must not have.

use crate::{Source, files, for_tests, none, root, shipped, sources};
use std::fs;
use syn::{
    Expr, ImplItem, ItemMod, TraitItem,
    visit::{self, Visit},
};

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
fn scripts_are_short_and_say_what_lives_in_them() {
    let mut faults = Vec::new();
    for path in files(&root().join("src"), &["js"]) {
        let text = fs::read_to_string(&path).expect("a readable script");
        if text.lines().count() > FILE_MAX || !text.starts_with("// ") {
            faults.push(path.display().to_string());
        }
    }
    none(&format!("a script begins with `// ` and has ≤ {FILE_MAX} lines"), &faults);
}

#[test]
fn most_functions_are_very_short() {
    let all = shipped();
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
    for file in shipped() {
        let mut unwraps = Unwraps(Vec::new());
        unwraps.visit_file(&file.syntax);
        faults.extend(unwraps.0.into_iter().map(|line| format!("{}:{line}", file.name)));
    }
    none("no `unwrap()` outside of tests; `expect` states the invariant", &faults);
}
