//! `fixtures/problems/NAME.yaml` gives exactly `NAME.txt`. `SHOKI_ACCEPT=1 cargo test --test problems` writes them anew.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use shoki::{
    actions::ACTIONS,
    expr::{FunctionDef, functions},
    problem::{CODES, Problem, explain, render, title},
    scenario::{OfficeFacts, load, load_form, load_forms, load_part, load_text},
    step::Catalog,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The broken files, sorted.
fn broken_files() -> Vec<PathBuf> {
    let entries = fs::read_dir("fixtures/problems").unwrap().map(|e| e.unwrap().path());
    let mut all: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "yaml")).collect();
    all.sort();
    all
}

fn catalog() -> Catalog {
    Catalog(ACTIONS)
}

fn office() -> OfficeFacts {
    let settings = [("juki_url".to_owned(), "http://127.0.0.1:8080/".to_owned())].into();
    OfficeFacts { settings, root: Some(".".into()), ..OfficeFacts::default() }
}

fn problems_of(path: &Path) -> Vec<Problem> {
    let bytes = fs::read(path).unwrap();
    if bytes.starts_with(b"shoki_form") {
        return load_form(path).err().unwrap_or_default();
    }
    let (forms, _) = load_forms(Path::new("fixtures/languages/forms"));
    if bytes.starts_with(b"shoki_part") {
        return load_part(path, &catalog(), &forms, &office());
    }
    load(path, &catalog(), &forms, &office()).err().unwrap_or_default()
}

#[test]
fn every_broken_file_gives_its_picture() {
    let accept = std::env::var_os("SHOKI_ACCEPT").is_some();
    let mut wrong = Vec::new();
    for path in broken_files() {
        let picture = render(&problems_of(&path), false);
        let expected = path.with_extension("txt");
        if accept {
            fs::write(&expected, &picture).unwrap();
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(picture.as_str()) {
            wrong.push(format!("{}:\n{picture}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_enough_and_each_has_a_problem() {
    let files = broken_files();
    assert!(files.len() >= 120, "{}", files.len());
    for path in files {
        let problems = problems_of(&path);
        assert!(!problems.is_empty(), "{}", path.display());
        for problem in problems {
            assert!(explain(problem.code).is_some(), "{} has no page", problem.code);
            let text = format!("{}{}", problem.message, problem.help.unwrap_or_default());
            assert!(!text.is_ascii(), "{}: {text}", path.display());
        }
    }
}

#[test]
fn ten_mistakes_are_reported_together() {
    let problems = problems_of(Path::new("fixtures/problems/ten-mistakes.yaml"));
    assert!(problems.len() >= 10, "{}", render(&problems, false));
    let lines: std::collections::BTreeSet<usize> = problems.iter().map(|p| p.place().line).collect();
    assert!(lines.len() >= 9, "{lines:?}");
}

/// Every code in the source, in the order of the files.
fn codes_in(folder: &Path, found: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes_in(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let codes = text.match_indices("\"SHK").filter_map(|(at, _)| text.get(at + 1..at + 8));
            let codes = codes.filter(|c| c[3..].bytes().all(|b| b.is_ascii_digit()));
            found.extend(codes.map(|c| (c.to_owned(), path.clone())));
        }
    }
}

#[test]
fn every_code_has_a_page() {
    let mut found = Vec::new();
    codes_in(Path::new("src"), &mut found);
    for (code, file) in found {
        assert!(explain(&code).is_some(), "{code} in {} has no page", file.display());
    }
}

#[test]
fn every_page_says_what_why_how_and_shows_an_example() {
    let sorted = CODES.windows(2).all(|w| w[0].code < w[1].code);
    assert!(sorted);
    for code in CODES {
        assert!(title(code.code).is_some_and(|t| !t.is_ascii()), "{}", code.code);
        assert!(code.page.starts_with(&format!("# {} ", code.code)), "{}", code.code);
        for heading in ["## 何が起きたか", "## なぜ", "## 直し方", "## 例"] {
            assert!(code.page.contains(heading), "{} lacks {heading}", code.code);
        }
    }
}

#[test]
fn the_page_of_functions_lists_them_all() {
    let line = |def: &FunctionDef| format!("- `{}`: {}\n", def.example, def.summary);
    let list: String = functions().iter().map(line).collect();
    let (before, found) = explain("SHK0204").unwrap().split_once("## 使える関数\n").unwrap();
    if std::env::var_os("SHOKI_ACCEPT").is_some() {
        fs::write("src/problem/pages/SHK0204.md", format!("{before}## 使える関数\n\n{list}")).unwrap();
    } else {
        assert_eq!(found, format!("\n{list}"));
    }
}

/// A form as if it stood beside the blank of the fixtures.
fn form(page: &str, field: &str) -> Result<shoki::form::Form, Vec<Problem>> {
    let text = format!("shoki_form: 1\nid: f\ntitle: f\npage: {page}\nfields:\n  - {field}\n");
    shoki::scenario::load_form_text(Path::new("fixtures/problems/t.yaml"), &text)
}

#[test]
fn a_landscape_page_is_wide_however_its_sides_are_given() {
    for size in ["A4", "[297, 210]", "[210, 297]"] {
        let page = format!("{{ size: {size}, orientation: landscape, blank: 白紙.pdf }}");
        let form = form(&page, "{ name: 氏名, type: text, box: [250, 20, 40, 9] }").unwrap();
        assert_eq!((form.page.width, form.page.height), (297.0, 210.0), "{size}");
    }
}

#[test]
fn places_that_only_touch_and_eras_of_all_spellings_are_good() {
    let page = "{ size: A4, blank: 白紙.pdf }";
    let eras = "{ S: [20, 40, 6, 8], 平: [26, 40, 6, 8], 令和: [32, 40, 6, 8], 西暦: [38, 40, 6, 8] }";
    for field in [
        "{ name: 性別, type: choice, options: { 男: [20, 40, 12, 8], 女: [31, 40, 12, 8] } }".to_owned(),
        "{ name: 番号, type: my_number, box: [20, 40, 100, 8], cells: 14 }".to_owned(),
        format!(
            "{{ name: 届出日, type: date, parts: {{ era: {eras}, year: [44, 40, 8, 8], month: [52, 40, 8, 8], day: [60, 40, 8, 8] }} }}"
        ),
    ] {
        let problems = form(page, &field).err().unwrap_or_default();
        assert!(problems.is_empty(), "{}", render(&problems, false));
    }
}

#[test]
fn every_form_that_is_shipped_is_good() {
    let shipped = fs::read_dir("scenarios").unwrap().map(|e| e.unwrap().path().join("forms"));
    let others = ["fixtures/formbench/sample/forms", "fixtures/languages/forms"].map(PathBuf::from);
    let mut all = 0;
    for folder in shipped.filter(|folder| folder.is_dir()).chain(others) {
        let (forms, problems) = load_forms(&folder);
        assert!(problems.is_empty(), "{}", render(&problems, false));
        all += forms.len();
    }
    assert!(all >= 12, "{all}");
}

mod hostile {
    //! Whatever stands in a file, reading it ends with a scenario or with Problems.
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) {
        let forms = shoki::form::Forms::new();
        if let Err(problems) =
            load_text(Path::new("x.yaml"), text, &catalog(), &forms, &OfficeFacts::default())
        {
            assert!(!render(&problems, false).is_empty());
        }
        let _ = shoki::scenario::load_form_text(Path::new("x.yaml"), text);
    }

    fn example() -> String {
        fs::read_to_string("fixtures/languages/example.yaml").unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_survived(text in ".{0,300}") {
            read(&text);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn any_damage_to_a_good_file_is_survived(at in 0.0..1.0_f64, cut in 0_usize..20, put in "[-:{}\\[\\]\"'$| \n\t#&*!：　氏a1]{0,6}") {
            let text = example();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a small file")]
            let start = text.floor_char_boundary((text.len() as f64 * at) as usize);
            let end = text.ceil_char_boundary((start + cut).min(text.len()));
            read(&format!("{}{put}{}", &text[..start], &text[end..]));
        }

        #[test]
        fn any_expression_is_survived(text in "[-a-z0-9氏名.|()\\[\\]{}'\"+*/%<>=~, $]{0,80}") {
            let _ = shoki::expr::references(&format!("${{{{ {text} }}}}"));
            let _ = shoki::expr::evaluate(&text, &shoki::expr::Scope::default());
        }
    }
}
