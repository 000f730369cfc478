//! The press that cannot be undone.

use super::{
    BrowserError, Cause, Screen,
    dialog::{Dialogs, Reply},
    fill::may_come,
    find::{Press, Query},
    screen::POLL,
    survey::Survey,
};
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

/// How often each asked text stood in each window before the press.
struct Before(Vec<(WindowHandle, Vec<usize>)>);

impl Before {
    /// In a window that has opened since, nothing did.
    fn count(&self, window: &WindowHandle, text: usize) -> usize {
        self.0.iter().find(|(known, _)| known == window).map_or(0, |(_, counts)| counts[text])
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
        let result = self.count_and_click(&Query::press(&submit.press), &texts).await;
        let (before, clicked) = self.note(result)?;
        let result = match clicked {
            Ok(_) => self.follow(submit, &texts, &before).await,
            Err(e) => Err(self.fail(e).await),
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
        press: &Query,
        texts: &[String],
    ) -> Result<(Before, WebDriverResult<bool>), BrowserError> {
        let deadline = self.deadline();
        loop {
            self.ready_for_picture(press).await?;
            let before = self.survey_before(texts).await?;
            self.still_stands().await?;
            match self.click_now(press).await {
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
    async fn survey_before(&mut self, texts: &[String]) -> Result<Before, BrowserError> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let counts = |survey: &Survey| -> Vec<usize> { (0..texts.len()).map(|n| survey.count(n)).collect() };
        let home = self.window.clone();
        let deadline = self.deadline();
        let mut survey = self.survey(&texts, true).await?;
        // A frame that is just coming anew shows nothing for a moment.
        while !survey.frames.iter().all(|f| f.ready) && Instant::now() < deadline {
            sleep(POLL).await;
            survey = self.survey(&texts, true).await?;
        }
        let mut before = vec![(home.clone(), counts(&survey))];
        let others: Vec<_> =
            self.popups.iter().chain([&self.main]).filter(|w| **w != home).cloned().collect();
        for window in &others {
            if self.try_switch(window.clone()).await? {
                before.push((window.clone(), counts(&self.survey_beside(&texts).await?)));
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
            Some(label) => self.receipt(label).await.map(Some),
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
                return Err(Cause::NoText(submit.expect.clone()).into());
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
        let survey = match self.survey(&asked, false).await {
            Ok(survey) => survey,
            // A dialog that opened between the two questions; the next round answers it if it is declared.
            Err(e) if matches!(e.cause, Cause::Dialog(_)) => {
                (self.broken, self.dialog) = (false, None);
                return Ok(false);
            }
            Err(e) => return Err(e),
        };
        self.obey(&survey).await?;
        // The look may have been at another window than the last, if that one has closed.
        let appeared = |text: usize| survey.appeared(text, before.count(&self.window, text));
        let rules = self.rules.texts().len();
        let refused = submit.error_when.iter().enumerate().find(|(n, _)| appeared(rules + n));
        if let Some((_, text)) = refused {
            return Err(Cause::Refused(text.clone()).into());
        }
        Ok(survey.frames.iter().all(|f| f.ready) && appeared(texts.len() - 1))
    }

    async fn receipt(&mut self, label: &str) -> Result<String, BrowserError> {
        let deadline = self.deadline();
        loop {
            match self.read_labels(&[label]).await {
                Ok(mut values) if !values[0].1.is_empty() => return Ok(values.remove(0).1),
                Ok(_) if Instant::now() > deadline => {
                    return Err(Cause::NotFound {
                        what: "控えの番号", name: label.to_owned(), seen: vec![]
                    }
                    .into());
                }
                Err(e) if !matches!(e.cause, Cause::NotFound { .. }) || Instant::now() > deadline => {
                    return Err(e);
                }
                _ => sleep(POLL).await,
            }
        }
    }
}
