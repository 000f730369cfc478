//! Searching: fill the conditions, press, read the list that follows.

use super::{BrowserError, Cause, Press, ReadBack, Screen, Table, press::Follow, read::List, screen::POLL};
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
        self.press_and_settle(&search.press, &Follow::default()).await?;
        self.wait_for_answer(&search.table, &before).await?;
        self.read_pages(&search.table).await
    }

    /// A sign of the list on the screen, or of the words that say that there is nothing: another as soon as they were drawn
    /// anew, with the same words or not, or other lines are shown. Empty where neither is there.
    async fn drawn(&mut self, table: &Table) -> Result<String, BrowserError> {
        let arg = json!({ "columns": table.columns, "none": table.none });
        Ok(self.ask::<serde_json::Value>("tables", arg).await?.sign)
    }

    /// An old list that is still on the screen is not the answer, however long it stays: it is that of another person.
    async fn wait_for_answer(&mut self, table: &Table, old: &str) -> Result<(), BrowserError> {
        let started = Instant::now();
        let mut is_new = false;
        loop {
            let now = self.drawn(table).await?;
            // Once the old list is gone, whatever comes next is the answer.
            is_new |= now.is_empty() || now != old;
            let waited = started.elapsed();
            match self.list(table).await {
                Ok(list) if is_new && self.is_whole(table, &list, waited).await? => return Ok(()),
                Ok(_) if waited > self.page_timeout => {
                    let what = "検索（前の一覧のまま変わりません）".into();
                    return Err(Cause::Timeout { what, limit: self.page_timeout }.into());
                }
                Err(e) if !matches!(e.cause, Cause::NotFound { .. }) => return Err(e),
                Err(e) if waited > self.page_timeout.min(self.wait) => return Err(e),
                _ => sleep(POLL).await,
            }
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
