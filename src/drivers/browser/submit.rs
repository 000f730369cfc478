//! The press that cannot be undone.

use super::{
    BrowserError, Cause, Screen,
    dialog::{Dialogs, Reply},
    fill::may_come,
    find::{Found, Press, Query},
    keyed::Keys,
    screen::{POLL, State},
    survey::Survey,
};
use serde_json::json;
use std::time::Duration;
use thirtyfour::{WindowHandle, error::WebDriverResult};
use tokio::time::{Instant, sleep};

/// How long after the text that says it is done a page may still take it back: one says 「登録しました」 at once, and what its server
/// answered only then. A page that the server has sent is its answer.
const TAKEN_BACK: Duration = Duration::from_millis(500);

/// One press that cannot be undone, with everything that is declared to follow it.
#[derive(Debug, Clone, Default)]
pub struct Submit {
    /// What is pressed.
    pub press: Press,
    /// The keys that are pressed instead.
    pub keys: Option<Keys>,
    /// The title of the window that it opens and that has the answer.
    pub opens: Option<String>,
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

    /// The question is asked once; a second one is none that was declared.
    fn warnings(&self) -> Dialogs {
        Dialogs { must: vec![], may: self.alerts.clone() }
    }
}

/// What stood in each window before the press.
pub(super) struct Before(Vec<Stood>);

/// What stood in one window.
struct Stood {
    window: WindowHandle,
    /// The signs of the lines in which each asked text stood.
    lines: Vec<Vec<i32>>,
    /// The number beside the label of the receipt: one of an earlier act.
    number: Option<String>,
    /// What stood there in place of the text that says it is done.
    others: Vec<String>,
}

impl Before {
    /// In a window that has opened since, nothing did.
    fn stood(&self, window: &WindowHandle) -> Option<&Stood> {
        self.0.iter().find(|stood| stood.window == *window)
    }

    fn lines(&self, window: &WindowHandle, text: usize) -> &[i32] {
        self.stood(window).map(|stood| stood.lines[text].as_slice()).unwrap_or_default()
    }

    /// What stands there now in place of the text that says it is done, and did not before.
    fn other<'s>(&self, window: &WindowHandle, now: &'s Survey) -> Option<&'s String> {
        let known = self.stood(window).map(|stood| stood.others.as_slice()).unwrap_or_default();
        now.others().find(|other| !known.contains(other))
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
        let result = match &submit.keys {
            Some(keys) => self.count_and_strike(submit, keys, &texts).await,
            None => self.count_and_click(submit, &texts).await,
        };
        let (before, clicked) = self.note(result)?;
        let result = match clicked {
            Ok(_) => self.follow(submit, &texts, &before).await,
            Err(e) => Err(self.fail(e).await),
        };
        let result = match result {
            Err(e) => Err(self.unless_refused(e, &submit.error_when).await),
            done => done,
        };
        self.let_go().await;
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
            let found = self.find_for_picture(&press.watched()).await?;
            let before = self.survey_before(texts, submit.receipt.as_deref()).await?;
            self.still_stands().await?;
            match self.click_now(&press, &found).await {
                Err(e) if may_come(&e.cause) && Instant::now() < deadline => sleep(POLL).await,
                clicked => return clicked.map(|clicked| (before, clicked)),
            }
        }
    }

    async fn click_now(
        &mut self,
        press: &Query,
        found: &Found,
    ) -> Result<WebDriverResult<bool>, BrowserError> {
        // A page that has come since it was counted is none that the press brought.
        self.aim(&press.clone().marking(self.mark), found, None).await?;
        self.click_aimed(press).await
    }

    /// Marks and counts in every declared window: the one in which is pressed may close by itself, and what then comes into
    /// sight stood there before.
    pub(super) async fn survey_before(
        &mut self,
        texts: &[String],
        receipt: Option<&str>,
    ) -> Result<Before, BrowserError> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let lines =
            |survey: &Survey| -> Vec<Vec<i32>> { (0..texts.len()).map(|n| survey.lines(n)).collect() };
        let home = self.window.clone();
        let deadline = self.deadline();
        let mut survey = self.survey_submit(&texts, true).await?;
        // A frame that is just coming anew shows nothing for a moment.
        while !survey.frames.iter().all(|f| f.ready) && Instant::now() < deadline {
            sleep(POLL).await;
            survey = self.survey_submit(&texts, true).await?;
        }
        let number = self.number_beside(receipt).await?;
        let others = |survey: &Survey| -> Vec<String> { survey.others().cloned().collect() };
        let (lines_here, others_here) = (lines(&survey), others(&survey));
        let mut before = vec![Stood { window: home.clone(), lines: lines_here, number, others: others_here }];
        let beside: Vec<_> =
            self.popups.iter().chain([&self.main]).filter(|w| **w != home).cloned().collect();
        for window in &beside {
            if self.try_switch(window.clone()).await? {
                let survey = self.survey_beside(&texts).await?;
                let number = self.number_beside(receipt).await?;
                let (lines, others) = (lines(&survey), others(&survey));
                before.push(Stood { window: window.clone(), lines, number, others });
            }
        }
        if !beside.is_empty() {
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
        let (said, window) = (Instant::now(), self.window.clone());
        let asked: Vec<&str> = texts.iter().map(String::as_str).collect();
        let first = self.look_past(submit, &asked, true).await?;
        self.obey_windows().await?;
        let number = self.new_number(submit, before).await;
        let number = self.unless_dialog(number)?.flatten();
        let is_sure = first.came(texts.len() - 1) && !self.busy;
        if !is_sure {
            sleep(TAKEN_BACK.saturating_sub(said.elapsed())).await;
            let second = self.look_past(submit, &asked, false).await?;
            self.obey(&second).await?;
            // A window that has closed took its words with it.
            if self.window == window {
                self.holds_good(submit, before, (&first, &second))?;
            }
        }
        let Some(label) = submit.receipt.as_ref().filter(|_| number.is_none()) else { return Ok(number) };
        let receipt = self.receipt(label, before).await;
        if !is_sure {
            // A message may fade while its number is waited for, but no refusal may come.
            let last = self.look_past(submit, &asked, false).await?;
            self.obey(&last).await?;
            if self.window == window {
                self.refused_since(submit, before, (&first, &last))?;
            }
        }
        receipt.map(Some)
    }

    /// A look when every warning that may come has been answered.
    async fn look_past(
        &mut self,
        submit: &Submit,
        asked: &[&str],
        put: bool,
    ) -> Result<Survey, BrowserError> {
        let (started, warnings) = (Instant::now(), submit.warnings());
        while started.elapsed() < self.page_timeout {
            if !self.answer(&warnings).await? {
                let survey = self.survey_submit(asked, put).await;
                if let Some(survey) = self.unless_dialog(survey)? {
                    return Ok(survey);
                }
            }
        }
        Err(Cause::Timeout { what: "次々に出る警告の窓".into(), limit: self.page_timeout }.into())
    }

    /// Whether what was said at first is still true a moment later: no refusal has come, and the page has not taken its words away.
    /// A page that leads on to another has not, nor has a frame that closes.
    fn holds_good(
        &self,
        submit: &Submit,
        before: &Before,
        (first, second): (&Survey, &Survey),
    ) -> Result<(), BrowserError> {
        self.refused_since(submit, before, (first, second))?;
        let done = self.rules.texts().len() + submit.error_when.len();
        let was_there = !first.lines(done).is_empty() || !first.fresh();
        let is_gone = was_there && second.lines(done).is_empty();
        if is_gone && !second.fresh() && second.frames.len() >= first.frames.len() {
            return Err(Cause::TakenBack(submit.expect.clone()).into());
        }
        Ok(())
    }

    /// Whether a refusal has come since the first look.
    fn refused_since(
        &self,
        submit: &Submit,
        before: &Before,
        (first, second): (&Survey, &Survey),
    ) -> Result<(), BrowserError> {
        let rules = self.rules.texts().len();
        let is_new = |text: usize| {
            let (known, earlier) = (first.lines(text), before.lines(&self.window, text));
            second.lines(text).iter().any(|line| !known.contains(line) && !earlier.contains(line))
        };
        if let Some((_, text)) = submit.error_when.iter().enumerate().find(|(n, _)| is_new(rules + n)) {
            return Err(Cause::Refused(text.clone()).into());
        }
        Ok(())
    }

    async fn wait_done(
        &mut self,
        submit: &Submit,
        texts: &[String],
        before: &Before,
        limit: Duration,
    ) -> Result<(), BrowserError> {
        let (started, warnings) = (Instant::now(), submit.warnings());
        let mut is_open = submit.opens.is_none();
        loop {
            if !self.answer(&warnings).await? {
                // Until the window is there, only a refusal is looked for where it was pressed.
                is_open = is_open || self.has_opened(submit).await?;
                if self.is_done(submit, texts, before).await? && is_open {
                    return Ok(());
                }
            }
            if started.elapsed() > limit {
                let missing = submit.opens.clone().filter(|_| !is_open);
                return Err(self.overdue(submit, texts, before, missing).await);
            }
            sleep(POLL).await;
        }
    }

    /// Goes to the window that is to have the answer, if it is there.
    async fn has_opened(&mut self, submit: &Submit) -> Result<bool, BrowserError> {
        let Some(title) = &submit.opens else { return Ok(true) };
        let entered = self.enter_if_open(title).await;
        Ok(self.unless_dialog(entered)?.unwrap_or_default())
    }

    async fn is_done(
        &mut self,
        submit: &Submit,
        texts: &[String],
        before: &Before,
    ) -> Result<bool, BrowserError> {
        let asked: Vec<&str> = texts.iter().map(String::as_str).collect();
        let survey = self.survey_submit(&asked, false).await;
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
        let is_new = self.new_number(submit, before).await?.is_some();
        Ok(is_new || (is_message && self.is_pressed_away(submit).await?))
    }

    /// None where a dialog opened between two questions; the next round answers it if it is declared.
    fn unless_dialog<T>(&mut self, result: Result<T, BrowserError>) -> Result<Option<T>, BrowserError> {
        match result {
            Err(e) if matches!(e.cause, Cause::Dialog(_)) => {
                self.state = State::Good;
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    /// What is said when the text has not come in time: the window did not open, other words came in its place, or a window that
    /// nobody declared may have it.
    async fn overdue(
        &mut self,
        submit: &Submit,
        texts: &[String],
        before: &Before,
        missing: Option<String>,
    ) -> BrowserError {
        let expect = &submit.expect;
        let Err(e) = self.obey_windows().await else {
            if let Some(name) = missing {
                return Cause::NotFound { what: "画面", name, seen: vec![] }.into();
            }
            let asked: Vec<&str> = texts.iter().map(String::as_str).collect();
            let now = self.survey_submit(&asked, false).await.ok();
            let found = now.as_ref().and_then(|now| before.other(&self.window, now)).cloned();
            return match found {
                Some(found) => Cause::OtherText { wanted: expect.clone(), found }.into(),
                None => Cause::NoText(expect.clone()).into(),
            };
        };
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

    /// The number of this act, if it is there already.
    async fn new_number(&mut self, submit: &Submit, before: &Before) -> Result<Option<String>, BrowserError> {
        let number = self.number_beside(submit.receipt.as_deref()).await?;
        Ok(number.filter(|number| !before.had(&self.window, number)))
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
