//! `shoki run SCENARIO`, `shoki run show ID`.

use super::{Ended, Format, GOOD, PEOPLE, Stopped, TECHNICAL, WRONG, print, show, watch};
use crate::{
    app::{Office, OfficeError, trial::Trial},
    clock::{Clock, SystemClock},
    control::acts,
    run::{ItemState, RunState},
    scenario::Scenario,
    store::{Run, Store},
};
use clap::Args;
use serde_json::{Map, Value, json};
use std::{path::Path, sync::Arc, time::Duration};

/// Runs a scenario, or shows a run.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// シナリオの名前かファイル。`show` のときは続けて実行の ID
    scenario: String,
    /// `run show` のときの実行 ID
    id: Option<String>,
    /// 一覧のこの件だけを行います（1 から）
    #[arg(long, value_name = "番号")]
    item: Option<usize>,
    /// この手順まで行って止めます
    #[arg(long, value_name = "手順")]
    until: Option<String>,
    /// 一つの手順ごとに、進むかどうかを尋ねます
    #[arg(long)]
    step: bool,
    /// ブラウザーの画面を見せます
    #[arg(long)]
    show_browser: bool,
    /// 設定値を今回だけ変える（名前=値）
    #[arg(long = "set", value_name = "名前=値")]
    set: Vec<String>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl RunArgs {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let mut office = Office::open(office)?;
        office.config.browser.headless &= !self.show_browser;
        if self.step {
            office.config.engine.workers = 1;
        }
        match (self.scenario.as_str(), &self.id) {
            ("show", Some(id)) => {
                let store = office.store().await?;
                let run = store.run(id).await?.ok_or_else(|| no_run(id))?;
                show::print(&store, run, self.format).await
            }
            ("show", None) => Err(Stopped::wrong(
                "実行の ID を付けてください: `shoki run show ID`（ID は `shoki runs` で見られます）。",
            )),
            (_, Some(extra)) => Err(Stopped::wrong(format!("余分な引数「{extra}」があります。"))),
            (name, None) => self.start(&office, name).await,
        }
    }

    async fn start(&self, office: &Office, name: &str) -> Ended {
        let scenario = load(office, name)?;
        let settings = given(&self.set, &scenario)?;
        let trial = Trial { item: self.item, until: self.until.clone(), step: self.step };
        let tries = self.item.is_some() || self.until.is_some() || self.step || self.show_browser;
        let scenario = trial.of(&scenario).map_err(Stopped::wrong)?;
        let store = office.store().await?;
        let lock = match office.lock() {
            Err(OfficeError::Serving) if tries => {
                return Err(Stopped::wrong(
                    "`shoki serve` が動いている間は、試しの実行（--item など）はできません。serve を止めてから試してください。",
                ));
            }
            Err(OfficeError::Serving) => None,
            lock => Some(lock?),
        };
        let log = office.log(&store).await?;
        let date = SystemClock.today().to_string();
        let run = acts::start(&store, &log, &scenario, actor(), date, settings).await?;
        drop((store, log, lock));
        go(office, run, scenario, self.format).await
    }
}

/// Does a run that is on record: here, or, where the daemon works, there; then shows it.
pub async fn go(office: &Office, run: Run, scenario: Scenario, format: Format) -> Ended {
    let id = run.id.clone();
    let _lock = match office.lock() {
        Err(OfficeError::Serving) => return follow(office, &id, format).await,
        lock => lock?,
    };
    let show = watch::Show::new(false);
    let engine = office.engine(show.watch(), watch::stop_on_signal()).await?;
    let state = Arc::clone(&engine).execute(run, Arc::new(scenario)).await;
    show.end();
    engine.tenure.end().await.ok();
    ended(&engine.store, &id, state?, format).await
}

/// Waits until the daemon has brought a run to rest.
pub async fn follow(office: &Office, id: &str, format: Format) -> Ended {
    let store = office.store().await?;
    print::note(&format!(
        "実行 {id} は、動いている `shoki serve` が進めます（Ctrl-C で表示だけをやめられます）。"
    ));
    loop {
        let run = store.run(id).await?.ok_or_else(|| no_run(id))?;
        let under_way = matches!(run.state, RunState::Queued | RunState::Running);
        if !under_way || run.wake_at.is_some() {
            return ended(&store, id, run.state, format).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Who sits at the keyboard, by the name the operating system knows.
pub fn person() -> String {
    let name = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER"));
    let name = name.or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
    if plain.is_empty() { format!("uid-{}", rustix::process::getuid().as_raw()) } else { plain }
}

pub fn actor() -> Value {
    json!({ "kind": "user", "id": person() })
}

pub fn no_run(id: &str) -> Stopped {
    Stopped::wrong(format!("実行「{id}」はありません。`shoki runs` で一覧を見てください。"))
}

/// Reads and checks a scenario; its Problems are the message.
pub fn load(office: &Office, name: &str) -> Result<Scenario, Stopped> {
    let file = office.scenario_file(name);
    if !file.is_file() {
        let message = format!(
            "シナリオ「{name}」がありません。scenarios/ の中の名前か、ファイルの場所を指定してください。"
        );
        return Err(Stopped::wrong(message));
    }
    office.scenario(&file).map_err(|problems| {
        print::out(&print::problems(&problems));
        Stopped(format!("シナリオに誤りが {} 件あるため、実行していません。", problems.len()), WRONG)
    })
}

fn given(set: &[String], scenario: &Scenario) -> Result<Value, Stopped> {
    let mut settings = Map::new();
    for text in set {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Stopped::wrong(format!("`--set {text}` は「名前=値」の形で書いてください。")));
        };
        if !scenario.settings.iter().any(|s| s == name) {
            let known = scenario.settings.join("、");
            return Err(Stopped::wrong(format!(
                "このシナリオに設定値「{name}」はありません。あるもの: {known}"
            )));
        }
        settings.insert(name.to_owned(), json!(value));
    }
    Ok(Value::Object(settings))
}

/// Prints how a run came to rest and says the exit code.
pub async fn ended(store: &Store, id: &str, state: RunState, format: Format) -> Ended {
    let run = store.run(id).await?.ok_or_else(|| no_run(id))?;
    show::print(store, run, format).await?;
    let items = store.items(id).await?;
    Ok(match state {
        RunState::Failed => TECHNICAL,
        _ if items.iter().any(|i| i.state == ItemState::Failed) => TECHNICAL,
        RunState::WaitingForPeople | RunState::Stopped => PEOPLE,
        _ => GOOD,
    })
}
