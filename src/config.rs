//! `shoki.toml`, to each module its part.

use crate::{
    calendar::OfficeCalendar,
    problem::{Problem, Source, closest, render},
    scenario::read_source,
};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file in the office folder.
pub const FILE: &str = "shoki.toml";

/// What an office has set. Unknown keys are refused.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `postgres://user@server/database` where several machines work together; else a file in `state/`.
    pub store: Option<String>,
    /// 庁.
    pub office: OfficePart,
    /// Values that scenarios ask for in `settings:`.
    pub settings: BTreeMap<String, String>,
    /// The browser.
    pub browser: BrowserPart,
    /// Reading paper.
    pub reading: ReadingPart,
    /// Runs.
    pub engine: EnginePart,
    /// The audit log and evidence.
    pub audit: AuditPart,
    /// The office's own closed and open days.
    pub calendar: CalendarPart,
    /// The daemon.
    pub serve: ServePart,
    /// The pages of staff.
    pub console: ConsolePart,
    /// The morning's digest by file and mail; none: there is none.
    pub digest: Option<DigestPart>,
    /// Who is called about runs that ended badly; none: nobody.
    pub webhook: Option<WebhookPart>,
}

/// The office itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OfficePart {
    /// The city's name, for titles.
    pub name: String,
    /// The name of this machine's audit log; never changes.
    pub origin: String,
    /// Whether a scenario runs only after a second person approved it.
    pub approval: Asked,
}

/// Whether something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// It is.
    Required,
    /// It is not: demo, or an office of one person.
    #[default]
    Off,
}

impl Default for OfficePart {
    fn default() -> Self {
        Self { name: "○○市".into(), origin: "shoki.invalid/city/host01".into(), approval: Asked::Off }
    }
}

/// The browser.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrowserPart {
    /// Where chromedriver lies.
    pub chromedriver: Option<PathBuf>,
    /// Where Chromium lies.
    pub chromium: Option<PathBuf>,
    /// A `WebDriver` that runs elsewhere.
    pub webdriver_url: Option<String>,
    /// Without a visible window.
    pub headless: bool,
    /// Seconds a page may take.
    pub page_seconds: u64,
    /// Seconds something may take to appear on a loaded page.
    pub wait_seconds: u64,
}

impl Default for BrowserPart {
    fn default() -> Self {
        let (chromedriver, chromium, webdriver_url) = (None, None, None);
        Self { chromedriver, chromium, webdriver_url, headless: true, page_seconds: 60, wait_seconds: 10 }
    }
}

/// Reading paper.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadingPart {
    /// The folder of native parts.
    pub native: Option<PathBuf>,
    /// Reader processes at once.
    pub readers: usize,
    /// Whether readers work where they cannot be walled in.
    pub sandbox: Sandbox,
}

/// Whether readers of paper need their walls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sandbox {
    /// As far as the kernel has them; `shoki doctor` says what is missing.
    #[default]
    Usual,
    /// A reader without walls does not work.
    Required,
}

impl Default for ReadingPart {
    fn default() -> Self {
        Self { native: None, readers: 2, sandbox: Sandbox::Usual }
    }
}

/// Runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnginePart {
    /// Items worked on at once.
    pub workers: usize,
    /// A machine that is not heard of for so many seconds gives its runs to others.
    pub lease_seconds: u64,
    /// Runs worked on at once by the daemon.
    pub runs: usize,
    /// A run stops after so many failures of the same kind in a row; 0: never.
    pub failures_in_a_row: u32,
    /// Nothing begins while the disk has less room than this, in MiB, but never more than a twentieth of the disk.
    pub reserve_mib: u64,
    /// When a system could not be reached or a disk was full, a run tries again after so many seconds.
    pub look_again_seconds: u32,
    /// A press that got no answer is looked for so many seconds before a person decides; 0: once, and then it is pressed again.
    pub late_seconds: u32,
}

impl Default for EnginePart {
    fn default() -> Self {
        Self {
            workers: 3,
            lease_seconds: 30,
            runs: 4,
            failures_in_a_row: 5,
            reserve_mib: 256,
            look_again_seconds: 300,
            late_seconds: 60,
        }
    }
}

/// The daemon.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServePart {
    /// Where it answers monitoring: an address of this machine only.
    pub listen: SocketAddr,
}

impl Default for ServePart {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8080)) }
    }
}

/// The pages of staff. On this machine they are at `[serve] listen`; here is how other machines reach them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsolePart {
    /// Where other machines reach it, encrypted; none: they do not.
    pub listen: Option<SocketAddr>,
    /// The certificate with its chain, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// The names by which browsers call this machine.
    pub hosts: Vec<String>,
    /// Whether a password alone is not enough.
    pub second_factor: Asked,
}

impl Default for ConsolePart {
    fn default() -> Self {
        let (certificate, key) = ("state/tls/console.pem".into(), "state/tls/console.key".into());
        Self { listen: None, certificate, key, hosts: Vec::new(), second_factor: Asked::Required }
    }
}

/// The morning's digest.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DigestPart {
    /// At which time of day.
    pub at: TimeOfDay,
    /// On which days.
    pub days: Working,
    /// Where the file is written, below the office folder.
    pub folder: PathBuf,
    /// Who gets it by mail; none: nobody.
    pub mail: Option<MailPart>,
}

impl Default for DigestPart {
    fn default() -> Self {
        Self {
            at: TimeOfDay::default(), days: Working::Open, folder: "出力/朝のまとめ".into(), mail: None
        }
    }
}

/// `07:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TimeOfDay(pub jiff::civil::Time);

impl Default for TimeOfDay {
    fn default() -> Self {
        Self(jiff::civil::time(7, 30, 0, 0))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read = text.parse().ok().filter(|_| text.len() == 5).map(Self);
        read.ok_or_else(|| format!("「{text}」は時刻として読めません。\"07:30\" のように書きます"))
    }
}

/// On which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Working {
    /// Days on which the office is open.
    #[default]
    Open,
    /// Every day.
    All,
}

/// Mail.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailPart {
    /// The city's mail server.
    pub host: String,
    /// Its port.
    #[serde(default = "MailPart::usual_port")]
    pub port: u16,
    /// How it is spoken to.
    #[serde(default)]
    pub protection: MailProtection,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
    /// The account that signs in there, as `shoki account set` keeps it; none: the server asks for none.
    #[serde(default)]
    pub account: Option<String>,
}

impl MailPart {
    const fn usual_port() -> u16 {
        25
    }
}

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailProtection {
    /// In clear, inside a closed network.
    #[default]
    None,
    /// Encrypted after the greeting.
    Starttls,
    /// Encrypted from the first byte.
    Tls,
}

/// Who is called about runs that ended badly.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookPart {
    /// The one address that is ever called.
    pub url: String,
}

/// The office's own days, beside weekends, holidays and the days around the new year.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarPart {
    /// Days on which it is closed.
    pub closed: Vec<OwnDay>,
    /// Days on which it is open though it would be closed (Sunday opening).
    pub open: Vec<OwnDay>,
}

/// A day with its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnDay {
    /// `2026-06-23`, or `11-30` for each year.
    pub date: DayOrYearly,
    /// What people call it.
    pub name: String,
}

/// One day, or one of each year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum DayOrYearly {
    /// That day.
    Day(Date),
    /// Month and day, each year.
    Yearly(i8, i8),
}

impl TryFrom<String> for DayOrYearly {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let whole = text.parse().ok().filter(|_| text.len() == 10).map(Self::Day);
        // 2028 is a leap year: 02-29 is a day that comes.
        let yearly = format!("2028-{text}").parse::<Date>().ok().filter(|_| text.len() == 5);
        whole.or_else(|| yearly.map(|d| Self::Yearly(d.month(), d.day()))).ok_or_else(|| {
            format!("「{text}」は日付として読めません。\"2026-06-23\"、毎年なら \"06-23\" のように書きます")
        })
    }
}

impl CalendarPart {
    /// The calendar of the office.
    ///
    /// # Errors
    /// When the days contradict each other; in Japanese.
    pub fn calendar(&self) -> Result<OfficeCalendar, String> {
        let mut calendar = OfficeCalendar::new();
        for own in &self.closed {
            calendar = match own.date {
                DayOrYearly::Day(day) => calendar.with_closed(day, &own.name),
                DayOrYearly::Yearly(month, day) => calendar.with_closed_yearly(month, day, &own.name),
            };
        }
        for own in &self.open {
            let DayOrYearly::Day(day) = own.date else {
                return Err(format!(
                    "[calendar] の open「{}」は年月日で書いてください。例: \"2027-03-28\"",
                    own.name
                ));
            };
            if self.closed.iter().any(|c| c.date == own.date) {
                return Err(format!(
                    "[calendar] の {day} が closed と open の両方にあります。どちらかを消してください"
                ));
            }
            calendar = calendar.with_open(day, &own.name);
        }
        Ok(calendar)
    }
}

/// The audit log and evidence.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditPart {
    /// A folder of another department that gets a copy of the newest checkpoint every hour.
    pub outside: Option<PathBuf>,
    /// Days evidence is kept after its run has ended.
    pub evidence_days: u32,
    /// Days the contents of a run are kept in the database after it has ended: readings, answers, outputs of steps.
    pub contents_days: u32,
    /// Fiscal years a log is kept after its own.
    pub retention_years: u16,
}

impl Default for AuditPart {
    fn default() -> Self {
        Self { outside: None, evidence_days: 7, contents_days: 90, retention_years: 7 }
    }
}

/// Why `shoki.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not there.
    #[error(
        "{0} に shoki.toml がありません。`shoki init {0}` で庁のフォルダーを作るか、`--office フォルダー` で場所を指定してください。"
    )]
    Missing(PathBuf),
    /// Not right: what is wrong, with its place and its repair.
    #[error("shoki.toml に誤りがあります。\n{}", render(std::slice::from_ref(_0), false))]
    Wrong(Box<Problem>),
    /// Its parts contradict each other.
    #[error("{file} に誤りがあります: {message}。")]
    Contradiction {
        /// The file.
        file: PathBuf,
        /// What, in Japanese.
        message: String,
    },
}

impl Config {
    /// Reads the file of the office in `dir`. Gives back its bytes too, for their digest.
    ///
    /// # Errors
    /// When it is missing, unreadable or not right.
    pub fn read(dir: &Path) -> Result<(Self, Vec<u8>), ConfigError> {
        let file = dir.join(FILE);
        if let Err(error) = file.metadata()
            && error.kind() == std::io::ErrorKind::NotFound
        {
            return Err(ConfigError::Missing(dir.to_owned()));
        }
        let source = read_source(&file).map_err(|problem| ConfigError::Wrong(Box::new(problem)))?;
        let source = Arc::new(source);
        Ok((Self::parse(&source)?, source.text.clone().into_bytes()))
    }

    /// Reads the text of the file.
    ///
    /// # Errors
    /// When it is not right.
    pub fn parse(source: &Arc<Source>) -> Result<Self, ConfigError> {
        let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
        let config: Self =
            toml::from_str(text).map_err(|e| ConfigError::Wrong(Box::new(explained(source, &e))))?;
        let contradiction = |message| ConfigError::Contradiction { file: source.path.clone(), message };
        config.calendar.calendar().map_err(contradiction)?;
        Ok(config)
    }
}

/// A mistake in `shoki.toml` in our words; the library's own are English.
fn explained(source: &Arc<Source>, error: &toml::de::Error) -> Problem {
    let mark = if source.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let at = error.span().map_or(0..0, |at| at.start + mark..at.end + mark);
    let words = error.message();
    let quoted: Vec<&str> = words.split('`').skip(1).step_by(2).collect();
    let problem = |message: String| Problem::new("SHK0136", source, at.clone(), message);
    if !words.is_ascii() && !words.contains('`') {
        return problem(words.trim_end().to_owned());
    }
    if let (true, Some((name, known))) = (words.starts_with("unknown field"), quoted.split_first()) {
        let help = match closest(name, known.iter().copied()) {
            Some(near) => format!("もしかして `{near}` ですか。書けるのは {} です", known.join("、")),
            None => format!("書けるのは {} です", known.join("、")),
        };
        return problem(format!("「{name}」という項目はありません")).with_help(help);
    }
    if let (true, Some((word, known))) = (words.starts_with("unknown variant"), quoted.split_first()) {
        return problem(format!("「{word}」は選べません"))
            .with_help(format!("書けるのは {} です", known.join("、")));
    }
    if words.starts_with("invalid type") || words.starts_with("invalid value") {
        let wanted = match words.rsplit("expected ").next().unwrap_or_default() {
            w if w.contains("string") => "文字（\"…\" で囲みます）",
            w if w.contains("bool") => "true か false",
            w if w.contains("map") || w.contains("struct") => "[見出し] の下の「項目 = 値」",
            w if ["u64", "usize", "u32", "u16", "i64", "integer"].iter().any(|n| w.contains(n)) => {
                "0 以上の整数"
            }
            _ => "別の種類の値",
        };
        return problem("値の種類が違います".to_owned()).with_help(format!("{wanted}を書きます"));
    }
    if words.contains("duplicate key") {
        return problem("同じ項目が2回あります".to_owned()).with_help("どちらか一つにします");
    }
    problem("設定として読めません".to_owned())
        .with_help("「項目 = 値」の形、引用符、[見出し] のかっこを確かめます。例: name = \"港北市\"")
}

/// The JSON Schema of `shoki.toml`. A test compares its keys with those that are read.
#[must_use]
pub fn config_schema() -> Value {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let number = |about: &str| json!({ "type": "integer", "minimum": 1, "description": about });
    let days = |about: &str| {
        json!({
            "type": "array", "description": about,
            "items": {
                "type": "object", "additionalProperties": false, "required": ["date", "name"],
                "properties": { "date": { "type": "string" }, "name": { "type": "string" } },
            },
        })
    };
    let part = |about: &str, keys: Value| json!({ "type": "object", "additionalProperties": false, "description": about, "properties": keys });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "書記の設定（shoki.toml）",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "store": text("複数の機械で動かすときのデータベース（postgres://利用者@サーバー/データベース）。書かなければ state/ のファイル"),
            "office": part("庁", json!({
                "name": text("市区町村の名前"),
                "origin": text("監査記録の名前。一度決めたら変えません"),
                "approval": { "enum": ["required", "off"], "description": "required: 別の職員が承認したシナリオだけを動かします" },
            })),
            "settings": { "type": "object", "additionalProperties": { "type": "string" }, "description": "シナリオの settings に書いた名前の値" },
            "browser": part("ブラウザー", json!({
                "chromedriver": text("chromedriver の場所"),
                "chromium": text("Chromium の場所"),
                "webdriver_url": text("ほかの機械で動く WebDriver の住所"),
                "headless": { "type": "boolean", "description": "画面を出さずに動かす" },
                "page_seconds": number("ページが出るまで待つ秒数"),
                "wait_seconds": number("画面の部品が出るまで待つ秒数"),
            })),
            "reading": part("紙を読む", json!({
                "native": text("読み取りの部品のフォルダー"),
                "readers": number("同時に読む数"),
                "sandbox": { "enum": ["usual", "required"], "description": "required: 囲いのない読み取りを行いません" },
            })),
            "engine": part("実行", json!({
                "workers": number("同時に処理する件数"),
                "lease_seconds": number("この秒数だけ応答のない機械の実行を、ほかの機械が引き継ぎます"),
                "runs": number("常駐しているとき同時に動かす実行の数"),
                "failures_in_a_row": { "type": "integer", "minimum": 0, "description": "同じ種類の失敗がこの回数続いたら止めます（0 は止めない）" },
                "reserve_mib": { "type": "integer", "minimum": 0, "description": "ディスクの空きがこの MiB より少なければ始めません" },
                "look_again_seconds": number("つながらないときや空きがないとき、この秒数のあとでもう一度試します"),
                "late_seconds": { "type": "integer", "minimum": 0, "description": "押したあと応答がない登録を、この秒数のあいだ調べ直してから職員に尋ねます（0 は一度だけ調べ、なければもう一度押します）" },
            })),
            "serve": part("常駐", json!({ "listen": text("監視に答える住所（この機械の中だけ。例 127.0.0.1:8080）") })),
            "console": part("職員の画面", json!({
                "listen": text("ほかの機械から使うときの住所（例 0.0.0.0:8443）。書かなければこの機械の中だけ"),
                "certificate": text("証明書（PEM）の場所"),
                "key": text("証明書の鍵（PEM）の場所"),
                "hosts": { "type": "array", "items": { "type": "string" }, "description": "ブラウザーがこの機械を呼ぶ名前" },
                "second_factor": { "enum": ["required", "off"], "description": "required: パスワードのほかに確認コードを求めます" },
            })),
            "digest": digest_schema(),
            "webhook": part("失敗の通知", json!({ "url": text("失敗した実行を知らせる住所。ここ以外には送りません") })),
            "calendar": part("庁の暦", json!({ "closed": days("閉庁する日（\"2026-06-23\"、毎年なら \"06-23\"）"), "open": days("休みの日でも開庁する日") })),
            "audit": part("監査記録と証跡", json!({
                "outside": text("別の課のフォルダー。最新の確定点の写しを置きます"),
                "evidence_days": { "type": "integer", "minimum": 0, "description": "実行が終わってから証跡を残す日数" },
                "contents_days": { "type": "integer", "minimum": 1, "description": "実行が終わってから、読取値・回答などの中身をデータベースに残す日数" },
                "retention_years": { "type": "integer", "minimum": 0, "description": "記録をその年度のあとに残す年数" },
            })),
        },
    })
}

/// The part about the morning's digest.
fn digest_schema() -> Value {
    let text = |about: &str| json!({ "type": "string", "description": about });
    json!({
        "type": "object", "additionalProperties": false, "description": "朝のまとめ",
        "properties": {
            "at": text("時刻（既定 07:30）"),
            "days": { "enum": ["open", "all"], "description": "open: 開庁日だけ" },
            "folder": text("ファイルを書くフォルダー（既定 出力/朝のまとめ）"),
            "mail": {
                "type": "object", "additionalProperties": false, "description": "メール", "required": ["host", "from", "to"],
                "properties": {
                    "host": text("庁内のメールサーバー"),
                    "port": { "type": "integer", "minimum": 1, "description": "ポート（既定 25）" },
                    "protection": { "enum": ["none", "starttls", "tls"], "description": "通信の暗号化" },
                    "from": text("差出人"),
                    "to": { "type": "array", "items": { "type": "string" }, "description": "宛先" },
                    "account": text("メールサーバーにサインインするアカウント（shoki account set の名前）"),
                },
            },
        },
    })
}
