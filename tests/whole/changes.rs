//! Files of the office that somebody changed with an editor: what changed is on record, once.

use crate::{
    bench::Office,
    night::{Serve, light, office, until},
};
use serde_json::Value;
use std::{fs, time::Duration};

/// What the log says about files, in order: the event, the scenario or the host, whether on or how.
fn on_record(office: &Office) -> Vec<String> {
    let mut segments: Vec<_> = fs::read_dir(office.path("audit"))
        .unwrap()
        .flat_map(|year| fs::read_dir(year.unwrap().path().join("seg")).into_iter().flatten())
        .map(|file| file.unwrap().path())
        .collect();
    segments.sort();
    let text: String = segments.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let entries = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let said = |entry: Value| {
        let event = entry["ev"].as_str()?.to_owned();
        let data = &entry["data"];
        match event.as_str() {
            "scn.save" => Some(format!("{event} {}", entry["scn"]["id"].as_str()?)),
            "sched.set" => Some(format!("{event} {} {}", entry["scn"]["id"].as_str()?, data["on"])),
            "allow.set" => Some(format!("{event} {} {}", data["op"].as_str()?, data["value"].as_str()?)),
            _ => None,
        }
    };
    entries.filter_map(said).collect()
}

/// The daemon works until it has said that it found a change, and ends.
fn watched(office: &Office, change: impl FnOnce()) {
    let mut serve = Serve::start(office);
    let said = || fs::read_to_string(office.path("log.jsonl")).unwrap_or_default();
    let before = said().matches("scenarios were changed").count();
    change();
    until("the change is found", 30, || said().matches("scenarios were changed").count() > before);
    serve.signal("TERM");
    serve.ended(Duration::from_secs(30));
}

#[test]
fn what_an_editor_changed_is_on_record_once() {
    let office = office(&[("a", "schedule: [{ at: \"30 8 1 * *\" }]\n", 1), ("b", "", 1)]);
    let screen = "systems: { kifu: { url: \"http://127.0.0.1:9/\" } }\n";
    let look = "steps:\n  - { do: browser.expect, on: kifu, with: { text: 一覧 } }\n";
    watched(&office, || {
        let head = light("b", screen);
        let head = head.split("steps:").next().unwrap().to_owned();
        fs::write(office.path("scenarios/b.yaml"), head + look).unwrap();
    });
    let first =
        ["scn.save a", "scn.save b", "sched.set a true", "scn.save b", "allow.set add http://127.0.0.1:9"];
    assert_eq!(on_record(&office), first);
    watched(&office, || {
        fs::remove_file(office.path("scenarios/b.yaml")).unwrap();
        fs::write(office.path("scenarios/a.yaml"), light("a", "")).unwrap();
    });
    let then = ["scn.save a", "sched.set a false", "allow.set remove http://127.0.0.1:9"];
    assert_eq!(on_record(&office), [&first[..], &then].concat());
    assert_eq!(office.verdict()["verdict"], "CONSISTENT");
}
