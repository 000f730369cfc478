//! Accounts of systems, changed by a person: on record first, then done. Neither user nor password is in the entry.

use super::{AuditLog, LogError};
use crate::{
    audit::{Actor, Draft, Event, tree},
    store::{Store, Strength},
};

/// What is done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretAct {
    /// It is kept, or replaced.
    Set,
    /// It is forgotten.
    Remove,
}

/// Whether an account may have this name: it stands in scenarios.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | 'ー');
    !name.is_empty() && name.chars().count() <= 40 && name.chars().all(fits)
}

/// Puts on record that `by` changes the account called `name`.
///
/// # Errors
/// When nothing can be recorded; then nothing may be done.
pub async fn note(
    store: &Store,
    log: &AuditLog,
    name: &str,
    act: SecretAct,
    by: &str,
) -> Result<(), LogError> {
    let word = match act {
        SecretAct::Set => "登録",
        SecretAct::Remove => "削除",
    };
    let draft = Draft::new(Event::ConfigSet, &Actor::User(by.to_owned())).data("key", "secrets");
    let draft = draft.data("reason", format!("アカウント「{name}」の{word}"));
    // The name's digest: what was typed must not be guessed from the log.
    let draft = draft.data("sha256", tree::hex(&tree::sha256(name.as_bytes()).0));
    let mut tx = store.begin(Strength::Power).await?;
    log.write(&mut tx, &draft).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_words() {
        assert!(is_name("juki_robot") && is_name("住基ロボット"));
        let long = "a".repeat(41);
        for bad in ["", "a b", "a/b", "a\nb", "<b>", long.as_str()] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
