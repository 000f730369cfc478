//! The nursery scenario as a section would switch it on, and the published shapes of tables that it ships with.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod folders;

use calamine::{Reader, Xlsx, open_workbook};
use folders::copy;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use shoki::{
    actions::ACTIONS,
    form::Forms,
    problem::render,
    rules::nursery::{Table, score},
    scenario::{OfficeFacts, load},
    step::Catalog,
};
use std::{fs, path::Path, process::Output};
use tempfile::TempDir;

const HOME: &str = "scenarios/nursery-placement";

/// The table of a shipped example.
fn table(name: &str) -> Table {
    let file = format!("{HOME}/指数表/{name}.yaml");
    let scenario = load(Path::new(&file), &Catalog(ACTIONS), &Forms::new(), &OfficeFacts::default());
    let scenario = scenario.unwrap_or_else(|problems| panic!("{}", render(&problems, false)));
    serde_json::from_value(scenario.steps[1].with["tables"][0].clone()).unwrap()
}

/// Points or rank by a shipped example.
fn by(name: &str, household: &Value, parents: &[Value]) -> String {
    let facts = |v: &Value| v.as_object().unwrap().clone();
    let parents: Vec<_> =
        parents.iter().zip(["父", "母"]).map(|(p, who)| (who.to_owned(), facts(p))).collect();
    let scored = score(&table(name), &facts(household), &parents);
    scored.rank.unwrap_or_else(|| scored.points.total.to_string())
}

#[test]
fn the_published_shapes_give_their_worked_examples() {
    let week = |days: u32, hours: &str| json!({"事由": "就労", "週日数": days, "週時間": hours});
    let month = |hours: u32| json!({"事由": "就労", "月時間": hours});
    let none = json!({});
    assert_eq!(by("国立型", &none, &[week(5, "40"), week(4, "28")]), "160");
    assert_eq!(by("国立型", &none, &[week(5, "40"), week(5, "34")]), "170");
    assert_eq!(by("明石型", &json!({"きょうだい在園": "○"}), &[month(160), month(120)]), "95");
    let promised = json!({"月時間": 120, "内定": "○"});
    assert_eq!(by("明石型", &none, &[month(160), promised]), "89.5");
    let all = json!({"ひとり親": "○", "生活保護": "○", "育休復帰": "○"});
    assert_eq!(by("津型", &all, &[month(160)]), "16", "10 for work, 4 + 1 + 1 adjusted");
    assert_eq!(by("名古屋型", &none, &[month(160), month(120)]), "C");
    assert_eq!(by("名古屋型", &json!({"育休延長も許容": "○"}), &[month(160), month(120)]), "I");
    assert_eq!(by("さいたま型", &json!({"育休中": "○", "祖父母別居": "○"}), &[month(160), month(170)]), "62");
    assert_eq!(by("八王子型", &none, &[week(5, "39.99")]), "9");
    assert_eq!(by("八王子型", &none, &[week(5, "40.0")]), "10");
}

fn shoki(office: &Path, words: &[&str]) -> Output {
    let run =
        assert_cmd::Command::cargo_bin("shoki").unwrap().arg("--office").arg(office).args(words).output();
    run.unwrap()
}

fn office() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let toml = "[office]\nname = \"みどり市\"\norigin = \"shoki.invalid/midori/test\"\n";
    fs::write(dir.path().join("shoki.toml"), toml).unwrap();
    fs::create_dir_all(dir.path().join("scenarios")).unwrap();
    copy(Path::new(HOME).join("見本").as_path(), dir.path());
    fs::copy(format!("{HOME}/scenario.yaml"), dir.path().join("scenarios/nursery-placement.yaml")).unwrap();
    dir
}

/// The only workbook in 出力 whose name begins so.
fn book(office: &Path, begins: &str) -> Option<Xlsx<std::io::BufReader<fs::File>>> {
    let files = fs::read_dir(office.join("出力")).into_iter().flatten().map(|e| e.unwrap().path());
    let found = files.into_iter().find(|p| p.file_name().unwrap().to_string_lossy().starts_with(begins))?;
    Some(open_workbook(found).unwrap())
}

fn json_of(out: &Output) -> Value {
    let text = String::from_utf8_lossy(&out.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&out.stderr)))
}

#[test]
fn a_proposal_waits_for_a_person_and_the_notices_come_after() {
    let office = office();
    let run = json_of(&shoki(office.path(), &["run", "nursery-placement", "--format", "json"]));
    assert_eq!(run["run"]["items"]["approval"], 1, "{run}");
    assert!(book(office.path(), "利用調整案").is_some());
    assert!(book(office.path(), "利用調整結果").is_none(), "nothing is final before a person says so");
    let checks = json_of(&shoki(office.path(), &["checks", "--format", "json"]));
    let id = checks["checks"][0]["id"].to_string().trim_matches('"').to_owned();
    let answered = shoki(office.path(), &["checks", "answer", &id, "--set", "承認=はい"]);
    assert!(
        answered.status.success(),
        "{}{}",
        String::from_utf8_lossy(&answered.stdout),
        String::from_utf8_lossy(&answered.stderr)
    );
    let id = run["run"]["id"].as_str().unwrap();
    shoki(office.path(), &["resume", id]);
    let mut results = book(office.path(), "利用調整結果").expect("the results");
    let range = results.worksheet_range("結果一覧").unwrap();
    let rows: Vec<Vec<String>> =
        range.rows().skip(3).map(|r| r.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(rows.len(), 40);
    let of = |word: &str| rows.iter().filter(|r| r[6] == word).count();
    assert!(of("内定") > 20 && of("保留") > 3, "{} placed, {} refused", of("内定"), of("保留"));
    assert!(rows.iter().filter(|r| r[6] == "保留").all(|r| !r[9].is_empty()), "each refusal has its reason");
    assert!(results.sheet_names().iter().any(|n| n.starts_with("施設_")));
    let mut notices = book(office.path(), "通知差し込み").expect("the notices");
    let count = |sheet: &str, notices: &mut Xlsx<_>| notices.worksheet_range(sheet).unwrap().height() - 1;
    assert_eq!(
        (count("内定通知", &mut notices), count("保留通知", &mut notices)),
        (40 - of("保留"), of("保留"))
    );
    let refused = notices.worksheet_range("保留通知").unwrap();
    let first: Vec<_> = refused.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        first[..3],
        ["郵便番号", "住所", "保護者氏名"],
        "Word takes the names of its fields from the first row"
    );
    for row in refused.rows().skip(1) {
        assert!(row[2].to_string().contains(' ') && row[7].to_string().starts_with("第1希望"), "{row:?}");
    }
    let mut proposal = book(office.path(), "利用調整案").expect("the proposal");
    let tried = proposal.worksheet_range("試算").unwrap();
    assert!(
        tried.height() > 3 && tried.rows().nth(3).unwrap()[0].to_string().contains("を1人増やすと"),
        "{tried:?}"
    );
}

/// LibreOffice calculates every formula anew; what it shows must be what we wrote.
#[test]
#[ignore = "needs LibreOffice (soffice)"]
fn libreoffice_recalculates_to_our_numbers() {
    let office = office();
    let run = json_of(&shoki(office.path(), &["run", "nursery-placement", "--format", "json"]));
    shoki(office.path(), &["checks", "answer", "1", "--set", "承認=はい"]);
    shoki(office.path(), &["resume", run["run"]["id"].as_str().unwrap()]);
    let files = fs::read_dir(office.path().join("出力")).unwrap().map(|f| f.unwrap().path());
    let file = files.into_iter().find(|f| f.to_string_lossy().contains("利用調整結果")).unwrap();
    let mut ours: Xlsx<_> = open_workbook(&file).unwrap();
    let mut theirs: Xlsx<_> = open_workbook(folders::recalculated(&file, office.path())).unwrap();
    let words = |book: &mut Xlsx<_>, name: &str| -> Vec<Vec<String>> {
        let range = book.worksheet_range(name).unwrap();
        range.rows().skip(2).map(|row| row.iter().map(ToString::to_string).collect()).collect()
    };
    for name in ["空き", "統計"] {
        assert_eq!(words(&mut theirs, name), words(&mut ours, name), "{name}");
    }
}

fn saved(name: &str, rows: &[Vec<Value>]) {
    let mut book = Workbook::new();
    let out = book.add_worksheet();
    for (row, values) in (0..).zip(rows) {
        for (column, value) in (0..).zip(values) {
            match value {
                Value::Number(n) => out.write(row, column, n.as_f64().unwrap()).unwrap(),
                other => out.write(row, column, other.as_str().unwrap_or_default()).unwrap(),
            };
        }
    }
    book.save(format!("{HOME}/見本/受付/{name}")).unwrap();
}

fn words(all: &[&str]) -> Vec<Value> {
    all.iter().map(|w| json!(w)).collect()
}

/// Writes the sample office anew: `cargo test --test nursery_scenario -- --ignored write_the_sample`.
#[test]
#[ignore = "writes the sample into the scenario's folder"]
fn write_the_sample() {
    let names = ["みどり保育園", "あおば保育園", "ひまわり保育園", "さくら保育園", "つくし保育園"];
    let surnames = ["山田", "髙橋", "渡邉", "森", "川口", "林", "石井", "小野", "原", "谷"];
    let given = ["葵", "蓮", "結衣", "湊", "陽菜", "樹", "凛", "蒼", "紬", "朝陽"];
    let hours = [170, 165, 150, 130, 100, 80, 160, 175];
    let mut rows = vec![words(&[
        "受付番号",
        "世帯",
        "児童氏名",
        "保護者氏名",
        "保護者郵便番号",
        "保護者住所",
        "年齢",
        "父.事由",
        "父.月時間",
        "母.事由",
        "母.月時間",
        "ひとり親",
        "生活保護",
        "育休復帰",
        "きょうだい在園",
        "祖父母同居",
        "待機月数",
        "所得割",
        "在園施設",
        "第1希望",
        "第2希望",
        "第3希望",
        "第4希望",
        "第5希望",
    ])];
    for n in 0..40_usize {
        let (family, age) = (n - usize::from(n % 8 == 1), (n * 7 + n / 8) % 4);
        let single = n % 11 == 5;
        let mother = if family % 9 == 4 { json!("求職活動") } else { json!("就労") };
        let father =
            if single { (json!(""), json!("")) } else { (json!("就労"), json!(hours[family % 8])) };
        let yes = |sure: bool| json!(if sure { "○" } else { "" });
        let wish =
            |k: usize| if k <= 2 + family % 3 { json!(names[(family * 3 + k) % 5]) } else { json!("") };
        rows.push(vec![
            json!(format!("2026-{:04}", n + 1)),
            json!(format!("S{family:03}")),
            json!(format!("{} {}", surnames[family % 10], given[(n * 3) % 10])),
            json!(format!("{} {}", surnames[family % 10], ["健一", "美咲", "翔太", "直美"][family % 4])),
            json!(format!("{:07}", 2_900_001 + family * 11)),
            json!(format!("若葉市緑町{}丁目{}番{}号", 1 + family % 4, 1 + family * 7 % 20, 1 + family % 9)),
            json!(age),
            father.0,
            father.1,
            mother,
            json!(hours[(family * 3 + 1) % 8]),
            yes(single),
            yes(false),
            yes(family % 5 == 2),
            yes(family % 7 == 3),
            yes(family % 6 == 1),
            json!(family % 4),
            json!(30_000 + family * 7_919 % 180_000),
            if n == 20 { json!(names[0]) } else { json!("") },
            wish(0),
            wish(1),
            wish(2),
            wish(3),
            wish(4),
        ]);
    }
    saved("利用申込.xlsx", &rows);
    seats_and_families(&names);
}

fn seats_and_families(names: &[&str]) {
    let mut seats = vec![words(&["施設", "年齢", "空き"])];
    for (n, name) in names.iter().enumerate() {
        seats.extend(
            (0..4).map(|age| vec![json!(name), json!(format!("{age}")), json!([2, 2, 1, 2][(n + age) % 4])]),
        );
    }
    saved("募集枠.xlsx", &seats);
    let more = [
        words(&["施設", "年齢", "増"]),
        vec![json!(names[0]), json!("1"), json!(1)],
        vec![json!(names[2]), json!("3"), json!(1)],
    ];
    saved("試算.xlsx", &more);
    let choice = |n: usize| [["A", "", ""], ["B", "", "○"], ["C", "上の子", ""]][n % 3];
    let families = (0..5).map(|n| [vec![json!(format!("S{:03}", n * 8))], words(&choice(n))].concat());
    saved(
        "きょうだい.xlsx",
        &[vec![words(&["世帯", "きょうだい", "先に入る子", "同じ施設を優先"])], families.collect()].concat(),
    );
}
