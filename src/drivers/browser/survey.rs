//! A look at the whole screen after every act: where are we, is it loaded, does it say anything that was declared?

use super::{
    BrowserError, Cause, Screen,
    screen::{POLL, pause},
};
use serde::Deserialize;
use serde_json::json;
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// How long a press is watched at least, with two looks.
const MOMENT: Duration = Duration::from_millis(12);
/// And how long for something to begin that its script put off with a timer, unless the page is known to have put nothing off.
const GRACE: Duration = Duration::from_millis(120);
/// And at most, where the page stops all timers.
const LONGEST_GRACE: Duration = Duration::from_secs(2);

/// By how much the clock that dates files is behind at most.
const FILE_CLOCK: Duration = Duration::from_millis(100);

/// Tells the waits of this process apart.
static ACTS: AtomicU64 = AtomicU64::new(0);

/// The most bytes of a page. A list of a whole city in one page is a few megabytes; more is no screen for people.
const MOST: f64 = 16.0 * 1024.0 * 1024.0;

/// One document of the current window.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Frame {
    /// On an error page of the browser: what it stands for.
    failed: Option<Failed>,
    /// Its size in bytes as it came, unpacked.
    size: f64,
    /// The status of its answer; 0 where there was none.
    status: u16,
    pub origin: String,
    pub ready: bool,
    rested: Rest,
    /// How many milliseconds ago it was told that it is to go; none if it stays.
    leaving: Option<u64>,
    age: Age,
    /// How often each asked text stands there.
    pub hits: Vec<usize>,
    /// For each asked text a sign of every line in which it stands and which may speak of an act just done.
    lines: Vec<Vec<i32>>,
    /// What stands there in place of the text that says that something is done: 「仮登録しました」.
    #[serde(default)]
    others: Vec<String>,
}

/// The sign of a line that is the text alone.
const ALONE: i32 = 0;

/// Whether a document was there when the last mark was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Age {
    Known,
    New,
    /// New, and one that comes anew by itself, again and again.
    Renewed,
}

/// Whether what an act has set off in a document with a timer has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rest {
    /// Nothing was put off, and the document is on no way elsewhere.
    Idle,
    /// What was put off by no more than [`GRACE`] has happened.
    Over,
    Waits,
}

impl Rest {
    /// How long an act is watched that has begun nothing.
    const fn watch(self) -> Duration {
        match self {
            Self::Idle => MOMENT,
            Self::Over => GRACE,
            Self::Waits => LONGEST_GRACE,
        }
    }
}

/// What an error page of the browser stands for.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Failed {
    pub address: Option<String>,
    pub host: String,
    pub code: String,
}

/// A look at all documents of the current window.
#[derive(Debug)]
pub(super) struct Survey {
    pub frames: Vec<Frame>,
}

impl Survey {
    fn rested(&self) -> Rest {
        self.frames.iter().map(|f| f.rested).max().unwrap_or(Rest::Over)
    }

    /// Whether the asked text stands in documents alone that are new.
    pub(super) fn came(&self, text: usize) -> bool {
        let mut with = self.frames.iter().filter(|f| f.hits[text] > 0).peekable();
        with.peek().is_some() && with.all(|f| f.age != Age::Known)
    }

    pub(super) fn fresh(&self) -> bool {
        self.frames.iter().any(|f| f.age != Age::Known)
    }

    /// How often the asked text stands on the screen.
    pub(super) fn count(&self, text: usize) -> usize {
        self.frames.iter().map(|f| f.hits[text]).sum()
    }

    /// The signs of all lines in which the asked text stands.
    pub(super) fn lines(&self, text: usize) -> Vec<i32> {
        self.frames.iter().flat_map(|f| f.lines[text].iter().copied()).collect()
    }

    /// What stands there in place of the text that says that a submit is done.
    pub(super) fn others(&self) -> impl Iterator<Item = &String> {
        self.frames.iter().flat_map(|f| &f.others)
    }

    /// Whether a text is on the screen that was not there `before`, by the lines in which it stood: more often than it was, or in a
    /// new document in another line. A document that is new because it comes anew by itself may show an old text.
    pub(super) fn appeared(&self, text: usize, before: &[i32]) -> bool {
        self.told(text).any(|line| !before.contains(&line)) || self.lines(text).len() > before.len()
    }

    /// Whether a new document shows the text, be it in lines that stood there before.
    pub(super) fn is_said_anew(&self, text: usize) -> bool {
        self.told(text).next().is_some()
    }

    /// Whether a new document shows the text alone in a line, as messages are.
    pub(super) fn is_message(&self, text: usize) -> bool {
        self.told(text).any(|line| line == ALONE)
    }

    /// The signs of the lines in which new documents show the text.
    fn told(&self, text: usize) -> impl Iterator<Item = i32> {
        let new = self.frames.iter().filter(|f| f.age == Age::New);
        new.flat_map(move |f| f.lines[text].iter().copied())
    }
}

impl Screen {
    /// Looks for texts in all frames; `put` leaves a new mark in every document.
    pub(super) async fn survey(&mut self, texts: &[&str], put: bool) -> Result<Survey, BrowserError> {
        self.survey_for(texts, put, None).await
    }

    /// The same for a submit, of which the last text says that it is done: it counts only where it says just that.
    pub(super) async fn survey_submit(&mut self, texts: &[&str], put: bool) -> Result<Survey, BrowserError> {
        self.survey_for(texts, put, texts.len().checked_sub(1)).await
    }

    async fn survey_for(
        &mut self,
        texts: &[&str],
        put: bool,
        done: Option<usize>,
    ) -> Result<Survey, BrowserError> {
        let mut arg = json!({ "texts": texts, "done": done, "mark": self.mark, "most": MOST });
        if put {
            self.mark += 1;
            arg["put"] = json!(self.mark);
        }
        self.look_everywhere(arg).await
    }

    /// As [`Self::survey_submit`], where the documents get the mark that was put last: those of another window, and those that have
    /// come since.
    pub(super) async fn survey_beside(&mut self, texts: &[&str]) -> Result<Survey, BrowserError> {
        let done = texts.len().checked_sub(1);
        let arg = json!({ "texts": texts, "done": done, "mark": self.mark, "put": self.mark, "most": MOST });
        self.look_everywhere(arg).await
    }

    /// Looks for the rules' texts; after an act that is watched, also whether what it set a timer for has happened: on a
    /// machine under load the page's moment is longer than ours.
    async fn survey_rules(&mut self, watched: Option<u64>) -> Result<Survey, BrowserError> {
        let mut arg = json!({ "texts": self.rules.texts(), "mark": self.mark, "most": MOST });
        if let Some(act) = watched {
            arg["act"] = json!(act);
            arg["rest"] = json!(GRACE.as_secs_f64() * 1000.0);
        }
        self.look_everywhere(arg).await
    }

    async fn look_everywhere(&mut self, arg: serde_json::Value) -> Result<Survey, BrowserError> {
        let reply = self.ask::<serde_json::Value>("survey", arg).await?;
        Ok(Survey { frames: reply.frames })
    }

    /// Whether all documents, and what they have asked for, are there that are on their way, when they have been waited for so
    /// long already. One that was told to go is there until the next arrives, which may take long. It stays where what comes is
    /// no page: a file, or an answer without content, so that it is not waited for without end.
    fn has_settled(&self, survey: &Survey, waited: Duration) -> bool {
        let patience = self.wait.min(self.page_timeout / 2);
        let goes = |frame: &Frame| {
            let told = frame.leaving.map(Duration::from_millis).filter(|told| *told < patience);
            told.is_some_and(|told| !has_arrived(&self.downloads, told + FILE_CLOCK))
        };
        let comes = self.busy || survey.frames.iter().any(goes);
        survey.frames.iter().all(|f| f.ready) && (waited >= patience || !comes)
    }

    /// Whether what the page has asked its server for is to be waited for, until then. What still has not come is gone on without: a
    /// request that hangs is no reason to stop.
    pub(super) fn awaits(&self, until: Instant) -> bool {
        self.busy && Instant::now() + POLL < until
    }

    /// Waits after an act until nothing is loading, then holds the screen against the rules.
    ///
    /// `watch` is whether the act may begin something a moment later.
    pub(super) async fn settle(&mut self, watch: bool) -> Result<(), BrowserError> {
        let (started, window) = (Instant::now(), self.window.clone());
        let watched = watch.then(|| ACTS.fetch_add(1, Ordering::Relaxed));
        let (mut was_busy, mut looks) = (false, 0);
        loop {
            let survey = self.survey_rules(watched).await?;
            looks += 1;
            let waited = started.elapsed();
            // What has just come may be drawn a moment later.
            let comes = std::mem::replace(&mut was_busy, self.busy) && !self.busy;
            let over = waited > survey.rested().watch();
            // A new document, or a window that closed, is what the act has begun.
            let begun = survey.fresh() || self.window != window;
            if !comes && self.has_settled(&survey, waited) && (begun || !watch || over) {
                self.obey_windows().await?;
                return self.obey(&survey).await;
            }
            if started.elapsed() > self.page_timeout {
                return Err(Cause::Timeout {
                    what: "ページの読み込み".into(), limit: self.page_timeout
                }
                .into());
            }
            sleep(pause(looks)).await;
        }
    }

    /// The verdict of the rules on a survey that asked for the rules' texts first.
    pub(super) async fn obey(&mut self, survey: &Survey) -> Result<(), BrowserError> {
        for frame in &survey.frames {
            // The browser shows an error page of its own in its place.
            if frame.status == 401 {
                return Err(Cause::Unauthorized.into());
            }
            if let Some(failed) = &frame.failed {
                return Err(self.error_page(failed).await);
            }
            if !self.rules.allows(&frame.origin) {
                return Err(Cause::Foreign(frame.origin.clone()).into());
            }
            if frame.size > MOST {
                return Err(Cause::TooBig(mebibytes(frame.size)).into());
            }
        }
        let said = |n: usize| survey.frames.iter().any(|f| f.hits[n] > 0);
        let rules = &self.rules;
        let expired = rules.expired_when.iter().map(|t| (t, Cause::Expired as fn(String) -> Cause));
        let locked = rules.locked_when.iter().map(|t| (t, Cause::Locked as fn(String) -> Cause));
        let refused = rules.error_when.iter().map(|t| (t, Cause::Refused as fn(String) -> Cause));
        let mut all = expired.chain(locked).chain(refused).enumerate();
        match all.find(|(n, _)| said(*n)) {
            Some((_, (text, cause))) => Err(cause(text.clone()).into()),
            None => Ok(()),
        }
    }

    /// Waits after something was typed or chosen: a script may send the form by itself.
    pub(super) async fn settle_after_input(&mut self) -> Result<(), BrowserError> {
        let result = self.settle(false).await;
        self.picture_after_input().await;
        result
    }

    /// Waits until `text` is on the screen; `before` says how often it stood there earlier.
    pub(super) async fn wait_for(
        &mut self,
        text: &str,
        before: usize,
        limit: Duration,
    ) -> Result<(), BrowserError> {
        let started = Instant::now();
        loop {
            let texts: Vec<String> =
                self.rules.texts().into_iter().chain([text]).map(str::to_owned).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let survey = self.survey(&texts, false).await?;
            self.obey(&survey).await?;
            let settled = self.has_settled(&survey, started.elapsed());
            if settled && survey.count(texts.len() - 1) > before {
                return self.obey_windows().await;
            }
            if started.elapsed() > limit {
                return Err(Cause::NoText(text.to_owned()).into());
            }
            sleep(POLL).await;
        }
    }
}

/// Whether a file has come into the folder, or begun to, within that time.
fn has_arrived(folder: &Path, within: Duration) -> bool {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let age = |file: fs::DirEntry| Some(file.metadata().ok()?.modified().ok()?.elapsed().unwrap_or_default());
    files.filter_map(age).any(|age| age <= within)
}

/// Whole mebibytes, at least one.
fn mebibytes(bytes: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a size in bytes is not negative, and a page is smaller than four pebibytes"
    )]
    let whole = (bytes / 1024.0 / 1024.0).ceil() as u32;
    whole.max(1)
}
