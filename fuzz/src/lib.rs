//! What the fuzzers try: whatever stands in a file, reading it ends, soon, with something that means something or with Problems
//! in Japanese. The functions take any bytes; those that are no text are what `read_source` refuses before.

pub mod doors;
pub mod letters;

use serde_json::{Value, json};
use shoki::{
    actions::ACTIONS,
    config::Config,
    expr,
    form::Forms,
    problem::{Problem, Source, explain, render},
    scenario::{self, HandoverFacts, OfficeFacts},
    step::Catalog,
};
use std::{
    path::{Path, PathBuf},
    str,
    sync::{Arc, LazyLock},
};

/// The forms that scenarios may name.
static FORMS: LazyLock<Forms> =
    LazyLock::new(|| scenario::load_forms(&root().join("fixtures/languages/forms")).0);

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// That Problems are whole: a code with a page, words of ours, a picture.
fn check(problems: &[Problem]) {
    assert!(!problems.is_empty(), "refused without a word");
    for problem in problems {
        assert!(explain(problem.code).is_some(), "{} has no page", problem.code);
        assert!(!problem.message.is_ascii(), "not in Japanese: {}", problem.message);
    }
    assert!(!render(problems, true).is_empty());
    assert!(problems.iter().all(|p| p.json().is_object()));
}

/// A scenario. What can be read can be drawn and handed over.
///
/// # Panics
/// When a promise is broken.
pub fn scenario(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let file = Path::new("fuzz.yaml");
    match scenario::load_text(file, text, &Catalog(ACTIONS), &FORMS, &OfficeFacts::default()) {
        Err(problems) => check(&problems),
        Ok(good) => {
            assert!(scenario::flow(&good).ends_with("</svg>\n"));
            assert!(scenario::handover(&good, &FORMS, &HandoverFacts::default()).ends_with("</html>\n"));
        }
    }
}

/// A form. What can be read can be drawn.
///
/// # Panics
/// When a promise is broken.
pub fn form(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match scenario::load_form_text(&root().join("fixtures/languages/forms/fuzz.yaml"), text) {
        Err(problems) => check(&problems),
        Ok(good) => assert!(scenario::form_picture(&good, None, &[]).ends_with("</svg>\n")),
    }
}

/// An expression, alone and in a text; and the same bytes as a value, which stay as they are.
///
/// # Panics
/// When a promise is broken.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let scope = expr::Scope::new(values(text));
    let told =
        |error: &expr::ExprError| assert!(!error.message.is_ascii(), "not in Japanese: {}", error.message);
    for (result, whole) in [(expr::evaluate(text, &scope), true), (expr::render(&json!(text), &scope), false)]
    {
        if let Err(error) = &result {
            told(error);
        }
        let known = if whole { expr::references_in(text) } else { expr::references(text) };
        // What is evaluated could be read before.
        assert!(result.is_err() || known.is_ok(), "evaluated, but refused at load");
    }
    let _ = expr::truth(text, &scope);
    let (_, faults) = expr::infer(text, &|name| values("").get(name).map(|_| expr::Shape::Any));
    faults.iter().for_each(told);
    let put = expr::render(&json!("${{ 値 }}"), &scope);
    assert_eq!(put.ok(), Some(json!(text)), "a value was changed or evaluated");
}

/// What the names in expressions stand for.
fn values(text: &str) -> serde_json::Map<String, Value> {
    let rows = json!([{ "氏名": "髙橋 花子", "数": 3 }, { "氏名": "山田 太郎", "数": 10 }]);
    let all = json!({
        "値": text, "照会": { "rows": rows, "count": 2, "宛名番号": "0012345" }, "today": "2026-04-01",
        "n": 12, "金額": "1234.50", "有無": true, "無": null, "一覧": ["b", "a", "c"],
    });
    all.as_object().cloned().unwrap_or_default()
}

/// `shoki.toml`.
///
/// # Panics
/// When a promise is broken.
pub fn config(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Err(error) = Config::parse(&Arc::new(Source::new("shoki.toml", text))) {
        assert!(!error.to_string().is_ascii(), "not in Japanese: {error}");
    }
}

/// All targets of `fuzz_targets/`.
pub const TARGETS: [&str; 11] =
    ["scenario", "form", "expression", "config", "page", "book", "list", "letter", "entry", "signed", "log"];

/// What a fuzzer begins with: every file of these folders with that ending.
///
/// # Panics
/// When a folder of the repository is not there.
#[must_use]
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let read = |folder: &str, ends: &str| -> Vec<Vec<u8>> {
        let mut files: Vec<PathBuf> = Vec::new();
        collect(&root().join(folder), &mut files);
        files.retain(|f| f.extension().is_some_and(|e| e == ends));
        files.sort();
        files.iter().filter_map(|f| std::fs::read(f).ok()).collect()
    };
    match target {
        "expression" => {
            let examples = expr::functions().iter().map(|f| f.example.as_bytes().to_vec());
            let more = ["照会.rows | map(attribute='氏名') | join('、')", "n + 1 if 有無 else '${{ 値 }}'", "a ${{ 値 }} b"];
            examples.chain(more.iter().map(|t| t.as_bytes().to_vec())).collect()
        }
        "config" => vec![b"[office]\nname = \"\xe6\xb8\xaf\xe5\x8c\x97\xe5\xb8\x82\"\norigin = \"a.lg.jp/shoki\"\napproval = \"required\"\n[settings]\na = \"b\"\n[calendar]\nclosed = [{ date = \"06-23\", name = \"x\" }]\n[engine]\nworkers = 2\n".to_vec()],
        "page" => doors::page_seeds(),
        "book" => doors::book_seeds(),
        "list" => letters::list_seeds(),
        "letter" => letters::letter_seeds(),
        "entry" => read("fixtures/audit/vector", "jsonl").concat().split(|b| *b == b'\n').map(<[u8]>::to_vec).collect(),
        "signed" => ["note", "vkey", "txt"].map(|ends| read("fixtures/audit/vector", ends)).concat(),
        "log" => (0..3_u8).zip(["log.vkey", "seg/000000.jsonl", "checkpoint"]).map(|(n, file)| {
            let file = root().join("fixtures/audit/vector").join(file);
            [vec![n], std::fs::read(file).expect("the published log is there")].concat()
        }).collect(),
        "form" => [read("fixtures/languages/forms", "yaml"), read("scenarios", "yaml"), read("fixtures/formbench", "yaml")].concat(),
        _ => [read("scenarios", "yaml"), read("fixtures/languages", "yaml"), read("fixtures/problems", "yaml")].concat(),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// Words that the languages know, for mutations.
#[must_use]
pub fn words() -> Vec<String> {
    let mut all: Vec<String> = expr::functions().iter().map(|f| f.name.to_owned()).collect();
    all.extend(ACTIONS.iter().map(|a| a.name.to_owned()));
    let keys = "shoki: 1|id|title|owner|retention: 5y|saves|schedule|settings|systems|before|items|steps|after|do|with|on|if|each|in|as|use|retry|times|wait|timeout|on_failure|once|probe|secret|key|url|account|hours|sign_in|${{|}}|{{|- |: |\n  |\n    |[|]|{|}|\"|'|#|&a|*a|<<|!|---\n|~|0x|\t|：|　|｛|，|、|shoki_form: 1|page|fields|rows|checks|box|name|type|options|parts|pitch|count|that|else|'|\"\"\"|.|,|(|)|=|==|<|and|or|not|1e9|99999999999999999999|０|🙂|\u{202e}|\u{feff}|\r\n|\0";
    all.extend(keys.split('|').map(ToOwned::to_owned));
    all
}
