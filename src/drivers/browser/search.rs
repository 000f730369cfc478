//! Searching: fill the conditions, press, read the list that follows.

use super::{
    BrowserError, Cause, Dialogs, Press, ReadBack, Screen, Table, find::Query, press::Follow, read::List,
    screen::POLL,
};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a list without a line is watched where nothing says that it is empty: its lines may come after its headings.
const LINES: Duration = Duration::from_millis(1_500);

/// A search: what is filled, what is pressed, which list follows.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Field and value; an empty value empties the field.
    pub fields: Vec<(String, String)>,
    /// What starts the search.
    pub press: Press,
    /// The list that follows.
    pub table: Table,
}

impl Screen {
    /// Fills, presses and reads; no row at all is a good answer if the screen says so.
    ///
    /// # Errors
    /// As [`Screen::fill`], [`Screen::press`] and [`Screen::read_table`]; [`Cause::Timeout`] when a list that stood there before
    /// stays as it is.
    pub async fn search(&mut self, search: &Search) -> Result<Vec<Vec<String>>, BrowserError> {
        self.usable()?;
        let result = self.search_now(search).await;
        self.note(result)
    }

    async fn search_now(&mut self, search: &Search) -> Result<Vec<Vec<String>>, BrowserError> {
        for (field, value) in &search.fields {
            self.fill_field(&field.as_str().into(), value, &ReadBack::default()).await?;
        }
        let before = self.drawn(&search.table).await?;
        let says_none = self.press_past(&search.press, &search.table).await?;
        if says_none || !self.wait_for_answer(&search.table, &before).await? {
            return Ok(vec![]);
        }
        self.read_pages(&search.table).await
    }

    /// Presses and waits for what follows, past the warnings of a list; says whether one of them told that there is nothing.
    pub(super) async fn press_past(&mut self, press: &Press, table: &Table) -> Result<bool, BrowserError> {
        self.mark += 1;
        let followed = match self.click_wholly(&Query::press(press)).await? {
            Ok(()) => self.follow_press(&Follow::default()).await,
            Err(e) => Err(self.fail(e).await),
        };
        let result = self.past_warnings(followed, table).await;
        self.picture_after().await;
        result
    }

    async fn past_warnings(
        &mut self,
        mut followed: Result<(), BrowserError>,
        table: &Table,
    ) -> Result<bool, BrowserError> {
        let (started, mut says_none) = (Instant::now(), false);
        while let Err(e) = followed {
            says_none |= self.warned(e, table).await?;
            if started.elapsed() > self.page_timeout {
                let what = "次々に出る警告の窓".into();
                return Err(Cause::Timeout { what, limit: self.page_timeout }.into());
            }
            followed = self.settle(true).await;
        }
        Ok(says_none)
    }

    /// After an error that may only be a warning that was declared: closes it, and says whether it told that there is nothing. It is
    /// closed without agreeing to anything then: it may also ask whether to register.
    pub(super) async fn warned(&mut self, e: BrowserError, table: &Table) -> Result<bool, BrowserError> {
        if !matches!(e.cause, Cause::Dialog(_)) {
            return Err(e);
        }
        if let Some(none) = &table.none
            && self.is_closed_saying(none).await?
        {
            return Ok(true);
        }
        let dialogs = Dialogs { must: vec![], may: table.alerts.clone() };
        if table.alerts.is_empty() || !self.is_answered(&e, &dialogs).await? {
            return Err(e);
        }
        Ok(false)
    }

    /// A sign of the list on the screen, or of the words that say that there is nothing: another as soon as they were drawn
    /// anew, with the same words or not, or other lines are shown. Empty where neither is there.
    async fn drawn(&mut self, table: &Table) -> Result<String, BrowserError> {
        let arg = json!({ "columns": table.columns, "none": table.none });
        Ok(self.ask::<serde_json::Value>("tables", arg).await?.sign)
    }

    /// An old list that is still on the screen is not the answer, however long it stays: it is that of another person. False where
    /// a dialog told that there is nothing.
    async fn wait_for_answer(&mut self, table: &Table, old: &str) -> Result<bool, BrowserError> {
        let started = Instant::now();
        let mut is_new = false;
        loop {
            let waited = started.elapsed();
            match self.has_answer(table, old, &mut is_new, waited).await {
                Ok(true) => return Ok(true),
                Ok(false) => sleep(POLL).await,
                Err(e) if waited > self.page_timeout => return Err(e),
                Err(e) => {
                    if self.warned(e, table).await? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    async fn has_answer(
        &mut self,
        table: &Table,
        old: &str,
        is_new: &mut bool,
        waited: Duration,
    ) -> Result<bool, BrowserError> {
        let now = self.drawn(table).await?;
        // Once the old list is gone, whatever comes next is the answer.
        *is_new |= now.is_empty() || now != old;
        match self.list(table).await {
            Ok(list) if *is_new && self.is_whole(table, &list, waited).await? => {
                Ok(!self.busy || waited > self.wait)
            }
            Ok(_) if waited > self.page_timeout => {
                let what = "検索（前の一覧のまま変わりません）".into();
                Err(Cause::Timeout { what, limit: self.page_timeout }.into())
            }
            Err(e) if !matches!(e.cause, Cause::NotFound { .. }) => Err(e),
            Err(e) if waited > self.page_timeout.min(self.wait) => Err(e),
            _ => Ok(false),
        }
    }

    async fn is_whole(&mut self, table: &Table, list: &List, waited: Duration) -> Result<bool, BrowserError> {
        if !list.rows.is_empty() || waited > LINES {
            return Ok(true);
        }
        let Some(none) = &table.none else { return Ok(false) };
        Ok(self.survey(&[none], false).await?.count(0) > 0)
    }
}
