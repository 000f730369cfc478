//! `shoki demo`: the resident-move scenario, whole, against the make-believe city, in a folder of its own.
//!
//! It answers no check by itself. Called again with the same folder it takes the run up where it stands.

use super::{
    Ended, GOOD, PEOPLE, Stopped, TECHNICAL, WRONG, init, print,
    run::{self, actor},
    watch,
};
use crate::{
    app::Office,
    audit::{Options, verify_dir},
    control::acts,
    report::Summary,
    run::{ItemState, RunState},
    store::Run,
};
use clap::Args;
use secrecy::SecretString;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Instant,
};

/// The scenario it shows.
const SCENARIO: &str = "resident-move-notices";
/// The robot's account in the make-believe city.
const ACCOUNT: (&str, &str, &str) = ("juki_robot", "juki_robot", "robot-2026");
/// The city's own day, on which its notices are dated.
const CITY_DAY: &str = "2026-11-20";

/// The resident-move scenario against the make-believe city.
#[derive(Debug, Args)]
pub struct Demo {
    /// 実演のフォルダー。残っていればその続きから（既定: 一時フォルダー）
    #[arg(long, value_name = "フォルダー")]
    keep: Option<PathBuf>,
    /// 架空の市に起こす障害（`名前=値`、くり返し可。名前は架空の市の説明書にあります）
    #[arg(long = "fault", value_name = "名前=値")]
    faults: Vec<String>,
    /// 読み取る紙のフォルダー（既定: 付属の見本）
    #[arg(long, value_name = "フォルダー")]
    scans: Option<PathBuf>,
}

/// The make-believe city, which ends when we end: its stdin closes.
struct City {
    child: Child,
    url: String,
}

impl Drop for City {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

impl Demo {
    pub async fn run(&self) -> Ended {
        let began = Instant::now();
        let share = share()?;
        let dir = self.folder()?;
        let again = dir.join(crate::config::FILE).exists();
        if !again {
            self.furnish(&share, &dir)
                .map_err(|e| Stopped::technical(format!("{} に用意できません: {e}", dir.display())))?;
        }
        let city = self.city(&share, &dir)?;
        let config = init::config("つくば市（架空）", &[("juki_url", &city.url)]);
        fs::write(dir.join(crate::config::FILE), config).map_err(Stopped::technical)?;
        let office = Office::open(Some(&dir))?;
        let accounts = office.accounts().map_err(Stopped::technical)?;
        accounts.set(ACCOUNT.0, ACCOUNT.1, &SecretString::from(ACCOUNT.2)).map_err(Stopped::technical)?;
        print::out(&format!(
            "架空の市の住民記録システム: {}\n実演のフォルダー: {}\n",
            city.url,
            dir.display()
        ));
        let (id, state, summary) = pass(&office).await?;
        print::out(&in_words(&summary, &office, began.elapsed().as_secs_f64()));
        Ok(verdict(&office, &summary, &id, state))
    }

    fn folder(&self) -> Result<PathBuf, Stopped> {
        let dir = match &self.keep {
            Some(dir) => dir.clone(),
            None => {
                tempfile::Builder::new().prefix("shoki-demo-").tempdir().map_err(Stopped::technical)?.keep()
            }
        };
        fs::create_dir_all(&dir)
            .map_err(|e| Stopped::technical(format!("{} を作れません: {e}", dir.display())))?;
        dir.canonicalize().map_err(Stopped::technical)
    }

    /// Scenario, forms and paper, copied from what is shipped.
    fn furnish(&self, share: &Path, dir: &Path) -> std::io::Result<()> {
        for folder in init::FOLDERS {
            fs::create_dir_all(dir.join(folder))?;
        }
        let shipped = share.join("scenarios").join(SCENARIO);
        fs::copy(shipped.join("scenario.yaml"), dir.join("scenarios").join(format!("{SCENARIO}.yaml")))?;
        copy_all(&shipped.join("forms"), &dir.join("forms"))?;
        let scans = self.scans.clone().unwrap_or_else(|| share.join("fixtures/paper/scans"));
        copy_all(&scans, &dir.join("受付/住民異動届"))
    }

    fn city(&self, share: &Path, dir: &Path) -> Result<City, Stopped> {
        let beside = std::env::current_exe().ok().and_then(|p| p.parent().map(|d| d.join("legacy_city")));
        let program = beside.filter(|p| p.is_file()).ok_or_else(|| {
            Stopped::technical("架空の市のプログラム legacy_city が shoki の隣にありません。`sh installer/demo.sh` で用意できます。")
        })?;
        fs::create_dir_all(dir.join("state")).map_err(Stopped::technical)?;
        let mut command = Command::new(program);
        command.args([
            "--port",
            "0",
            "--seed",
            "1",
            "--today",
            CITY_DAY,
            "--exit-with-stdin",
            "--fault",
            "slow=10:700",
        ]);
        command.arg("--residents").arg(share.join("fixtures/legacy_city/data/residents.json"));
        command.arg("--ledger-file").arg(dir.join("state/city-ledger.jsonl"));
        for fault in &self.faults {
            command.args(["--fault", fault]);
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(Stopped::technical)?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(Stopped::technical)?;
        }
        let url =
            line.trim().rsplit(' ').next().filter(|u| u.starts_with("http://")).map(|u| format!("{u}/"));
        let mut city = City { child, url: String::new() };
        city.url = url.ok_or_else(|| Stopped::technical("架空の市を起動できませんでした。"))?;
        Ok(city)
    }
}

/// One pass of the run: a new one, or the one that is there.
async fn pass(office: &Office) -> Result<(String, RunState, Summary), Stopped> {
    let scenario = Arc::new(run::load(office, SCENARIO)?);
    office.store().await?;
    let _lock = office.lock()?;
    let show = watch::Show::new(true);
    let engine = office.engine(show.watch(), watch::stop_on_signal()).await?;
    let run: Run = match engine.store.runs(1).await?.pop() {
        Some(run) => run,
        None => {
            acts::start(
                &engine.store,
                &engine.log,
                &scenario,
                actor(),
                CITY_DAY.into(),
                serde_json::json!({}),
            )
            .await?
        }
    };
    let id = run.id.clone();
    let state = Arc::clone(&engine).execute(run, scenario).await;
    show.end();
    let state = state?;
    let run = engine.store.run(&id).await?.ok_or_else(|| run::no_run(&id))?;
    let summary = Summary::of(&engine.store, run).await?;
    Ok((id, state, summary))
}

/// The folder with `scenarios/` and `fixtures/`: set, or above the program, or the current one.
fn share() -> Result<PathBuf, Stopped> {
    let set = std::env::var_os("SHOKI_SHARE").map(PathBuf::from);
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|p| p.ancestors().skip(1)).map(Path::to_owned);
    let here = std::env::current_dir().ok();
    let is_share =
        |d: &PathBuf| d.join("scenarios").join(SCENARIO).is_dir() && d.join("fixtures/legacy_city").is_dir();
    set.into_iter().chain(above).chain(here).find(is_share).ok_or_else(|| {
        Stopped(
            "付属の scenarios/ と fixtures/ が見つかりません。shoki を展開したフォルダーで実行するか、SHOKI_SHARE で場所を指定してください。".into(),
            WRONG,
        )
    })
}

fn copy_all(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        if file.file_type()?.is_file() {
            fs::copy(file.path(), to.join(file.file_name()))?;
        }
    }
    Ok(())
}

/// What a section chief wants to know.
fn in_words(summary: &Summary, office: &Office, seconds: f64) -> String {
    let count = |state| summary.count(state);
    let people = count(ItemState::Check) + count(ItemState::Approval) + count(ItemState::InDoubt);
    let share = (summary.passed * 100).checked_div(summary.fields).unwrap_or(0);
    let mut lines = vec![
        String::new(),
        "━━ 住民異動届 受理通知の発送簿（実演の結果）━━".to_owned(),
        format!("受付        {:>4} 件", summary.items.len()),
        format!(
            "読み取り    {:>4} 枚・記入のある項目 {}、うち職員を待たずに通したもの {}（{share} %）",
            summary.pages, summary.fields, summary.passed
        ),
        format!("登録済み    {:>4} 件（受付番号あり {} 件）", count(ItemState::Done), summary.receipts),
        format!("職員の確認  {people:>4} 件（{} 項目）", summary.doubtful),
        format!("保留        {:>4} 件", count(ItemState::Held)),
        format!("中止        {:>4} 件", count(ItemState::Stopped)),
        format!("失敗        {:>4} 件", count(ItemState::Failed)),
        format!("二重のため省略{:>2} 件", count(ItemState::Skipped)),
    ];
    lines.push("済んでいない件とその理由:".into());
    for group in &summary.groups {
        let items: Vec<String> = group.items.iter().map(u32::to_string).collect();
        lines.push(format!(
            "  {}{}  {}",
            print::fill(group.state.label(), 20),
            items.join("、"),
            group.reason
        ));
    }
    for file in &summary.run.outputs {
        lines.push(format!("台帳        {}", office.root.join(file).display()));
    }
    lines.push(format!("かかった時間 {seconds:.1} 秒"));
    lines.join("\n")
}

/// The verdict of the log, what to do next, and the exit code.
fn verdict(office: &Office, summary: &Summary, id: &str, state: RunState) -> u8 {
    let fy = crate::audit::layout::fiscal_year(jiff::Timestamp::now());
    let dir = office.root.join("audit").join(fy.to_string());
    let sound = match verify_dir(&dir, &Options::default()) {
        Ok(report) => {
            print::out(&format!("監査記録    {}（{} 件）", report.verdict.label(), report.entries));
            report.verdict.is_good()
        }
        Err(e) => {
            print::error(&format!("監査記録を確かめられません: {e}"));
            false
        }
    };
    let place = office.root.display();
    if state == RunState::WaitingForPeople {
        print::out(&format!(
            "\n次にすること（職員の確認）:\n  1. shoki checks --office {place}\n  2. shoki checks answer 番号 --as-read --set 項目=値 --office {place}\n  3. shoki demo --keep {place}      （実行 {id} の続き。済んだ処理は繰り返しません）"
        ));
    }
    print::out(&format!("監査記録の検証: shoki audit verify {place}"));
    match state {
        _ if !sound => TECHNICAL,
        RunState::Failed => TECHNICAL,
        _ if summary.count(ItemState::Failed) > 0 => TECHNICAL,
        RunState::WaitingForPeople => PEOPLE,
        _ => GOOD,
    }
}
