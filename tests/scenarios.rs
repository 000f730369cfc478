//! Scenario and form files load into the values the engine runs.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod catalog;

use catalog::catalog;
use serde_json::json;
use shoki::{
    form::{Forms, Rect},
    problem::{Problem, render},
    scenario::{
        OfficeFacts, Scenario, form_schema, load, load_form_text, load_forms, load_text, scenario_schema,
    },
    step::Catalog,
};
use std::{path::Path, time::Duration};

fn example() -> Scenario {
    let (forms, problems) = load_forms(Path::new("fixtures/languages/forms"));
    assert!(problems.is_empty(), "{}", render(&problems, false));
    let settings = [("juki_url".to_owned(), "http://127.0.0.1:8080/".to_owned())].into();
    let office = OfficeFacts { settings, root: Some(".".into()), ..OfficeFacts::default() };
    load(Path::new("fixtures/languages/example.yaml"), &catalog(), &forms, &office)
        .unwrap_or_else(|problems| panic!("{}", render(&problems, false)))
}

#[test]
fn the_example_of_the_design_loads() {
    let scenario = example();
    assert_eq!(scenario.id, "resident-move-notices");
    assert_eq!(scenario.retention.0, 5);
    let juki = &scenario.systems["juki"];
    let hours = juki.hours.unwrap();
    assert_eq!((hours.from, hours.to), (510, 1290));
    assert_eq!(juki.sign_in.len(), 4);
    assert!(juki.sign_in.iter().all(|s| s.on.as_deref() == Some("juki")));
    assert_eq!(juki.sign_in[0].id, "サインイン1");
    let items = scenario.items.as_ref().unwrap();
    assert_eq!(items.key, "${{ item.sha256 }}-${{ item.page }}");
    assert_eq!(items.source.action.name, "document.pages");
    assert_eq!(scenario.sha256.len(), 64);
}

#[test]
fn a_step_is_what_the_file_says() {
    let scenario = example();
    let step = &scenario.steps[3];
    assert_eq!(
        (step.id.as_str(), step.action.name, step.on.as_deref()),
        ("発送登録", "browser.submit", Some("juki"))
    );
    assert_eq!(step.condition.as_deref(), Some("照会.件数 == 1"));
    assert_eq!((step.retry.times, step.retry.wait), (3, Duration::from_secs(20)));
    assert_eq!(step.once.as_deref(), Some("${{ 照会.宛名番号 }}/${{ 確認.届出日 }}/${{ 確認.異動区分 }}"));
    assert_eq!(step.probe.len(), 2);
    assert_eq!(step.probe[0].on.as_deref(), Some("juki"));
    assert!(scenario.text[step.at.clone()].starts_with("id: 発送登録"));
    assert!(scenario.text[step.at.clone()].trim_end().ends_with("on_failure: stop_item"));
    assert_eq!(scenario.after[0].id, "後処理1");
}

#[test]
fn a_number_stays_text_where_text_is_expected() {
    assert_eq!(example().steps[2].with["fields"]["郵便番号"], json!("0123"));
}

#[test]
fn a_form_knows_its_places() {
    let (forms, _) = load_forms(Path::new("fixtures/languages/forms"));
    let form = &forms["住民異動届"];
    assert_eq!(form.places().len(), 9 + 4 * 2);
    let date = form.fields.iter().find(|f| f.name == "異動日").unwrap();
    assert_eq!(date.rect, Rect { x: 40.0, y: 50.0, w: 38.0, h: 8.0 });
    let last = form.places().into_iter().find(|f| f.name == "異動者[4].氏名").unwrap();
    assert_eq!((last.rect.y, last.required), (242.0, false));
    assert!(form.page.blank.is_absolute());
    assert_eq!(form.checks[0].that, "異動日 <= 届出日");
}

#[test]
fn every_state_of_an_item_has_its_list_afterwards() {
    for state in shoki::run::ItemState::ALL {
        let text = format!(
            "shoki: 1\nid: t\ntitle: t\nowner: t\nretention: 1y\nsteps: []\nafter:\n  - {{ do: value.set, with: {{ a: \"${{{{ items.{} }}}}\" }} }}\n",
            state.word()
        );
        let loaded =
            load_text(Path::new("t.yaml"), &text, &catalog(), &Forms::new(), &OfficeFacts::default());
        assert!(loaded.is_ok(), "{}", render(&loaded.err().unwrap_or_default(), false));
    }
}

/// A file with every key that `schema` has at `keys`, each with nothing behind it.
fn unknown_keys(schema: &serde_json::Value, keys: &str, file: impl Fn(&str) -> Vec<Problem>) -> Vec<String> {
    let properties = schema.pointer(keys).and_then(|p| p.as_object()).unwrap();
    let known = |key: &String| {
        file(key).iter().any(|p| p.code == "SHK0105" && p.message.contains(&format!("「{key}」")))
    };
    properties.keys().filter(|k| known(k)).cloned().collect()
}

#[test]
fn the_schemas_have_no_key_that_the_reader_refuses() {
    let lint = |text: String| {
        load_text(Path::new("t.yaml"), &text, &catalog(), &Forms::new(), &OfficeFacts::default())
            .err()
            .unwrap_or_default()
    };
    let form = |text: String| load_form_text(Path::new("t.yaml"), &text).err().unwrap_or_default();
    let schema = scenario_schema(&catalog());
    assert_eq!(unknown_keys(&schema, "/properties", |k| lint(format!("{k}:\n"))), [""; 0]);
    assert_eq!(
        unknown_keys(&schema, "/$defs/step/properties", |k| lint(format!("steps:\n  - {k}:\n"))),
        [""; 0]
    );
    assert_eq!(
        unknown_keys(&schema, "/$defs/items/properties", |k| lint(format!("items:\n  {k}:\n"))),
        [""; 0]
    );
    assert_eq!(
        unknown_keys(&schema, "/$defs/system/properties", |k| lint(format!("systems:\n  a:\n    {k}:\n"))),
        [""; 0]
    );
    assert_eq!(
        unknown_keys(&schema, "/$defs/schedule/properties", |k| lint(format!("schedule:\n  - {k}:\n"))),
        [""; 0]
    );
    let schema = form_schema();
    assert_eq!(unknown_keys(&schema, "/properties", |k| form(format!("{k}:\n"))), [""; 0]);
    assert_eq!(
        unknown_keys(&schema, "/$defs/rows/properties", |k| form(format!("rows:\n  - {k}:\n"))),
        [""; 0]
    );
    assert_eq!(
        unknown_keys(&schema, "/$defs/check/properties", |k| form(format!("checks:\n  - {k}:\n"))),
        [""; 0]
    );
    assert_eq!(
        unknown_keys(&schema, "/$defs/field/properties", |k| form(format!(
            "fields:\n  - type: ?\n    {k}:\n"
        ))),
        [""; 0]
    );
}

#[test]
fn the_schema_knows_every_action() {
    let schema = scenario_schema(&catalog());
    assert_eq!(
        schema.pointer("/$defs/with.person.check/properties/ask/anyOf/0/$ref"),
        Some(&json!("#/$defs/with.person.check/$defs/Asking"))
    );
    assert_eq!(
        schema.pointer("/$defs/step/properties/do/oneOf").and_then(|o| o.as_array()).map(Vec::len),
        Some(catalog().0.len())
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    let (forms, _) = load_forms(Path::new("fixtures/languages/forms"));
    let text = std::fs::read_to_string("fixtures/languages/example.yaml").unwrap().replace('\n', "\r\n");
    let loaded = load_text(
        Path::new("例.yaml"),
        &format!("\u{feff}{text}"),
        &catalog(),
        &forms,
        &OfficeFacts::default(),
    );
    let scenario = loaded.unwrap_or_else(|problems| panic!("{}", render(&problems, false)));
    assert_eq!(scenario.steps.len(), 4);
    assert!(scenario.text[scenario.steps[0].at.clone()].starts_with("id: 読取"));
}

/// The scenario files of a folder, those of its subfolders too; forms aside.
fn scenario_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|n| n != "forms") {
            all.extend(scenario_files(&path));
        } else if path.extension().is_some_and(|e| e == "yaml") {
            all.push(path);
        }
    }
    all
}

#[test]
fn the_shipped_scenarios_load() {
    let forms_of = |folder: &Path| {
        let (forms, problems) = load_forms(folder);
        assert!(problems.is_empty(), "{}", render(&problems, false));
        forms
    };
    let usual = forms_of(Path::new("scenarios/resident-move-notices/forms"));
    let catalog = Catalog(shoki::actions::ACTIONS);
    let mut files = scenario_files(Path::new("scenarios"));
    files.extend(scenario_files(Path::new("fixtures/scenarios")));
    for file in files {
        let beside = file.with_file_name("forms");
        let own = beside.is_dir().then(|| forms_of(&beside));
        let forms = own.as_ref().unwrap_or(&usual);
        if let Err(problems) = load(&file, &catalog, forms, &OfficeFacts::default()) {
            panic!("{}", render(&problems, false));
        }
    }
}
