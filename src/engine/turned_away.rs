//! Names and passwords that systems did not take, as long as this process lives. A system locks an account after a few wrong
//! ones, and passes begin by themselves all night.

use super::{Credentials, dispatcher::Pass};
use crate::run::RunState;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{collections::HashMap, fmt, sync::Mutex};

/// By account, what was given last without being taken, and the code of that failure. In memory only: nothing that is made from
/// a password goes on record.
#[derive(Default)]
pub struct TurnedAway(Mutex<HashMap<String, (Credentials, &'static str)>>);

impl fmt::Debug for TurnedAway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TurnedAway")
    }
}

impl TurnedAway {
    /// It was not taken.
    pub(super) fn note(&self, account: &str, given: Credentials, code: &'static str) {
        let mut all = self.0.lock().expect("no panic while the list is held");
        all.insert(account.to_owned(), (given, code));
    }

    /// The account is let in.
    pub(super) fn forget(&self, account: &str) {
        self.0.lock().expect("no panic while the list is held").remove(account);
    }

    /// The code with which the same was not taken; none when a person has set another name or password since.
    pub(super) fn code(&self, account: &str, found: &Credentials) -> Option<&'static str> {
        let all = self.0.lock().expect("no panic while the list is held");
        let (given, code) = all.get(account)?;
        let same =
            given.user == found.user && given.password.expose_secret() == found.password.expose_secret();
        same.then_some(*code)
    }
}

impl Pass {
    /// Whether no person began it: its hour had come, or a schedule or another program put the run on record.
    pub(super) fn began_by_itself(&self) -> bool {
        let person = self.run.actor.get("kind").and_then(Value::as_str) == Some("user");
        self.run.wake_at.is_some() || (self.run.state == RunState::Queued && !person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(password: &str) -> Credentials {
        Credentials { user: "robot".into(), password: password.to_owned().into() }
    }

    #[test]
    fn what_was_not_taken_is_known_until_it_is_set_anew_or_taken() {
        let turned_away = TurnedAway::default();
        let code = |password| turned_away.code("juki_robot", &credentials(password));
        assert_eq!(code("old"), None);
        turned_away.note("juki_robot", credentials("old"), "SHK0511");
        assert_eq!((code("old"), code("new")), (Some("SHK0511"), None));
        assert!(!format!("{turned_away:?}").contains("old"));
        turned_away.forget("juki_robot");
        assert_eq!(code("old"), None);
    }
}
