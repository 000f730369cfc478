//! The press that cannot be undone.

use super::{
    BrowserError, Cause, Screen,
    dialog::{Dialogs, Reply},
    fill::may_come,
    find::{Press, Query},
    screen::POLL,
    survey::Survey,
};
use serde_json::json;
use std::time::Duration;
use thirtyfour::{WindowHandle, error::WebDriverResult};
use tokio::time::{Instant, sleep};

/// One press that cannot be undone, with everything that is declared to follow it.
#[derive(Debug, Clone, Default)]
pub struct Submit {
    /// What is pressed.
    pub press: Press,
    /// A part of the question that must come and is answered with OK.
    pub confirm: Option<String>,
    /// Parts of warnings that may come, before or after, and are answered with OK.
    pub alerts: Vec<String>,
    /// The text that says it is done. It must be new: one that stood there before the press does not count.
    pub expect: String,
    /// Texts that say it was refused.
    pub error_when: Vec<String>,
    /// The label of the number that is read from the page that follows.
    pub receipt: Option<String>,
    /// How long the system may take; the session's page limit unless set.
    pub limit: Option<Duration>,
}

impl Submit {
    fn dialogs(&self) -> Dialogs {
        let must = self.confirm.iter().map(|part| (part.clone(), Reply::Ok)).collect();
        Dialogs { must, may: self.alerts.clone() }
    }
}

/// What stood in each window before the press.
struct Before(Vec<Stood>);

/// What stood in one window.
struct Stood {
    window: WindowHandle,
    /// The signs of the lines in which each asked text stood.
    lines: Vec<Vec<i32>>,
    /// The number beside the label of the receipt: one of an earlier act.
    number: Option<String>,
}

impl Before {
    /// In a window that has opened since, nothing did.
    fn stood(&self, window: &WindowHandle) -> Option<&Stood> {
        self.0.iter().find(|stood| stood.window == *window)
    }

    fn lines(&self, window: &WindowHandle, text: usize) -> &[i32] {
        self.stood(window).map(|stood| stood.lines[text].as_slice()).unwrap_or_default()
    }

    /// Whether that number stood there already.
    fn had(&self, window: &WindowHandle, number: &str) -> bool {
        self.stood(window).and_then(|stood| stood.number.as_deref()) == Some(number)
    }
}

impl Screen {
    /// Presses once, answers exactly the declared dialogs, waits for the declared text and reads the receipt.
    ///
    /// # Errors
    /// [`BrowserError::pressed`] says whether the press may have reached the system. Once it is true nothing is tried
    /// again here.
    pub async fn submit(&mut self, submit: &Submit) -> Result<Option<String>, BrowserError> {
        self.usable()?;
        let texts: Vec<String> = self.asked(submit);
        // Until it is clicked, nothing is pressed.
        let result = self.count_and_click(submit, &texts).await;
        let (before, clicked) = self.note(result)?;
        let result = match clicked {
            Ok(_) => self.follow(submit, &texts, &before).await,
            Err(e) => Err(self.fail(e).await),
        };
        let result = match result {
            Err(e) => Err(self.unless_refused(e, &submit.error_when).await),
            done => done,
        };
        self.picture_after().await;
        let result = result.map_err(|e| BrowserError { pressed: true, ..e });
        // Whatever was refused after the press: the next act begins from a known page.
        self.note(result)
    }

    /// Whether the button is there and would take the press now; nothing is pressed.
    ///
    /// # Errors
    /// As [`Screen::submit`] before its press.
    pub async fn look_at(&mut self, press: &Press) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.ready(&Query::press(press)).await;
        self.note(result).map(drop)
    }

    /// The rules' texts, this submit's refusals, and last the text that says it is done.
    fn asked(&self, submit: &Submit) -> Vec<String> {
        let rules = self.rules.texts().into_iter().map(str::to_owned);
        rules.chain(submit.error_when.iter().cloned()).chain([submit.expect.clone()]).collect()
    }

    /// Counts when the button is ready and clicks at once. What the act before still brings has come when the button takes a
    /// press again: where it no longer does, it is waited for and counted anew.
    async fn count_and_click(
        &mut self,
        submit: &Submit,
        texts: &[String],
    ) -> Result<(Before, WebDriverResult<bool>), BrowserError> {
        let (press, deadline) = (Query::press(&submit.press), self.deadline());
        loop {
            self.ready_for_picture(&press).await?;
            let before = self.survey_before(texts, submit.receipt.as_deref()).await?;
            self.still_stands().await?;
            match self.click_now(&press).await {
                Err(e) if may_come(&e.cause) && Instant::now() < deadline => sleep(POLL).await,
                clicked => return clicked.map(|clicked| (before, clicked)),
            }
        }
    }

    async fn click_now(&mut self, press: &Query) -> Result<WebDriverResult<bool>, BrowserError> {
        // A page that has come since it was counted is none that the press brought.
        let (_, element) = self.ready_at_once(&press.clone().marking(self.mark)).await?;
        self.click_found(press, &element).await
    }

    /// Marks and counts in every declared window: the one in which is pressed may close by itself, and what then comes into
    /// sight stood there before.
    async fn survey_before(
        &mut self,
        texts: &[String],
        receipt: Option<&str>,
    ) -> Result<Before, BrowserError> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let lines =
            |survey: &Survey| -> Vec<Vec<i32>> { (0..texts.len()).map(|n| survey.lines(n)).collect() };
        let home = self.window.clone();
        let deadline = self.deadline();
        let mut survey = self.survey(&texts, true).await?;
        // A frame that is just coming anew shows nothing for a moment.
        while !survey.frames.iter().all(|f| f.ready) && Instant::now() < deadline {
            sleep(POLL).await;
            survey = self.survey(&texts, true).await?;
        }
        let number = self.number_beside(receipt).await?;
        let mut before = vec![Stood { window: home.clone(), lines: lines(&survey), number }];
        let others: Vec<_> =
            self.popups.iter().chain([&self.main]).filter(|w| **w != home).cloned().collect();
        for window in &others {
            if self.try_switch(window.clone()).await? {
                let lines = lines(&self.survey_beside(&texts).await?);
                let number = self.number_beside(receipt).await?;
                before.push(Stood { window: window.clone(), lines, number });
            }
        }
        if !others.is_empty() {
            self.try_switch(home).await?;
        }
        Ok(Before(before))
    }

    async fn follow(
        &mut self,
        submit: &Submit,
        texts: &[String],
        before: &Before,
    ) -> Result<Option<String>, BrowserError> {
        let limit = submit.limit.unwrap_or(self.page_timeout);
        self.answer_all(&submit.dialogs(), limit.min(self.wait)).await?;
        self.wait_done(submit, texts, before, limit).await?;
        self.obey_windows().await?;
        match &submit.receipt {
            Some(label) => self.receipt(label, before).await.map(Some),
            None => Ok(None),
        }
    }

    async fn wait_done(
        &mut self,
        submit: &Submit,
        texts: &[String],
        before: &Before,
        limit: Duration,
    ) -> Result<(), BrowserError> {
        let started = Instant::now();
        // The question is asked once; a second one is none that was declared.
        let dialogs = Dialogs { must: vec![], may: submit.alerts.clone() };
        loop {
            if !self.answer(&dialogs).await? && self.is_done(submit, texts, before).await? {
                return Ok(());
            }
            if started.elapsed() > limit {
                return Err(self.overdue(&submit.expect).await);
            }
            sleep(POLL).await;
        }
    }

    async fn is_done(
        &mut self,
        submit: &Submit,
        texts: &[String],
        before: &Before,
    ) -> Result<bool, BrowserError> {
        let asked: Vec<&str> = texts.iter().map(String::as_str).collect();
        let survey = self.survey(&asked, false).await;
        let Some(survey) = self.unless_dialog(survey)? else { return Ok(false) };
        self.obey(&survey).await?;
        // The look may have been at another window than the last, if that one has closed.
        let appeared = |text: usize| survey.appeared(text, before.lines(&self.window, text));
        let rules = self.rules.texts().len();
        let mut refusals = submit.error_when.iter().enumerate().map(|(n, text)| (rules + n, text));
        if let Some((_, text)) = refusals.find(|(n, _)| appeared(*n) || survey.is_message(*n)) {
            return Err(Cause::Refused(text.clone()).into());
        }
        let done = texts.len() - 1;
        if !survey.frames.iter().all(|f| f.ready) {
            return Ok(false);
        }
        if appeared(done) || !survey.is_said_anew(done) {
            return Ok(appeared(done));
        }
        let answer = self.is_answer(submit, before, survey.is_message(done)).await;
        self.unless_dialog(answer).map(Option::unwrap_or_default)
    }

    /// Whether a new document that says what stood there before is the answer to this press: where it has a new number, or is a
    /// message and the button is gone. A form that came back with the same words in it may as well be a refusal.
    async fn is_answer(
        &mut self,
        submit: &Submit,
        before: &Before,
        is_message: bool,
    ) -> Result<bool, BrowserError> {
        let number = self.number_beside(submit.receipt.as_deref()).await?;
        let is_new = number.is_some_and(|number| !before.had(&self.window, &number));
        Ok(is_new || (is_message && !self.is_there(&Query::press(&submit.press)).await?))
    }

    /// None where a dialog opened between two questions; the next round answers it if it is declared.
    fn unless_dialog<T>(&mut self, result: Result<T, BrowserError>) -> Result<Option<T>, BrowserError> {
        match result {
            Err(e) if matches!(e.cause, Cause::Dialog(_)) => {
                (self.broken, self.dialog) = (false, None);
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    /// What is said when the text has not come in time: a window that nobody declared may have it.
    async fn overdue(&mut self, expect: &str) -> BrowserError {
        let Err(e) = self.obey_windows().await else { return Cause::NoText(expect.to_owned()).into() };
        let Cause::Window(title) = &e.cause else { return e };
        let is_there = self.is_said_beside(expect).await.unwrap_or_default();
        let ending = if is_there { "出ています" } else { "出ていません" };
        Cause::Window(format!("{title}（「{expect}」の文は、この画面に{ending}）")).into()
    }

    /// Whether a text stands in a window that nobody declared.
    async fn is_said_beside(&mut self, text: &str) -> Result<bool, BrowserError> {
        let home = self.window.clone();
        let mut unknown = match self.leave_closed_window().await {
            Ok(open) => open,
            Err(e) => return Err(self.fail(e).await),
        };
        unknown.retain(|w| *w != self.main && !self.popups.contains(w));
        let mut is_said = false;
        for window in unknown {
            if self.try_switch(window).await? {
                is_said |= self.survey(&[text], false).await?.count(0) > 0;
            }
        }
        self.try_switch(home).await?;
        Ok(is_said)
    }

    /// The number beside that label, or told with it in a sentence; none where it is not there, is still empty, or several are.
    async fn number_beside(&mut self, label: Option<&str>) -> Result<Option<String>, BrowserError> {
        let Some(label) = label else { return Ok(None) };
        match self.number(label).await {
            Err(e) if matches!(e.cause, Cause::Ambiguous { .. }) => Ok(None),
            number => number,
        }
    }

    async fn number(&mut self, label: &str) -> Result<Option<String>, BrowserError> {
        match self.read_labels(&[label]).await {
            Ok(mut values) if !values[0].1.is_empty() => return Ok(Some(values.remove(0).1)),
            Err(e) if !matches!(e.cause, Cause::NotFound { .. }) => return Err(e),
            _ => {}
        }
        let mut told = self.ask::<String>("numbers", json!({ "label": label })).await?.items;
        told.sort_unstable();
        told.dedup();
        Ok(told.pop().filter(|_| told.is_empty()))
    }

    /// The number of this act. One that stood there before the press is that of another, and the new one may come a moment later
    /// than the text.
    async fn receipt(&mut self, label: &str, before: &Before) -> Result<String, BrowserError> {
        let deadline = self.deadline();
        loop {
            let number = self.number(label).await?;
            let is_old = number.as_deref().is_some_and(|number| before.had(&self.window, number));
            match number {
                Some(number) if !is_old => return Ok(number),
                _ if Instant::now() > deadline => {
                    let seen =
                        if is_old { vec!["押す前から出ている番号".to_owned()] } else { vec![] };
                    let name = label.to_owned();
                    return Err(Cause::NotFound { what: "控えの番号", name, seen }.into());
                }
                _ => sleep(POLL).await,
            }
        }
    }
}
