//! Who is signed in where. One account is never in more sessions than its system allows.

use super::{Engine, EngineError, attempt::text, item::Work};
use crate::{
    audit::Event,
    scenario::{Scenario, Step, System},
    step::{Failure, SessionHandle, SystemFacts},
    store::{Run, Strength},
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A session in the hands of one item.
pub(super) struct Lease {
    pub(super) facts: Arc<SystemFacts>,
    pub(super) session: SessionHandle,
    /// The item has done nothing on this screen yet.
    pub(super) fresh: bool,
    _place: OwnedSemaphorePermit,
}

/// The sessions of one system.
struct Pool {
    facts: Arc<SystemFacts>,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<SessionHandle>>,
}

/// The sessions of all systems of a scenario.
pub(super) struct Pools {
    engine: Arc<Engine>,
    pools: BTreeMap<String, Pool>,
}

impl Pools {
    pub(super) fn of(engine: &Arc<Engine>, run: &Run, scenario: &Scenario) -> Result<Self, Failure> {
        let mut settings: Map<String, Value> =
            engine.settings.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        if let Value::Object(given) = &run.settings {
            settings.extend(given.clone());
        }
        let names = Map::from_iter([("settings".to_owned(), Value::Object(settings))]);
        let mut pools = BTreeMap::new();
        for (id, system) in &scenario.systems {
            let facts = Arc::new(facts(system, text(&system.url, names.clone())?));
            let places = Arc::new(Semaphore::new(system.sessions.max(1)));
            pools.insert(id.clone(), Pool { facts, places, idle: Mutex::new(Vec::new()) });
        }
        Ok(Self { engine: Arc::clone(engine), pools })
    }

    /// A session that is still good waits for the next item.
    pub(super) async fn give_back(&self, lease: Lease) {
        match self.pools.get(&lease.facts.id) {
            Some(pool) => pool.idle.lock().expect("no panic while the list is held").push(lease.session),
            None => (self.engine.opener.close)(lease.session).await,
        }
    }

    /// Ends every session.
    pub(super) async fn close(&self) {
        for pool in self.pools.values() {
            let idle = std::mem::take(&mut *pool.idle.lock().expect("no panic while the list is held"));
            for session in idle {
                (self.engine.opener.close)(session).await;
            }
        }
    }
}

fn facts(system: &System, url: String) -> SystemFacts {
    SystemFacts {
        id: system.id.clone(),
        url,
        account: system.account.clone(),
        hard_copy: system.hard_copy,
        sessions: system.sessions,
        notices: system.notices.clone(),
        expired_when: system.expired_when.clone(),
        locked_when: system.locked_when.clone(),
        mask: system.mask.clone(),
    }
}

impl Work<'_> {
    /// A signed-in session of `on`: an idle one, or a new one.
    pub(super) async fn sign_in(&self, on: &str) -> Result<Result<Lease, Failure>, EngineError> {
        let pass = self.pass;
        let (Some(pool), Some(system)) = (pass.pools.pools.get(on), pass.scenario.systems.get(on)) else {
            return Ok(Err(Failure::stop("SHK0731", format!("対象システム「{on}」が決められていません。"))));
        };
        if let Err(failure) = self.within_hours(system) {
            return Ok(Err(failure));
        }
        let place = Arc::clone(&pool.places).acquire_owned().await.expect("places are never closed");
        let idle = pool.idle.lock().expect("no panic while the list is held").pop();
        let facts = Arc::clone(&pool.facts);
        if let Some(session) = idle {
            return Ok(Ok(Lease { facts, session, fresh: true, _place: place }));
        }
        let session = match (pass.engine.opener.open)(Arc::clone(&facts)).await {
            Ok(session) => session,
            Err(failure) => return Ok(Err(failure)),
        };
        let lease = Lease { facts, session, fresh: true, _place: place };
        match self.enter(system, lease).await? {
            Ok(lease) => Ok(Ok(lease)),
            Err((lease, failure)) => {
                (pass.engine.opener.close)(lease.session).await;
                Ok(Err(failure))
            }
        }
    }

    /// Does the system's `sign_in`. The password is in the scope of these steps only and is never recorded.
    async fn enter(
        &self,
        system: &System,
        lease: Lease,
    ) -> Result<Result<Lease, (Lease, Failure)>, EngineError> {
        let mut names = Map::new();
        if let Some(account) = &system.account {
            match (self.pass.engine.accounts)(account) {
                Ok(c) => names.insert(
                    "account".into(),
                    json!({ "user": c.user, "password": c.password.expose_secret() }),
                ),
                Err(failure) => return Ok(Err((lease, failure))),
            };
            self.note_secret(account).await?;
        }
        let mut desk = Work { names, ..Work::at_the_door(self.pass, self.n, Vec::new()) };
        desk.leases.insert(system.id.clone(), lease);
        let outcome = desk.unrecorded(&system.sign_in, Some(&system.id)).await?.map(drop);
        let lease = desk.leases.remove(&system.id).expect("it was put there above");
        Ok(match outcome {
            Ok(()) => Ok(lease),
            Err(failure) => Err((lease, failure)),
        })
    }

    /// The accounts that the arguments of a step may use, as `secret`. They are in the scope of this step only.
    pub(super) async fn secrets(
        &self,
        step: &Step,
    ) -> Result<Result<Option<(String, Value)>, Failure>, EngineError> {
        let mut all = Map::new();
        for name in &step.secret {
            let found = match (self.pass.engine.accounts)(name) {
                Ok(found) => found,
                Err(failure) => return Ok(Err(failure)),
            };
            let value = json!({ "user": found.user, "password": found.password.expose_secret() });
            all.insert(name.clone(), value);
            self.note_secret(name).await?;
        }
        Ok(Ok((!all.is_empty()).then(|| ("secret".to_owned(), Value::Object(all)))))
    }

    async fn note_secret(&self, account: &str) -> Result<(), EngineError> {
        let engine = &self.pass.engine;
        let mut tx = engine.begin(Strength::Process).await?;
        let draft = engine.log.system(Event::SecretUse).run(&self.pass.run.id).data("name", account);
        engine.log.write(&mut tx, &draft).await?;
        tx.commit().await?;
        Ok(())
    }

    fn within_hours(&self, system: &System) -> Result<(), Failure> {
        let Some(hours) = &system.hours else { return Ok(()) };
        let now = self.pass.engine.clock.local().time();
        let minute = u16::try_from(i32::from(now.hour()) * 60 + i32::from(now.minute())).unwrap_or(0);
        if hours.contains(&minute) {
            return Ok(());
        }
        let show = |m: u16| format!("{}:{:02}", m / 60, m % 60);
        let message = format!(
            "対象システム「{}」の利用時間（{}～{}）の外です。時間内に `shoki resume` で続けます。",
            system.id,
            show(hours.start),
            show(hours.end)
        );
        Err(Failure::hold("SHK0732", message))
    }

    /// Ends the item's session; the next step on that system signs in anew.
    pub(super) async fn drop_session(&mut self, on: &str) {
        if let Some(lease) = self.leases.remove(on) {
            (self.pass.engine.opener.close)(lease.session).await;
        }
    }
}
