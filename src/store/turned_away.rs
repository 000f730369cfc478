//! Names and passwords that systems did not take, known again by the next process: as a keyed print, never as they are.

use super::{Store, StoreError, Strength, link::sql};
use serde::{Deserialize, Serialize};

/// Bytes of the print of name and password.
const BYTES: usize = 16;

/// What was given to a system last and not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Of name and password, under the key of the contents.
    print: String,
    /// The code of the failure.
    pub code: String,
    /// How often in a row it was not taken.
    pub times: u32,
    /// When it was given last, ms since 1970.
    pub at: i64,
}

/// Where it stands among the office's own book-keeping.
fn place(account: &str) -> String {
    format!("refused {account}")
}

impl Store {
    fn print_of(&self, account: &str, user: &str, password: &str) -> String {
        self.seal().print("refused", &format!("{account}\0{user}\0{password}"), BYTES)
    }

    /// That this name and password were not taken when they were given last; none when they were, or others are set since.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn refused(
        &self,
        account: &str,
        user: &str,
        password: &str,
    ) -> Result<Option<Refused>, StoreError> {
        let known = self.maybe(sql("SELECT value FROM meta WHERE key = $1").bind(place(account))).await?;
        let known: Option<Refused> = known.map(|row| row.json("value")).transpose()?;
        Ok(known.filter(|known| known.print == self.print_of(account, user, password)))
    }

    /// They were not taken at `at` (ms since 1970), at least so many times.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_refused(
        &self,
        account: &str,
        (user, password): (&str, &str),
        code: &str,
        (times, at): (u32, i64),
    ) -> Result<(), StoreError> {
        let before = self.refused(account, user, password).await?.map_or(0, |known| known.times);
        let (print, times) = (self.print_of(account, user, password), before.saturating_add(1).max(times));
        let refused = Refused { print, code: code.to_owned(), times, at };
        // A password given once too often locks an account: this survives a power cut.
        let mut tx = self.begin(Strength::Power).await?;
        tx.set_meta(&place(account), &serde_json::to_string(&refused)?).await?;
        tx.commit().await
    }

    /// The account is let in.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_refused(&self, account: &str) -> Result<(), StoreError> {
        let known = self.maybe(sql("SELECT value FROM meta WHERE key = $1").bind(place(account))).await?;
        if known.is_none() {
            return Ok(());
        }
        let mut tx = self.begin(Strength::Process).await?;
        sql("DELETE FROM meta WHERE key = $1").bind(place(account)).run(tx.link()).await?;
        tx.commit().await
    }
}
