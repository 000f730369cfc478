//! A day of somebody who writes scenarios, at the command line: begin, check, plan, try, hand over, have it approved.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;
use shoki::{
    actions::ACTIONS,
    problem::CODES,
    scenario::{flow, load_text, reference},
    step::Catalog,
    text::cp932,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// An office with three people in a CSV file.
struct Desk(TempDir);

const SCENARIO: &str = r#"shoki: 1
id: meibo
title: 名簿の台帳
owner: 市民課
retention: 1y
items:
  do: csv.read
  with: { file: 受付/名簿.csv, encoding: cp932, columns: [番号, 氏名] }
  key: ${{ item.番号 }}
steps:
  - id: 宛名
    do: value.set
    with: { 氏名: "${{ item.氏名 }} 様" }
  - if: ${{ item.番号 == '002' }}
    do: person.approve
    with: { title: 送ってよいですか, details: { 氏名: "${{ item.氏名 }}" } }
  - id: 印
    do: value.set
    with: { 字数: "${{ 宛名.氏名 | length }}" }
after:
  - do: excel.write
    with:
      file: 出力/名簿_${{ run.date }}.xlsx
      title: 名簿
      columns: [{ title: 番号, from: item.番号 }, { title: 氏名, from: 宛名.氏名 }, { title: 字数, type: integer, from: 印.字数 }]
      rows: ${{ items.done }}
"#;

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let desk = Self(dir);
        assert_eq!(desk.shoki(&["init", desk.path().to_str().unwrap()]).status.code(), Some(0));
        let csv = cp932::encode("番号,氏名\r\n001,山田\r\n002,鈴木\r\n003,高橋\r\n").unwrap();
        fs::write(desk.path().join("受付/名簿.csv"), csv).unwrap();
        desk.write("scenarios/meibo.yaml", SCENARIO);
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }

    /// The folder of the log and all its entries.
    fn year(&self) -> (PathBuf, String) {
        let mut years = fs::read_dir(self.path().join("audit")).unwrap().map(|e| e.unwrap().path());
        let year = years.find(|p| p.is_dir()).unwrap();
        let segments = fs::read_dir(year.join("seg")).unwrap();
        let log = segments.map(|f| fs::read_to_string(f.unwrap().path()).unwrap()).collect();
        (year, log)
    }

    fn shoki(&self, args: &[&str]) -> Output {
        self.as_user("yamada", args)
    }

    fn as_user(&self, user: &str, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shoki"));
        command.args(args).current_dir(self.path()).env_remove("SUDO_USER").env("USER", user);
        command.output().unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.shoki(&[args, &["--format", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{args:?}: {output:?}"))
    }

    /// Every file of the office but its state, with its bytes.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        for folder in ["scenarios", "受付", "出力", "audit"] {
            for entry in fs::read_dir(self.path().join(folder)).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    all.push((path.display().to_string(), fs::read(&path).unwrap()));
                }
            }
        }
        all.sort();
        all
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_plan_shows_what_would_be_done_and_does_nothing() {
    let desk = Desk::new();
    let before = desk.files();
    let plan = &desk.json(&["plan", "meibo"])["plan"];
    assert_eq!(desk.files(), before);
    assert_eq!(plan["people"], 1);
    assert_eq!(plan["items"].as_array().unwrap().len(), 3);
    assert_eq!(plan["items"][1]["notes"][0]["kind"], "asked");
    let cells = plan["files"][0]["changes"].as_array().unwrap();
    assert!(cells.iter().any(|c| c["after"] == "山田 様" && c["before"] == ""), "{cells:?}");
    // A real run is not changed by the plan before it, and a plan after it knows what was done.
    assert_eq!(desk.shoki(&["run", "meibo"]).status.code(), Some(2));
    let plan = &desk.json(&["plan", "meibo"])["plan"];
    assert!(plan["items"].as_array().unwrap().iter().all(|i| i["state"] == "skipped"), "{plan}");
    let left: Vec<_> =
        fs::read_dir(desk.path().join("state")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|f| !f.to_string_lossy().starts_with("plan-")), "{left:?}");
}

#[test]
fn one_item_up_to_a_step_is_tried_and_taken_up_again() {
    let desk = Desk::new();
    let run = desk.json(&["run", "meibo", "--item", "3", "--until", "宛名"]);
    assert_eq!(run["run"]["items"]["held"], 1, "{run}");
    assert!(fs::read_dir(desk.path().join("出力")).unwrap().next().is_none());
    let run = desk.json(&["resume"]);
    assert_eq!(run["run"]["items"]["done"], 1, "{run}");
    let wrong = desk.shoki(&["run", "meibo", "--until", "無い"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said(&wrong).contains("手順: 宛名"), "{}", said(&wrong));
    // Without a terminal nobody says yes.
    let asked = desk.json(&["run", "meibo", "--item", "1", "--step"]);
    assert_eq!(asked["run"]["items"]["held"], 1, "{asked}");
}

#[test]
fn all_mistakes_of_an_office_are_shown_at_once() {
    let desk = Desk::new();
    assert_eq!(desk.shoki(&["lint"]).status.code(), Some(0));
    desk.write("scenarios/b.yaml", &SCENARIO.replace("owner: 市民課\n", ""));
    desk.write("forms/f.yaml", "shoki_form: 1\nid: f\ntitle: f\n");
    fs::write(desk.path().join("scenarios/c.yaml"), cp932::encode(SCENARIO).unwrap()).unwrap();
    let found = desk.json(&["lint"]);
    let codes: Vec<&str> =
        found["problems"].as_array().unwrap().iter().map(|p| p["code"].as_str().unwrap()).collect();
    for code in ["SHK0106", "SHK0111", "SHK0123"] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    let converted = desk.shoki(&["lint", "--to-utf8", "scenarios/c.yaml"]);
    assert_eq!(converted.status.code(), Some(0), "{}", said(&converted));
    assert_eq!(fs::read_to_string(desk.path().join("scenarios/c.yaml")).unwrap(), SCENARIO);
    assert!(desk.path().join("scenarios/c.yaml.bak").is_file());
}

#[test]
fn what_is_wrong_outside_of_scenarios_hides_nothing() {
    let desk = Desk::new();
    // Settings that are not right, in the encoding of an old editor; two forms and two scenarios of one name; links in a circle;
    // a pipe, which nobody fills.
    fs::write(desk.path().join("shoki.toml"), cp932::encode("[office]\nname = \"港北市\"\n").unwrap())
        .unwrap();
    desk.write("scenarios/b.yaml", &SCENARIO.replace("id: meibo", "id: \"meibo\"  # 写し"));
    for form in ["forms/f.yaml", "forms/g.yaml"] {
        desk.write(form, "shoki_form: 1\nid: f\ntitle: f\n");
    }
    std::os::unix::fs::symlink(desk.path().join("scenarios"), desk.path().join("scenarios/again")).unwrap();
    let pipe = Command::new("mkfifo").arg(desk.path().join("scenarios/pipe.yaml")).status().unwrap();
    assert!(pipe.success());
    let found = desk.json(&["lint"]);
    let found: Vec<(String, String)> = found["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["code"].to_string(), format!("{} {}", p["file"], p["message"])))
        .collect();
    for (code, part) in [
        ("\"SHK0123\"", "Shift_JIS"),
        ("\"SHK0111\"", "「meibo」というシナリオが2つ"),
        ("\"SHK0302\"", "「f」という帳票が2つ"),
        ("\"SHK0123\"", "普通のファイルではありません"),
    ] {
        let times = found.iter().filter(|(c, text)| c == code && text.contains(part)).count();
        assert_eq!(times, 1, "{part}: {found:?}");
    }
    // What was converted once is not written over.
    desk.write("scenarios/b.yaml", "");
    fs::write(desk.path().join("scenarios/b.yaml"), cp932::encode(SCENARIO).unwrap()).unwrap();
    desk.write("scenarios/b.yaml.bak", "the first");
    let refused = said(&desk.shoki(&["lint", "--to-utf8", "scenarios/b.yaml"]));
    assert!(refused.contains("がすでにあるため"), "{refused}");
    assert_eq!(fs::read_to_string(desk.path().join("scenarios/b.yaml.bak")).unwrap(), "the first");
}

#[test]
fn a_scenario_with_a_japanese_name_goes_all_the_way() {
    let desk = Desk::new();
    desk.write("scenarios/meibo.yaml", &SCENARIO.replace("id: meibo", "id: '名簿ー１'  # 名前"));
    desk.write("shoki.toml", "[office]\napproval = \"required\"\n");
    assert_eq!(desk.shoki(&["submit", "名簿ー１"]).status.code(), Some(0));
    assert_eq!(desk.as_user("sato", &["approve", "名簿ー１"]).status.code(), Some(0));
    assert_eq!(desk.shoki(&["deploy", "名簿ー１"]).status.code(), Some(0));
    let run = desk.shoki(&["run", "名簿ー１"]);
    assert_eq!(run.status.code(), Some(2), "{}", said(&run));
    desk.write("scenarios/meibo.yaml", &SCENARIO.replace("id: meibo", "id: 名簿123456789018"));
    let lint = said(&desk.shoki(&["lint"]));
    assert!(lint.contains("名前に12桁の数字が続いています"), "{lint}");
}

#[test]
fn a_new_scenario_is_right_from_the_start() {
    let desk = Desk::new();
    let made = desk.shoki(&["new", "発送簿"]);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    let text = fs::read_to_string(desk.path().join("scenarios/発送簿.yaml")).unwrap();
    assert!(text.starts_with("# yaml-language-server: $schema=../state/schema/scenario.json\n"));
    assert!(desk.path().join("state/schema/scenario.json").is_file());
    let lint = desk.shoki(&["lint", "scenarios/発送簿.yaml"]);
    assert_eq!(lint.status.code(), Some(0), "{}", said(&lint));
    assert_eq!(desk.shoki(&["new", "発送簿"]).status.code(), Some(1));
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoki"));
    command.args(["new", "通知", "--from", "resident-move-notices"]).current_dir(desk.path());
    let made = command.env("SHOKI_SHARE", env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    desk.write("shoki.toml", "[settings]\njuki_url = \"http://127.0.0.1:8080/\"\n");
    let lint = desk.shoki(&["lint", "scenarios/通知.yaml"]);
    assert_eq!(lint.status.code(), Some(0), "{}", said(&lint));
}

#[test]
fn a_handover_says_what_a_successor_must_know() {
    let desk = Desk::new();
    let output = desk.shoki(&["handover", "meibo", "--no-pictures", "-o", "引継ぎ書.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let page = fs::read_to_string(desk.path().join("引継ぎ書.html")).unwrap();
    for part in
        ["名簿の台帳", "市民課", "受付/名簿.csv", "送ってよいですか", "連絡先", "変更の履歴", "<svg", "@page"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script") && !page.contains("src=\"http"));
}

#[test]
fn a_handover_says_how_the_screens_behave() {
    let desk = Desk::new();
    desk.write("shoki.toml", "[settings]\nsystem_url = \"http://127.0.0.1:1/\"\n");
    desk.write("scenarios/screens.yaml", include_str!("../fixtures/scenarios/screens.yaml"));
    let output = desk.shoki(&["handover", "screens", "--no-pictures", "-o", "h.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let page = fs::read_to_string(desk.path().join("h.html")).unwrap();
    for part in [
        "mukashi_door",
        "利用者ID → パスワード → ログイン → 業務メニュー",
        "実行の終わりのサインアウト</th><td>ログアウト",
        "「お知らせ」",
        "「有効期限が切れました」",
        "「ほかの職員が使用中です」",
        "「氏名」「住所」",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn nobody_approves_their_own_and_a_changed_scenario_does_not_run() {
    let desk = Desk::new();
    desk.write("shoki.toml", "[office]\napproval = \"required\"\n");
    let refused = desk.shoki(&["run", "meibo"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("まだ承認・配備されていません"), "{}", said(&refused));
    assert_eq!(desk.shoki(&["submit", "meibo", "--reason", "様式の変更"]).status.code(), Some(0));
    assert!(said(&desk.shoki(&["approve", "meibo"])).contains("自分（yamada）が提出した"));
    assert_eq!(desk.shoki(&["deploy", "meibo"]).status.code(), Some(1));
    assert_eq!(desk.as_user("sato", &["approve", "meibo"]).status.code(), Some(0));
    assert_eq!(desk.shoki(&["deploy", "meibo"]).status.code(), Some(0));
    assert_eq!(desk.shoki(&["run", "meibo"]).status.code(), Some(2));
    desk.write("scenarios/meibo.yaml", &SCENARIO.replace("様\"", "殿\""));
    assert_eq!(desk.shoki(&["resume", "--changed"]).status.code(), Some(1));
    let page = desk.shoki(&["handover", "meibo", "--no-pictures", "-o", "h.html"]);
    assert_eq!(page.status.code(), Some(0));
    let page = fs::read_to_string(desk.path().join("h.html")).unwrap();
    assert!(page.contains("様式の変更") && page.contains("sato") && page.contains("今とは違う内容"));
    let (year, log) = desk.year();
    let verified = desk.shoki(&["audit", "verify", year.to_str().unwrap()]);
    // 20: all is as it was signed, and no checkpoint was taken out of the machine.
    assert_eq!(verified.status.code(), Some(20), "{}", said(&verified));
    for event in ["scn.submit", "scn.approve", "scn.deploy", "authz.deny"] {
        assert!(log.contains(event), "{event}");
    }
}

#[test]
fn what_is_sent_back_or_retired_does_not_run_until_the_way_is_gone_again() {
    let desk = Desk::new();
    let sato = |args: &[&str]| desk.as_user("sato", args).status.code();
    let good = |args: &[&str]| assert_eq!(desk.shoki(args).status.code(), Some(0), "{args:?}");
    // An office that asks for no approval can still take a scenario from work.
    assert!(said(&desk.shoki(&["retire", "meibo"])).contains("理由を書いてください"));
    good(&["retire", "meibo", "--reason", "制度が終わった"]);
    let refused = desk.shoki(&["run", "meibo"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("廃止されています"), "{}", said(&refused));
    good(&["deploy", "meibo"]);
    assert_eq!(desk.shoki(&["run", "meibo"]).status.code(), Some(2));

    desk.write("shoki.toml", "[office]\napproval = \"required\"\n");
    desk.write("scenarios/meibo.yaml", &SCENARIO.replace("様\"", "殿\""));
    good(&["submit", "meibo"]);
    assert!(said(&desk.shoki(&["reject", "meibo", "--reason", "様式が古い"])).contains("自分（yamada）"));
    assert!(said(&desk.as_user("sato", &["reject", "meibo"])).contains("理由"));
    assert_eq!(sato(&["reject", "meibo", "--reason", "様式が古い"]), Some(0));
    assert_eq!(sato(&["approve", "meibo"]), Some(1), "it was sent back");
    good(&["submit", "meibo", "--reason", "様式は今年度のもの"]);
    assert_eq!(sato(&["approve", "meibo"]), Some(0));
    good(&["deploy", "meibo"]);
    assert!(said(&desk.as_user("sato", &["reject", "meibo", "--reason", "x"])).contains("配備済み"));
    good(&["retire", "meibo", "--reason", "年度の終わり"]);
    assert_eq!(
        desk.shoki(&["deploy", "meibo"]).status.code(),
        Some(1),
        "what was approved before counts no more"
    );
    assert_eq!(desk.shoki(&["run", "meibo"]).status.code(), Some(1));
    let (_, log) = desk.year();
    for word in ["scn.reject", "scn.retire", "様式が古い", "年度の終わり"] {
        assert!(log.contains(word), "{word}");
    }
}

#[test]
fn the_reference_in_the_repository_is_true_and_complete() {
    let written = reference(&Catalog(ACTIONS));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/REFERENCE.md");
    if std::env::var_os("SHOKI_ACCEPT").is_some() {
        fs::write(&file, &written).unwrap();
    }
    assert_eq!(fs::read_to_string(file).unwrap(), written, "SHOKI_ACCEPT=1 cargo test --test writing");
    for action in ACTIONS {
        assert!(written.contains(&format!("### {}\n", action.name)), "{}", action.name);
    }
    for code in CODES {
        assert!(written.contains(code.code), "{}", code.code);
    }
    for function in shoki::expr::functions() {
        assert!(written.contains(&format!("| `{}` |", function.name)), "{}", function.name);
    }
}

#[test]
fn the_schema_of_the_settings_has_the_keys_that_are_read() {
    let desk = Desk::new();
    let schema = shoki::config::config_schema();
    let parts = schema["properties"].as_object().unwrap();
    for (part, facts) in parts {
        let Some(keys) = facts["properties"].as_object() else { continue };
        for key in keys.keys() {
            // A key that is not known is refused by its name; one of the wrong kind by its kind.
            desk.write("shoki.toml", &format!("[{part}]\n{key} = [[]]\n"));
            let told = said(&desk.shoki(&["lint"]));
            assert!(!told.contains("という項目はありません"), "{part}.{key}: {told}");
        }
        desk.write("shoki.toml", &format!("[{part}]\nno_such_key = 1\n"));
        let told = said(&desk.shoki(&["lint"]));
        assert!(told.contains("「no_such_key」という項目はありません"), "{told}");
        for key in keys.keys() {
            assert!(told.contains(key.as_str()), "{part}.{key} is not among the keys that are read: {told}");
        }
    }
}

#[test]
fn the_picture_of_a_scenario_is_one_svg() {
    let office = shoki::scenario::OfficeFacts::default();
    let forms = shoki::form::Forms::new();
    let scenario = load_text(Path::new("t.yaml"), SCENARIO, &Catalog(ACTIONS), &forms, &office);
    let svg = flow(&scenario.unwrap_or_else(|p| panic!("{}", shoki::problem::render(&p, false))));
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    assert!(
        svg.contains("class=\"person\"") && svg.contains("もし item.番号 == &apos;002&apos;")
            || svg.contains("もし item.番号 ==")
    );
}
