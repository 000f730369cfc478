//! How actions are listed and how they explain themselves.

use crate::{files, none, root};
use shoki::actions::ACTIONS;
use std::fs;

/// Files of `src/actions/` that are no action: file, reason. One that is no longer there is a fault too.
const NOT_ACTIONS: &[(&str, &str)] = &[
    ("csv_lines.rs", "how actions on lists have them read behind walls"),
    ("faults.rs", "what several actions on files say when it goes wrong"),
    ("key_names.rs", "the names of keys, for the actions that press some"),
    ("on_screen.rs", "what all actions on screens share"),
    ("overtime_rows.rs", "from the tables of a section to persons whose overtime can be settled"),
    ("overtime_tables.rs", "the tables that a month of overtime gives"),
    ("paper_faults.rs", "what several actions on paper say when it goes wrong"),
    ("table_rows.rs", "values out of the lines of a table, for actions that calculate"),
];

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
        text += &String::from_utf8_lossy(&fs::read(path).expect("a readable file"));
    }
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let used = |name: &str| text.split(&format!("do: {name}")).skip(1).any(ends);
    let faults: Vec<_> = ACTIONS.iter().filter(|a| !used(a.name)).map(|a| a.name.to_owned()).collect();
    none("every action appears in a YAML file of scenarios/ or fixtures/", &faults);
}
