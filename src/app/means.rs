//! What the console is given beside its memory: lists, readers of paper, accounts, connections.

use super::{Office, parts};
use crate::{
    calendar::due::in_words,
    config::{self, AuditPart, DayOrYearly},
    console::{
        Means,
        means::{AccountChange, Drawn, OwnDay, ReadField},
    },
    control::settings::Keep,
    drivers::{
        ocr::{FormReading, OcrError, Towns},
        readers::{PoolConfig, ReaderPool},
    },
    form::Form,
    scenario::{Written, form_picture},
    text::word_list,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::SecretString;
use serde_json::Value;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, OnceLock},
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Semaphore,
};

/// Scans that people try a form on lie here until they are read.
pub(crate) const UPLOADS: &str = "uploads";
/// One trial of a form at a time: each takes a reader and its memory.
static TRIALS: Semaphore = Semaphore::const_new(1);
/// How long a system may take to answer a test of its connection.
const ANSWER: Duration = Duration::from_secs(5);

type Lists = Mutex<HashMap<PathBuf, (Option<SystemTime>, Arc<Vec<String>>)>>;

impl Office {
    /// What the console has of this office.
    pub(super) fn means(self: &Arc<Self>) -> Means {
        let towns = LazyLock::<_, Box<dyn FnOnce() -> Option<Towns> + Send>>::new({
            let parts = self.native_parts();
            Box::new(move || Towns::load(&parts).ok().flatten())
        });
        let (lists, pool) = (Lists::default(), Arc::new(OnceLock::new()));
        let [drawing, named, changed, looked] = [(); 4].map(|()| Arc::clone(self));
        let [shown, own, kept, edited, put] = [(); 5].map(|()| Arc::clone(self));
        Means {
            towns: Box::new(move |code, text| {
                towns.as_ref().map(|t| t.suggestions(code, text)).unwrap_or_default()
            }),
            words: Box::new(move |file| words(&lists, file)),
            draw: Box::new(move |form, scan| {
                let (office, pool) = (Arc::clone(&drawing), Arc::clone(&pool));
                Box::pin(async move { draw(&office, &pool, &form, scan).await })
            }),
            accounts: Box::new(move || named.accounts()?.names().map_err(|e| e.to_string())),
            change: Box::new(move |change| {
                let accounts = changed.accounts()?;
                match change {
                    AccountChange::Set { name, user, password } => {
                        accounts.set(&name, &user, &SecretString::from(password))
                    }
                    AccountChange::Remove(name) => accounts.remove(&name),
                }
                .map_err(|e| e.to_string())
            }),
            reach: Box::new(|url| Box::pin(async move { reach(&url).await })),
            parts: Box::new(move || {
                let all = parts(&looked.native_parts(), &looked.browser_settings());
                all.into_iter().map(|part| (part.what, part.fault)).collect()
            }),
            settings: self.config.settings.clone(),
            facts: Box::new(move || shown.shown_facts()),
            days: Box::new(move || own.own_days()),
            keep: Box::new(move || {
                let AuditPart { evidence_days, retention_years, .. } = kept.live().audit;
                Some(Keep { evidence_days, retention_years })
            }),
            edit: Box::new(move |change| edited.edited(change)),
            put: Box::new(move |text| put.put_edited(text)),
        }
    }

    /// What `shoki.toml` says that people ask about.
    fn shown_facts(&self) -> Vec<(&'static str, String)> {
        let (config, live) = (&self.config, self.live());
        let outside =
            config.audit.outside.as_ref().map_or_else(|| "設定なし".to_owned(), |p| p.display().to_string());
        vec![
            ("監査記録の名前", config.office.origin.clone()),
            ("監査記録を残す年数", format!("その年度のあと {} 年", live.audit.retention_years)),
            ("証跡を残す日数", format!("実行の終了から {} 日", live.audit.evidence_days)),
            ("読取値などの中身を残す日数", format!("実行の終了から {} 日", live.audit.contents_days)),
            ("確定点の写しを置く場所", outside),
            ("同時に処理する件数", config.engine.workers.to_string()),
            ("同じ失敗が続いたら止める回数", config.engine.failures_in_a_row.to_string()),
            ("紙を読む数", config.reading.readers.to_string()),
        ]
    }

    fn own_days(&self) -> Vec<OwnDay> {
        let live = self.live();
        let day = |(day, open): (&config::OwnDay, bool)| {
            let (date, shown) = match day.date {
                DayOrYearly::Day(day) => (day.to_string(), in_words(day)),
                DayOrYearly::Yearly(month, day) => {
                    (format!("{month:02}-{day:02}"), format!("毎年 {month}月{day}日"))
                }
            };
            OwnDay { date, shown, name: day.name.clone(), open }
        };
        let closed = live.days.closed.iter().map(|d| (d, false));
        closed.chain(live.days.open.iter().map(|d| (d, true))).map(day).collect()
    }
}

/// The words of a list; read again when its file has changed. A list that cannot be read has none.
fn words(lists: &Lists, file: &Path) -> Arc<Vec<String>> {
    let changed = file.metadata().ok().and_then(|facts| facts.modified().ok());
    let mut lists = lists.lock().expect("reading a list does not panic");
    if let Some((known, words)) = lists.get(file)
        && *known == changed
    {
        return Arc::clone(words);
    }
    let words = std::fs::read(file).ok().and_then(|bytes| word_list::parse(&bytes).ok()).unwrap_or_default();
    let words = Arc::new(words);
    lists.insert(file.to_owned(), (changed, Arc::clone(&words)));
    words
}

/// The form over its blank original or over a page of a scan, which is read for it; by a walled-in reader in either case.
async fn draw(
    office: &Office,
    pool: &OnceLock<ReaderPool>,
    form: &Form,
    scan: Option<(PathBuf, u32)>,
) -> Result<Drawn, String> {
    let _alone = TRIALS.acquire().await.map_err(|e| e.to_string())?;
    let pool = if let Some(pool) = pool.get() {
        pool
    } else {
        let mut settings = office.reader_settings().map_err(|e| e.to_string())?;
        let uploads = office.state().join(UPLOADS);
        super::private_folder(&uploads).map_err(|e| e.to_string())?;
        settings.reads.push(uploads);
        let new = ReaderPool::new(PoolConfig { readers: 1, ..settings });
        pool.get_or_init(|| new)
    };
    let said = |e: OcrError| e.to_string();
    let scan = scan.as_ref().map(|(file, page)| (file.as_path(), *page));
    let reading = match scan {
        Some((file, page)) => Some(pool.read_form(file, page, form).await.map_err(said)?),
        None => None,
    };
    let page = pool.picture(form, scan).await.map_err(said)?;
    let read = reading.as_ref().map(|r| fields(form, r)).unwrap_or_default();
    let written: Vec<Written> =
        read.iter().map(|r| Written { name: r.name.clone(), value: r.value.clone(), pass: r.pass }).collect();
    let page = format!("data:image/png;base64,{}", STANDARD.encode(page));
    let fit = reading.as_ref().map(|r| r.fit);
    Ok(Drawn { svg: form_picture(form, Some(&page), &written), read, fit })
}

fn fields(form: &Form, reading: &FormReading) -> Vec<ReadField> {
    let secret = |name: &str| form.places().iter().any(|f| f.name == name && f.kind.word() == "my_number");
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "✓".to_owned(),
        Value::Null | Value::Bool(false) => String::new(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    };
    let field = |r: &crate::drivers::ocr::FieldReading| ReadField {
        name: r.name.clone(),
        value: if secret(&r.name) { "（個人番号）".to_owned() } else { text(&r.value) },
        percent: format!("{:.0} %", r.probability * 100.0),
        pass: r.pass,
        reasons: r.reasons.join("、"),
    };
    reading.readings.iter().map(field).collect()
}

/// Whether something answers at the address of a system, and how. Nothing is typed and nobody signs in.
async fn reach(url: &str) -> Result<String, String> {
    let (scheme, rest) = url.split_once("://").ok_or("住所の形が違います（http://… か https://…）。")?;
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let usual = if scheme == "https" { 443 } else { 80 };
    let has_port = place.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let target = if has_port { place.to_owned() } else { format!("{place}:{usual}") };
    let late = |_| format!("{target} から {} 秒以内に応答がありません。", ANSWER.as_secs());
    let refused = |e: std::io::Error| format!("{target} に接続できません（{e}）。");
    let begun = std::time::Instant::now();
    let mut stream =
        tokio::time::timeout(ANSWER, TcpStream::connect(&target)).await.map_err(late)?.map_err(refused)?;
    if scheme == "https" {
        return Ok(format!("{target} に接続できました（{} ミリ秒）。", begun.elapsed().as_millis()));
    }
    let ask = format!("HEAD / HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n");
    let answer = async {
        stream.write_all(ask.as_bytes()).await?;
        let mut bytes = [0; 64];
        let n = stream.read(&mut bytes).await?;
        Ok(String::from_utf8_lossy(&bytes[..n]).into_owned())
    };
    let answer = tokio::time::timeout(ANSWER, answer).await.map_err(late)?.map_err(refused)?;
    let status = answer.split(' ').nth(1).filter(|s| s.len() == 3 && s.bytes().all(|b| b.is_ascii_digit()));
    match status {
        Some(status) => {
            Ok(format!("{target} が応答しました（HTTP {status}、{} ミリ秒）。", begun.elapsed().as_millis()))
        }
        None => Err(format!("{target} は接続を受けましたが、Web の応答ではありません。")),
    }
}
