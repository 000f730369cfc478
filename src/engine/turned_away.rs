//! Names and passwords that systems did not take. A system locks an account after a few wrong ones, and passes begin by
//! themselves all night. This process does not give them again by itself; the next one, which knows them by a keyed print, once
//! in twelve hours.

use super::{
    Credentials, Engine, EngineError,
    dispatcher::Pass,
    item::Work,
    sessions::{AT_THE_DOOR, Pool, TURNED_AWAY},
};
use crate::{
    run::RunState,
    scenario::Step,
    step::{Effect, Failure, FailureKind},
    store::StoreError,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, atomic::Ordering},
};

/// What was not taken twice is given again by itself only so many ms later.
const LATER: i64 = 12 * 60 * 60 * 1000;
/// After so many times it is no chance any more.
const NO_CHANCE: u32 = 2;

/// By account, what was given last without being taken, and the code of that failure.
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

/// The code that stands on record, as the program has it.
fn code_of(known: &str) -> &'static str {
    let all = TURNED_AWAY.iter().chain([&AT_THE_DOOR]);
    all.copied().find(|code| *code == known).unwrap_or(AT_THE_DOOR)
}

impl Engine {
    /// The account is let in.
    pub(super) async fn let_in(&self, account: &str) {
        self.limits.turned_away.forget(account);
        if let Err(error) = self.store.forget_refused(account).await {
            tracing::warn!(%error, "what was refused before stays on record");
        }
    }

    /// It was not: on record at once, and in memory when nobody tries again.
    pub(super) async fn turned_away(
        &self,
        account: &str,
        given: Credentials,
        failure: &Failure,
    ) -> Result<(), StoreError> {
        let ends = failure.kind == FailureKind::Hold;
        let (times, at) = (if ends { NO_CHANCE } else { 1 }, self.clock.now().as_millisecond());
        let pair = (given.user.as_str(), given.password.expose_secret());
        self.store.note_refused(account, pair, failure.code, (times, at)).await?;
        if ends {
            self.limits.turned_away.note(account, given, failure.code);
        }
        Ok(())
    }
}

impl Work<'_> {
    /// Name and password of an account, if they may be given to the system now.
    pub(super) async fn given_to(
        &self,
        pool: &Pool,
        account: &str,
    ) -> Result<Result<Credentials, Failure>, EngineError> {
        let found = match (self.pass.engine.accounts)(account) {
            Ok(found) => found,
            Err(failure) => return Ok(Err(failure)),
        };
        Ok(self.may_give(pool, account, &found).await?.map(|()| found))
    }

    /// What a system has not taken is given to it again once, when a person has done something or half a day has passed.
    async fn may_give(
        &self,
        pool: &Pool,
        account: &str,
        found: &Credentials,
    ) -> Result<Result<(), Failure>, EngineError> {
        let engine = &self.pass.engine;
        let here = engine.limits.turned_away.code(account, found);
        let refused = engine.store.refused(account, &found.user, found.password.expose_secret()).await?;
        let Some(code) = here.or_else(|| refused.as_ref().map(|known| code_of(&known.code))) else {
            return Ok(Ok(()));
        };
        // A moment far ahead was noted by a clock that was wrong, and would keep every night out until then.
        let since = |at: i64| engine.clock.now().as_millisecond().saturating_sub(at).saturating_abs();
        let soon = refused.is_some_and(|known| known.times >= NO_CHANCE && since(known.at) < LATER);
        if !self.pass.began_by_itself() || here.is_none() && !soon {
            pool.chance.store(false, Ordering::Relaxed);
            return Ok(Ok(()));
        }
        let message = format!(
            "対象システム「{}」へのログインは、このアカウント「{account}」のパスワードで一度失敗しています。続けて試すと\
             アカウントがロックされるおそれがあるため、自動では試さずに待っています。`shoki account set` で直すか、システムの側を\
             確かめてから `shoki resume` で続けてください。",
            pool.facts.id
        );
        let failure = Failure::hold(code, message);
        pool.keep_out(failure.clone());
        Ok(Err(failure))
    }

    /// A page behind a door whose name and password were given asks for them: once that is taken for chance, then nobody tries
    /// again. An act is left to its own rules.
    pub(super) async fn met_a_door(&self, step: &Step, failure: Failure) -> Result<Failure, EngineError> {
        let pool = step.on.as_ref().and_then(|on| self.pass.pools.pools.get(on));
        let met = failure.code == AT_THE_DOOR && step.action.effect != Effect::Irreversible;
        let Some((pool, account)) = pool.filter(|_| met).and_then(|pool| Some((pool, pool.door.as_ref()?)))
        else {
            return Ok(failure);
        };
        if !pool.chance.swap(false, Ordering::Relaxed) {
            return self.door_stays_shut(pool, account, &failure).await;
        }
        if let Ok(given) = (self.pass.engine.accounts)(account) {
            self.pass.engine.turned_away(account, given, &failure).await?;
        }
        Ok(failure)
    }

    /// Nobody tries that door again.
    pub(super) async fn door_stays_shut(
        &self,
        pool: &Pool,
        account: &str,
        failure: &Failure,
    ) -> Result<Failure, EngineError> {
        let shut = pool.not_taken(failure);
        if let Ok(given) = (self.pass.engine.accounts)(account) {
            self.pass.engine.turned_away(account, given, &shut).await?;
        }
        Ok(shut)
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
