//! Dialogs: the declared ones are answered, any other stays as it is and stops the session.

use super::{
    BrowserError, Cause, Screen,
    error::without_numbers,
    screen::{POLL, State},
    wire::{self, Meaning},
};
use std::time::Duration;
use thirtyfour::error::{WebDriverError, WebDriverErrorInner, WebDriverResult};
use tokio::time::{Instant, sleep};

/// What is answered to a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// OK.
    Ok,
    /// Cancel.
    Cancel,
    /// This text, then OK.
    Text(String),
}

/// The dialogs that an act is declared to bring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dialogs {
    /// Those that must come, in this order: a part of the text, and the answer.
    pub must: Vec<(String, Reply)>,
    /// Parts of warnings that may come at any time and are answered with OK.
    pub may: Vec<String>,
}

impl Dialogs {
    /// The declared words by which a dialog with this text is one that may come.
    fn may_say(&self, text: &str) -> Option<&str> {
        self.may.iter().map(String::as_str).find(|part| text.contains(part))
    }
}

impl Screen {
    /// Answers every dialog that must come, and warnings between them.
    pub(super) async fn answer_all(
        &mut self,
        dialogs: &Dialogs,
        limit: Duration,
    ) -> Result<(), BrowserError> {
        for must in &dialogs.must {
            let one = Dialogs { must: vec![must.clone()], may: dialogs.may.clone() };
            let started = Instant::now();
            while !self.answer_first(&one).await? {
                if started.elapsed() > limit {
                    return Err(Cause::NoDialog(must.0.clone()).into());
                }
                sleep(POLL).await;
            }
        }
        Ok(())
    }

    /// Answers a dialog if one is open and declared; says whether it was the first that must come.
    async fn answer_first(&mut self, dialogs: &Dialogs) -> Result<bool, BrowserError> {
        let Some(text) = self.open_dialog().await? else { return Ok(false) };
        let first = dialogs.must.first().filter(|(part, _)| text.contains(part.as_str()));
        let (declared, reply) = match (first, dialogs.may_say(&text)) {
            (Some((part, reply)), _) => (part.as_str(), reply.clone()),
            (None, Some(part)) => (part, Reply::Ok),
            (None, None) => {
                self.state = State::Dialog(without_numbers(&text));
                return Err(Cause::Dialog(without_numbers(&text)).into());
            }
        };
        match self.reply(&reply).await {
            Ok(()) => {
                self.note_dialog(declared);
                Ok(first.is_some())
            }
            Err(e) => Err(self.fail(e).await),
        }
    }

    /// Answers a warning that may come; says whether one was open.
    pub(super) async fn answer(&mut self, dialogs: &Dialogs) -> Result<bool, BrowserError> {
        let Some(text) = self.open_dialog().await? else { return Ok(false) };
        let Some(declared) = dialogs.may_say(&text) else {
            self.state = State::Dialog(without_numbers(&text));
            return Err(Cause::Dialog(without_numbers(&text)).into());
        };
        match self.reply(&Reply::Ok).await {
            Ok(()) => {
                self.note_dialog(declared);
                Ok(true)
            }
            Err(e) => Err(self.fail(e).await),
        }
    }

    /// Whether an act failed only because of a dialog that may come; it is answered then.
    pub(super) async fn is_answered(
        &mut self,
        e: &BrowserError,
        dialogs: &Dialogs,
    ) -> Result<bool, BrowserError> {
        if !matches!(e.cause, Cause::Dialog(_)) {
            return Ok(false);
        }
        self.state = State::Good;
        self.answer(dialogs).await
    }

    /// A dialog that nobody declared may say what is declared to be a refusal. It is closed then without agreeing to anything;
    /// any other stays, and `error` is what is to be said of it.
    pub(super) async fn unless_refused(&mut self, error: BrowserError, refusals: &[String]) -> BrowserError {
        if !matches!(error.cause, Cause::Dialog(_)) {
            return error;
        }
        let Ok(text) = self.browser.get_alert_text().await else { return error };
        let bare = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let text = bare(&text);
        let is_said = |part: &&String| !bare(part).is_empty() && text.contains(&bare(part));
        let Some(part) = self.rules.error_when.iter().chain(refusals).find(is_said).cloned() else {
            return error;
        };
        match self.reply(&Reply::Cancel).await {
            Ok(()) => {
                self.state = State::Good;
                Cause::Refused(part).into()
            }
            Err(e) => self.fail(e).await,
        }
    }

    /// Closes a dialog that says this, without agreeing to anything; says whether one did.
    pub(super) async fn is_closed_saying(&mut self, part: &str) -> Result<bool, BrowserError> {
        let bare = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let Ok(text) = self.browser.get_alert_text().await else { return Ok(false) };
        if bare(part).is_empty() || !bare(&text).contains(&bare(part)) {
            return Ok(false);
        }
        match self.reply(&Reply::Cancel).await {
            Ok(()) => {
                self.state = State::Good;
                self.note_dialog(part);
                Ok(true)
            }
            Err(e) => Err(self.fail(e).await),
        }
    }

    async fn reply(&self, reply: &Reply) -> WebDriverResult<()> {
        match reply {
            Reply::Ok => self.browser.accept_alert().await,
            Reply::Cancel => self.browser.dismiss_alert().await,
            Reply::Text(text) => {
                self.browser.send_alert_text(text).await?;
                self.browser.accept_alert().await
            }
        }
    }

    async fn open_dialog(&mut self) -> Result<Option<String>, BrowserError> {
        match self.browser.get_alert_text().await {
            Ok(text) => Ok(Some(text)),
            Err(e) => self.no_dialog(e).await.map(|()| None),
        }
    }

    async fn no_dialog(&mut self, e: WebDriverError) -> Result<(), BrowserError> {
        match (&*e, wire::meaning(&e, self.page_timeout)) {
            (WebDriverErrorInner::NoSuchAlert(_), _) | (_, Meaning::Gone | Meaning::Moved) => Ok(()),
            _ => Err(self.fail(e).await),
        }
    }
}
