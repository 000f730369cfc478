//! What the daemon tells people by itself: the morning's digest by file and mail, and a call for each run that ended badly,
//! each schedule that waits for a person, each emergency stop.
//! None of it holds names or readings. What cannot be sent is tried again, and the daemon's status says so.

use crate::{
    app::{Office, OfficeError},
    config::{DigestPart, MailPart, MailProtection, Working},
    console::Console,
    control::evidence,
    drivers::outbox::{Letter, MailServer, Protection, call},
    report::{self, Morning},
    store::{Run, Strength},
};
use jiff::{Zoned, civil::Time};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// How often it looks whether there is something to tell.
const LOOK: Duration = Duration::from_secs(5);
/// What could not be told is tried again after so long.
const AGAIN: Duration = Duration::from_mins(2);
/// A digest that is later than so is no morning's any more, in hours.
const STALE: i8 = 6;
/// Calls in one go.
const CALLS: u32 = 20;
/// Where the store remembers the last day told; and the last run, held schedule and stop called about.
const TOLD: &str = "digest";
const CALLED: &str = "webhook";
const HELD: &str = "webhook_held";
const STOPPED: &str = "webhook_stopped";

/// Tells people.
pub(super) struct Herald {
    office: Arc<Office>,
    console: Arc<Console>,
    last: Instant,
    at_work: Option<JoinHandle<()>>,
    fault: Arc<Mutex<Option<String>>>,
}

impl Herald {
    pub(super) fn new(office: &Arc<Office>, console: &Arc<Console>) -> Self {
        let (office, console) = (Arc::clone(office), Arc::clone(console));
        Self { office, console, last: Instant::now(), at_work: None, fault: Arc::default() }
    }

    /// Begins what there is to tell; does not wait for it. Says what a person should know.
    pub(super) fn look(&mut self, now: &Zoned) -> Option<String> {
        let fault = self.fault.lock().expect("no panic while it is held").clone();
        let wait = if fault.is_some() { AGAIN } else { LOOK };
        let busy = self.at_work.as_ref().is_some_and(|work| !work.is_finished());
        let config = &self.office.config;
        if busy || self.last.elapsed() < wait || (config.digest.is_none() && config.webhook.is_none()) {
            return fault;
        }
        self.last = Instant::now();
        let (office, console, place) =
            (Arc::clone(&self.office), Arc::clone(&self.console), Arc::clone(&self.fault));
        let now = now.clone();
        self.at_work = Some(tokio::spawn(async move {
            let told = tell(&office, &console, &now).await.err();
            if let Some(why) = &told {
                tracing::warn!(why, "what people were to be told was not sent");
            }
            *place.lock().expect("no panic while it is held") = told;
        }));
        fault
    }
}

fn unread(error: impl Into<OfficeError>) -> String {
    error.into().to_string()
}

async fn tell(office: &Office, console: &Console, now: &Zoned) -> Result<(), String> {
    let webhook = match &office.config.webhook {
        Some(part) => calls(console, &office.config.office.name, &part.url).await,
        None => Ok(()),
    };
    if let Some(part) = &office.config.digest
        && is_due(part, console, now)
    {
        morning(office, console, part, now).await?;
    }
    webhook
}

/// Whether the moment of today's digest has come, and not long ago.
fn is_due(part: &DigestPart, console: &Console, now: &Zoned) -> bool {
    let at = part.at.0;
    let late = Time::new(at.hour().saturating_add(STALE).min(23), 59, 59, 0).expect("a time of day");
    let works = part.days == Working::All || (console.calendar)().is_open(now.date()).unwrap_or(true);
    works && now.time() >= at && now.time() <= late
}

/// Today's digest, once.
async fn morning(office: &Office, console: &Console, part: &DigestPart, now: &Zoned) -> Result<(), String> {
    let today = now.date().to_string();
    let mut tx = console.store.begin(Strength::Process).await.map_err(unread)?;
    if tx.meta(TOLD).await.map_err(unread)?.as_deref() == Some(&today) {
        return Ok(());
    }
    // Taken at once, so that of several machines one tells.
    tx.set_meta(TOLD, &today).await.map_err(unread)?;
    tx.commit().await.map_err(unread)?;
    let told = deliver(office, console, part, now).await;
    if told.is_err() {
        let mut tx = console.store.begin(Strength::Process).await.map_err(unread)?;
        tx.set_meta(TOLD, "").await.map_err(unread)?;
        tx.commit().await.map_err(unread)?;
    }
    told
}

async fn deliver(office: &Office, console: &Console, part: &DigestPart, now: &Zoned) -> Result<(), String> {
    let (since, head) = console.evening(now);
    let morning = Morning::since(&console.store, since).await.map_err(unread)?;
    let next: Vec<String> =
        console.upcoming(now).into_iter().map(|c| format!("{} {}（{}）", c.at, c.title, c.why)).collect();
    let text = report::digest(&morning, &console.name, &head, &next, |scenario| console.title(scenario));
    evidence::taken(&console.store, &console.log, None, text.as_bytes(), "digest")
        .await
        .map_err(|e| e.to_string())?;
    put(&office.root.join(&part.folder), &format!("朝のまとめ_{}.txt", now.date()), &text)?;
    let Some(mail) = &part.mail else { return Ok(()) };
    let (done, bad, open) = morning.sums();
    let letter = Letter {
        from: mail.from.clone(),
        to: mail.to.clone(),
        subject: format!("書記 朝のまとめ {}: 完了 {done}、止まった件 {bad}、職員待ち {open}", now.date()),
        text,
    };
    server(office, mail)?.send(&letter).await.map_err(|e| e.to_string())
}

fn server(office: &Office, mail: &MailPart) -> Result<MailServer, String> {
    let account = match &mail.account {
        Some(name) => {
            let account = office.accounts()?.get(name).map_err(|e| e.to_string())?;
            Some((account.user, account.password))
        }
        None => None,
    };
    let protection = match mail.protection {
        MailProtection::None => Protection::Plain,
        MailProtection::Starttls => Protection::StartTls,
        MailProtection::Tls => Protection::Tls,
    };
    Ok(MailServer { host: mail.host.clone(), port: mail.port, protection, account })
}

/// Writes a whole file or none.
fn put(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("朝のまとめを {} に書けません: {e}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    // Programs of Windows read it as UTF-8 by the mark.
    file.write_all("\u{feff}".as_bytes()).and_then(|()| file.write_all(text.as_bytes())).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(folder.join(name)).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Calls about what went wrong since the last call, oldest first: runs that ended badly, schedules that did not start and
/// wait for a person, emergency stops.
async fn calls(console: &Console, office: &str, url: &str) -> Result<(), String> {
    let store = &console.store;
    let now = console.log.now();
    if let Some((at, id)) = mark(console, CALLED, &now).await? {
        for run in store.runs_ended_badly(&at, &id, CALLS).await.map_err(unread)? {
            let ended = run.ended_at.clone().unwrap_or_default();
            say(url, &ended_badly(console, office, &run).await?).await?;
            remember(console, CALLED, &format!("{ended} {}", run.id)).await?;
        }
    }
    if let Some((at, last)) = mark(console, HELD, &now).await? {
        for (due, noted) in store.held_since(&at, &last, CALLS).await.map_err(unread)? {
            let news = json!({
                "event": "due_held", "office": office, "scenario": due.scenario, "at": due.at, "state": due.state.word(),
            });
            say(url, &news).await?;
            remember(console, HELD, &format!("{noted} {} {}", due.scenario, due.at)).await?;
        }
    }
    let first = ulid::Ulid::from_parts(u64::try_from(console.log.moment().as_millisecond()).unwrap_or(0), 0);
    if let Some((last, _)) = mark(console, STOPPED, &first.to_string()).await? {
        for stop in store.stops_after(&last, CALLS).await.map_err(unread)? {
            let news = json!({ "event": "stopped", "office": office, "run": stop.run, "at": stop.at });
            say(url, &news).await?;
            remember(console, STOPPED, &stop.id).await?;
        }
    }
    Ok(())
}

async fn say(url: &str, news: &Value) -> Result<(), String> {
    call(url, &news.to_string()).await.map_err(|e| e.to_string())
}

/// Up to where calls were made, in two parts. None the first time: what was before anybody asked is not news.
async fn mark(console: &Console, key: &str, now: &str) -> Result<Option<(String, String)>, String> {
    let Some(known) = console.store.known(key).await.map_err(unread)? else {
        remember(console, key, &format!("{now} ")).await?;
        return Ok(None);
    };
    let (first, rest) = known.split_once(' ').unwrap_or((&known, ""));
    Ok(Some((first.to_owned(), rest.to_owned())))
}

async fn remember(console: &Console, key: &str, mark: &str) -> Result<(), String> {
    let mut tx = console.store.begin(Strength::Process).await.map_err(unread)?;
    tx.set_meta(key, mark).await.map_err(unread)?;
    tx.commit().await.map_err(unread)
}

/// What is said about a run: what it is, how it ended, how many items. No names, no reasons, no readings.
async fn ended_badly(console: &Console, office: &str, run: &Run) -> Result<Value, String> {
    let tally = console.store.tally(run).await.map_err(unread)?;
    let items: serde_json::Map<String, Value> =
        tally.counts.iter().map(|(state, n)| (state.word().to_owned(), json!(n))).collect();
    Ok(json!({
        "event": "run_ended", "office": office, "run": run.id, "scenario": run.scenario, "state": run.state.word(),
        "ended_at": run.ended_at, "items": items,
    }))
}
