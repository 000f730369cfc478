//! Searching: fill the conditions, press, read the list that follows.

use super::{BrowserError, Cause, Press, ReadBack, Screen, Table, press::Follow, screen::POLL};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long an unchanged screen is watched before it is taken for the new answer: a search for the same person again
/// shows the same rows.
const UNCHANGED: Duration = Duration::from_millis(1_500);

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
    /// As [`Screen::fill`], [`Screen::press`] and [`Screen::read_table`].
    pub async fn search(&mut self, search: &Search) -> Result<Vec<Vec<String>>, BrowserError> {
        self.usable()?;
        let result = self.search_now(search).await;
        self.note(result)
    }

    async fn search_now(&mut self, search: &Search) -> Result<Vec<Vec<String>>, BrowserError> {
        for (field, value) in &search.fields {
            self.fill_field(&field.as_str().into(), value, &ReadBack::default()).await?;
        }
        let before = self.list(&search.table).await.ok();
        self.press_and_settle(&search.press, &Follow::default()).await?;
        self.wait_for_answer(search, before.is_some()).await?;
        self.read_pages(&search.table).await
    }

    /// An old list that is still on the screen is not the answer.
    async fn wait_for_answer(&mut self, search: &Search, had_list: bool) -> Result<(), BrowserError> {
        let started = Instant::now();
        let texts: Vec<&str> = search.table.none.iter().map(String::as_str).collect();
        loop {
            let fresh = self.survey(&texts, false).await?.frames.iter().any(|f| f.fresh);
            let waited = started.elapsed() > UNCHANGED;
            let there = self.list(&search.table).await;
            match there {
                Ok(_) if fresh || waited || !had_list => return Ok(()),
                Err(e) if !matches!(e.cause, Cause::NotFound { .. }) => return Err(e),
                Err(e) if started.elapsed() > self.page_timeout.min(self.wait) => return Err(e),
                _ => sleep(POLL).await,
            }
        }
    }
}
