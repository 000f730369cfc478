//! Reading values and lists from the screen.

use super::{BrowserError, Cause, Screen, find::Press, screen::POLL};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the rows of a page that the screen calls the last must stay the same after a press of the link to the next one.
const SAME: Duration = Duration::from_millis(1_500);

/// A list on the screen: which columns, over how many pages.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The headings of the wanted columns. Of several with one heading, `異動前/住所` is the one below 異動前, and `住所/2` the
    /// second.
    pub columns: Vec<String>,
    /// The link or button to the next page.
    pub next: Option<String>,
    /// A text that says the list is empty.
    pub none: Option<String>,
    /// The most pages to read; more is an error, so that no list is ever cut in silence. 0 counts as 1.
    pub max_pages: usize,
    /// Parts of warnings that may come and are answered with OK.
    pub alerts: Vec<String>,
}

/// Which page of a list it is, and of how many, as the screen says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Counter(u32, u32);

impl Counter {
    fn is_last(self) -> bool {
        self.0 == self.1
    }

    /// Whether a link beyond the last page has led to the first.
    fn has_wrapped(self) -> bool {
        self.0 == 1 && self.1 > 1
    }
}

#[derive(Debug, Deserialize)]
struct Beside {
    frame: String,
    label: String,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct List {
    frame: String,
    pub rows: Vec<Vec<String>>,
    doubt: Option<Doubt>,
}

/// A heading that several columns have, and what each of them may be called instead.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Doubt {
    name: String,
    found: Vec<String>,
}

impl Screen {
    /// The values beside these labels, in their order, as they stand on the screen, outer white space aside.
    ///
    /// # Errors
    /// When a label is missing or stands there more than once with different values.
    pub async fn read(&mut self, labels: &[&str]) -> Result<Vec<(String, String)>, BrowserError> {
        self.usable()?;
        let result = self.read_soon(labels).await;
        self.note(result)
    }

    async fn read_soon(&mut self, labels: &[&str]) -> Result<Vec<(String, String)>, BrowserError> {
        let deadline = self.deadline();
        loop {
            match self.read_labels(labels).await {
                Err(e) if matches!(e.cause, Cause::NotFound { .. }) && Instant::now() < deadline => {
                    sleep(POLL).await;
                }
                // The page may be about to fill in another value.
                Ok(_) if self.awaits(deadline) => sleep(POLL).await,
                Ok(values) => return self.settle(false).await.map(|()| values),
                Err(e) => return Err(e),
            }
        }
    }

    pub(super) async fn read_labels(
        &mut self,
        labels: &[&str],
    ) -> Result<Vec<(String, String)>, BrowserError> {
        let found = self.ask::<Beside>("read", json!({ "labels": labels })).await?.items;
        labels.iter().map(|label| one_value(label, &found)).collect()
    }

    /// The rows of the one list that has all these columns, over all its pages: for each row its cells in the order
    /// of the columns.
    ///
    /// # Errors
    /// When no list or more than one has these columns, several columns have one heading, or it has more pages than allowed.
    pub async fn read_table(&mut self, table: &Table) -> Result<Vec<Vec<String>>, BrowserError> {
        self.usable()?;
        let result = self.read_pages(table).await;
        self.note(result)
    }

    pub(super) async fn read_pages(&mut self, table: &Table) -> Result<Vec<Vec<String>>, BrowserError> {
        let Some(mut list) = self.wait_for_list(table).await? else { return Ok(vec![]) };
        let mut rows = vec![];
        let pages = table.max_pages.max(1);
        for page in 1.. {
            let Some(next) = self.next_page(table).await? else { break };
            let is_last = self.counter().await?.is_some_and(Counter::is_last);
            if page > pages || page == pages && !is_last {
                return Err(Cause::TooManyPages(pages).into());
            }
            if self.press_past(&next, table).await? {
                break;
            }
            let Some(following) = self.wait_for_change(table, &list, is_last).await? else { break };
            rows.append(&mut std::mem::replace(&mut list, following).rows);
        }
        rows.append(&mut list.rows);
        Ok(rows)
    }

    /// What leads to the next page; none on the last one. Where the screen says that there are more pages, it is waited for.
    async fn next_page(&mut self, table: &Table) -> Result<Option<Press>, BrowserError> {
        let Some(name) = &table.next else { return Ok(None) };
        let deadline = self.deadline();
        loop {
            if let Some(next) = self.if_there(Press::named(name)).await? {
                return Ok(Some(next));
            }
            let Some(Counter(page, of)) = self.counter().await?.filter(|counter| !counter.is_last()) else {
                return Ok(None);
            };
            if Instant::now() > deadline {
                let seen = vec![format!("{page}/{of} ページの表示")];
                return Err(Cause::NotFound {
                    what: "次のページへ進むもの", name: name.clone(), seen
                }
                .into());
            }
            sleep(POLL).await;
        }
    }

    /// None where the screen does not say it, or says several things.
    async fn counter(&mut self) -> Result<Option<Counter>, BrowserError> {
        let mut told = self.ask::<Counter>("counters", json!({})).await?.items;
        told.sort_unstable();
        told.dedup();
        Ok(told.pop().filter(|_| told.is_empty()))
    }

    /// The list, or an empty one if the screen says that there is nothing; none if a dialog said so.
    async fn wait_for_list(&mut self, table: &Table) -> Result<Option<List>, BrowserError> {
        let deadline = self.deadline();
        loop {
            match self.list(table).await {
                // Another part of it may be on its way.
                Ok(_) if self.awaits(deadline) => sleep(POLL).await,
                Ok(list) => return Ok(Some(list)),
                Err(e) if Instant::now() > deadline => return Err(e),
                Err(e) if matches!(e.cause, Cause::NotFound { .. }) => sleep(POLL).await,
                Err(e) => {
                    if self.warned(e, table).await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// The page after `before`: the same rows again would be the page that was just read, and where no row is there and nothing
    /// says so, they are still to come. None where `before` was the last one, as the screen says.
    async fn wait_for_change(
        &mut self,
        table: &Table,
        before: &List,
        was_last: bool,
    ) -> Result<Option<List>, BrowserError> {
        let (started, deadline) = (Instant::now(), self.deadline());
        loop {
            let Some(list) = self.wait_for_list(table).await? else { return Ok(None) };
            let is_coming = list.rows.is_empty() && table.none.is_none();
            if list.rows != before.rows && !is_coming {
                let wrapped = was_last && self.counter().await?.is_some_and(Counter::has_wrapped);
                return Ok(Some(list).filter(|_| !wrapped));
            }
            let stays = was_last && list.rows == before.rows && started.elapsed() > SAME.min(self.wait);
            if stays && self.counter().await?.is_some_and(Counter::is_last) {
                return Ok(None);
            }
            if Instant::now() > deadline {
                return Err(Cause::Timeout { what: "次のページ".into(), limit: self.wait }.into());
            }
            sleep(POLL).await;
        }
    }

    pub(super) async fn list(&mut self, table: &Table) -> Result<List, BrowserError> {
        let mut found = self.ask::<List>("tables", json!({ "columns": table.columns })).await?.items;
        let name = || table.columns.join("、");
        match found.len() {
            1 => self.only_list(found.remove(0), table).await,
            0 if self.says_none(table).await? => Ok(List { frame: String::new(), rows: vec![], doubt: None }),
            0 => Err(Cause::NotFound { what: "一覧", name: name(), seen: vec![] }.into()),
            _ => {
                let found = found.iter().map(|l| in_frame(&l.frame)).collect();
                Err(Cause::Ambiguous { what: "一覧", name: name(), found }.into())
            }
        }
    }

    /// The one list there is. Headings without a row are an empty list only where the screen says what it is to say then: the rows
    /// may still come, or stand elsewhere.
    async fn only_list(&mut self, mut list: List, table: &Table) -> Result<List, BrowserError> {
        if let Some(Doubt { name, found }) = list.doubt.take() {
            return Err(Cause::Ambiguous { what: "列", name, found }.into());
        }
        if list.rows.is_empty() && table.none.is_some() && !self.says_none(table).await? {
            let (name, seen) = (table.columns.join("、"), vec!["見出しだけで行のない一覧".to_owned()]);
            return Err(Cause::NotFound { what: "一覧", name, seen }.into());
        }
        Ok(list)
    }

    async fn says_none(&mut self, table: &Table) -> Result<bool, BrowserError> {
        let Some(none) = &table.none else { return Ok(false) };
        Ok(self.survey(&[none], false).await?.count(0) > 0)
    }
}

/// The frame, as a person is told.
fn in_frame(frame: &str) -> String {
    if frame.is_empty() { "画面".into() } else { format!("枠 {frame}") }
}

fn one_value(label: &str, found: &[Beside]) -> Result<(String, String), BrowserError> {
    let mut mine = found.iter().filter(|v| v.label == label);
    let Some(first) = mine.next() else {
        return Err(Cause::NotFound { what: "項目", name: label.to_owned(), seen: vec![] }.into());
    };
    if mine.all(|v| v.text == first.text) {
        return Ok((label.to_owned(), first.text.clone()));
    }
    let places = found.iter().filter(|v| v.label == label).map(|v| in_frame(&v.frame)).collect();
    Err(Cause::Ambiguous { what: "項目", name: label.to_owned(), found: places }.into())
}
