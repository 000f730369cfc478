//! Who is signed in where. One account is never in more sessions than its system allows.

use super::{Engine, EngineError, attempt::text, dispatcher::Pass, item::Work, scope::spells};
use crate::{
    audit::Event,
    calendar::Usable,
    scenario::{Scenario, Step, System},
    step::{Door, Failure, FailureKind, SessionHandle, SystemFacts},
    store::{Run, Store, Strength},
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{self, Notify};

/// A session in the hands of one item.
pub(super) struct Lease {
    pub(super) facts: Arc<SystemFacts>,
    pub(super) session: SessionHandle,
    /// The item has done nothing on this screen yet.
    pub(super) fresh: bool,
    seat: Seat,
}

/// A place at a system, over all machines. Given back when it is dropped, at the latest when the process ends.
struct Seat {
    store: Arc<Store>,
    id: String,
    /// Tells those of this run that wait for a place.
    freed: Arc<Notify>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let (store, id, freed) =
            (Arc::clone(&self.store), std::mem::take(&mut self.id), Arc::clone(&self.freed));
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // While the database is away nobody can be told; a run that goes on afterwards waits for this place.
            while let Err(e) = store.leave_seat(&id).await {
                tracing::warn!(error = %e, "a seat could not be given back yet");
                tokio::time::sleep(ASK_AGAIN).await;
            }
            freed.notify_one();
        });
    }
}

/// How often a place that others have is asked for.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// Who has a session of one system and waits so long for another gives the first back, lest two wait for each other.
const LET_GO: Duration = Duration::from_secs(30);

/// The sessions of one system.
pub(super) struct Pool {
    pub(super) facts: Arc<SystemFacts>,
    /// The account that the page or the proxy before the first page asks for.
    pub(super) door: Option<String>,
    idle: Mutex<Vec<(SessionHandle, Seat)>>,
    freed: Arc<Notify>,
    /// Why nobody gets in; the items that need it wait without trying.
    shut: Mutex<Option<Failure>>,
    /// The system took name and password when they were given last.
    known: AtomicBool,
    /// The next failure after they were given may be chance: a slow page.
    pub(super) chance: AtomicBool,
    /// Held while they are given to a system that may not take them.
    turn: sync::Mutex<()>,
}

impl Pool {
    fn new(facts: SystemFacts, door: Option<String>) -> Self {
        Self {
            facts: Arc::new(facts),
            door,
            idle: Mutex::default(),
            freed: Arc::default(),
            shut: Mutex::default(),
            known: AtomicBool::new(false),
            chance: AtomicBool::new(true),
            turn: sync::Mutex::default(),
        }
    }

    fn take_all(&self) -> Vec<(SessionHandle, Seat)> {
        std::mem::take(&mut *self.idle.lock().expect("no panic while the list is held"))
    }

    fn take_idle(&self) -> Option<(SessionHandle, Seat)> {
        self.idle.lock().expect("no panic while the list is held").pop()
    }

    /// What a place is counted under: the account, whatever scenarios call the system.
    fn seat(&self) -> String {
        match &self.facts.account {
            Some(account) => format!("account {account}"),
            None => format!("system {}", self.facts.url.split('/').take(3).collect::<Vec<_>>().join("/")),
        }
    }
}

impl Pool {
    fn reachable(&self) -> Result<(), Failure> {
        let shut = self.shut.lock().expect("no panic while the reason is held");
        shut.clone().map_or(Ok(()), Err)
    }

    pub(super) fn keep_out(&self, why: Failure) {
        *self.shut.lock().expect("no panic while the reason is held") = Some(why);
    }

    /// One after another as long as nobody has got in: a wrong password is given twice, not twice by each who works here.
    async fn turn(&self) -> Option<sync::MutexGuard<'_, ()>> {
        if self.known.load(Ordering::Relaxed) || self.facts.account.is_none() && self.door.is_none() {
            return None;
        }
        let turn = self.turn.lock().await;
        (!self.known.load(Ordering::Relaxed)).then_some(turn)
    }

    /// What becomes of a failure after name and password were given. Once it is taken for chance; but a system locks an account
    /// after a few wrong ones, so after the second nobody tries again.
    fn turned_away(&self, failure: Failure) -> Failure {
        if !TURNED_AWAY.contains(&failure.code) {
            return failure;
        }
        self.known.store(false, Ordering::Relaxed);
        if self.chance.swap(false, Ordering::Relaxed) {
            return failure;
        }
        self.not_taken(&failure)
    }

    /// Nobody tries again.
    pub(super) fn not_taken(&self, failure: &Failure) -> Failure {
        let message = format!(
            "対象システム「{}」にログインできませんでした（{}）。続けて試すとアカウントがロックされるおそれがあるため、\
             もう試さずに待っています。利用者名とパスワード（期限切れでないか）とログインの手順を確かめ、`shoki account set` \
             で直してから `shoki resume` で続けてください。",
            self.facts.id, failure.message
        );
        let failure = Failure::hold(failure.code, message);
        self.keep_out(failure.clone());
        failure
    }
}

/// A system that nobody gets into is no fault of the item.
fn shut(on: &str, why: &str) -> Failure {
    let message = format!(
        "対象システム「{on}」に入れないため待っています。{why}つながるまで間を置いて自動で試します。"
    );
    Failure::hold("SHK0761", message)
}

/// Failures at the door that say that the system, not the case, is not all right: no answer, a broken session.
const SHUT: [&str; 5] = ["SHK0502", "SHK0503", "SHK0504", "SHK0520", AT_THE_DOOR];

/// The page or the proxy before the first page asks for name and password.
pub(super) const AT_THE_DOOR: &str = "SHK0523";

/// How it looks when a system does not take a password: it says so on the screen or in a window, sends elsewhere, or what
/// follows is not there.
pub(super) const TURNED_AWAY: [&str; 9] =
    ["SHK0505", "SHK0506", "SHK0507", "SHK0508", "SHK0510", "SHK0511", "SHK0515", "SHK0516", "SHK0517"];

/// The sessions of all systems of a scenario.
pub(super) struct Pools {
    engine: Arc<Engine>,
    pub(super) pools: BTreeMap<String, Pool>,
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
            pools.insert(
                id.clone(),
                Pool::new(facts(system, text(&system.url, names.clone())?), system.basic_auth.clone()),
            );
        }
        Ok(Self { engine: Arc::clone(engine), pools })
    }

    /// A session that is still good waits for the next item.
    pub(super) async fn give_back(&self, lease: Lease) {
        match self.pools.get(&lease.facts.id) {
            Some(pool) => {
                // An item has worked behind that door.
                if let (Some(account), false) = (&pool.door, lease.fresh) {
                    self.engine.let_in(account).await;
                }
                let idle = (lease.session, lease.seat);
                pool.idle.lock().expect("no panic while the list is held").push(idle);
                pool.freed.notify_one();
            }
            None => (self.engine.opener.close)(lease.session).await,
        }
    }
}

impl Pass {
    /// Signs out wherever somebody is signed in, and ends every session.
    pub(super) async fn leave_systems(&self) {
        for pool in self.pools.pools.values() {
            for (session, seat) in pool.take_all() {
                let facts = Arc::clone(&pool.facts);
                self.end_session(Lease { facts, session, fresh: false, seat }).await;
            }
        }
    }

    /// Signs out where the system has it and somebody is signed in, and ends the session: a system that lets an account in
    /// once does not let it in again before.
    pub(super) async fn end_session(&self, lease: Lease) {
        let session = lease.session.clone();
        let system = self.scenario.systems.get(&lease.facts.id).filter(|s| !s.sign_out.is_empty());
        let mut desk = Work::at_the_door(self, 0, Vec::new());
        let _seat = match system {
            Some(system) if (self.engine.opener.is_good)(session.clone()).await => {
                let left = desk.sign_out(system, lease).await;
                left.inspect_err(|e| tracing::warn!(error = %e, "signing out could not be put on record"))
                    .ok()
            }
            _ => Some(lease),
        };
        (self.engine.opener.close)(session).await;
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

/// What was found for an item that needs a session.
enum Place {
    Idle(SessionHandle, Seat),
    New(Seat),
    Stopping,
}

impl Work<'_> {
    /// Waits for an idle session or for a place for a new one.
    async fn place(&mut self, pool: &Pool) -> Result<Place, EngineError> {
        let engine = &self.pass.engine;
        let (began, seat) = (Instant::now(), pool.seat());
        loop {
            if let Some((session, seat)) = pool.take_idle() {
                return Ok(Place::Idle(session, seat));
            }
            let worker = &engine.tenure.worker;
            if let Some(id) = engine.store.take_seat(worker, &seat, pool.facts.sessions.max(1)).await? {
                let (store, freed) = (Arc::clone(&engine.store), Arc::clone(&pool.freed));
                return Ok(Place::New(Seat { store, id, freed }));
            }
            if self.pass.stopping() {
                return Ok(Place::Stopping);
            }
            if began.elapsed() > LET_GO {
                for (on, lease) in std::mem::take(&mut self.leases) {
                    self.give_up(&on, lease, None).await;
                }
            }
            tokio::time::timeout(ASK_AGAIN, pool.freed.notified()).await.ok();
        }
    }

    /// A signed-in session of `on`: an idle one, or a new one.
    pub(super) async fn sign_in(&mut self, on: &str) -> Result<Result<Lease, Failure>, EngineError> {
        let pass = self.pass;
        let (Some(pool), Some(system)) = (pass.pools.pools.get(on), pass.scenario.systems.get(on)) else {
            return Ok(Err(Failure::stop("SHK0731", format!("対象システム「{on}」が決められていません。"))));
        };
        if let Err(failure) = self.within_hours(system).and_then(|()| pool.reachable()) {
            return Ok(Err(failure));
        }
        let seat = match self.place(pool).await? {
            Place::Idle(session, seat) if (pass.engine.opener.is_good)(session.clone()).await => {
                return Ok(Ok(Lease { facts: Arc::clone(&pool.facts), session, fresh: true, seat }));
            }
            Place::Idle(session, seat) => {
                // It ran out while it waited, or the last item left it on a screen that cannot be worked on.
                (pass.engine.opener.close)(session).await;
                seat
            }
            Place::New(seat) => seat,
            Place::Stopping => {
                let message = "停止の指示で止めました。`shoki resume` で続けられます。";
                return Ok(Err(Failure::hold("SHK0723", message)));
            }
        };
        let facts = Arc::clone(&pool.facts);
        let door = match self.door(pool).await? {
            Ok(door) => door,
            Err(failure) => return Ok(Err(failure)),
        };
        let session = match (pass.engine.opener.open)(Arc::clone(&facts), door).await {
            Ok(session) => session,
            Err(failure) => return Ok(Err(failure)),
        };
        let lease = Lease { facts, session, fresh: true, seat };
        match self.enter_in_turn(pool, system, lease).await? {
            Ok(lease) => {
                // The first look notes which windows are open: every item is to find them.
                (pass.engine.opener.is_good)(lease.session.clone()).await;
                Ok(Ok(lease))
            }
            Err((lease, failure)) => {
                (pass.engine.opener.close)(lease.session).await;
                Ok(Err(failure))
            }
        }
    }

    /// See [`Self::enter`]. Nobody enters where another has just been turned away.
    async fn enter_in_turn(
        &self,
        pool: &Pool,
        system: &System,
        lease: Lease,
    ) -> Result<Result<Lease, (Lease, Failure)>, EngineError> {
        let _turn = pool.turn().await;
        match pool.reachable() {
            Ok(()) => self.enter(pool, system, lease).await,
            Err(failure) => Ok(Err((lease, failure))),
        }
    }

    /// Name and password for a system that asks for them before its first page.
    async fn door(&self, pool: &Pool) -> Result<Result<Option<Door>, Failure>, EngineError> {
        let Some(account) = &pool.door else { return Ok(Ok(None)) };
        match self.given_to(pool, account).await? {
            Ok(c) => {
                self.note_secret(account).await?;
                Ok(Ok(Some(Door { user: c.user, password: c.password })))
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Does the system's `sign_out` in a session that is still good; whatever comes of it, the session ends then.
    async fn sign_out(&mut self, system: &System, lease: Lease) -> Result<Lease, EngineError> {
        self.leases.insert(system.id.clone(), lease);
        if let Err(failure) = self.unrecorded(&system.sign_out, Some(&system.id)).await? {
            tracing::warn!(system = system.id, code = failure.code, "signing out did not come to its end");
        }
        Ok(self.leases.remove(&system.id).expect("it was put there above"))
    }

    /// Does the system's `sign_in`. The password is in the scope of these steps only and is never recorded.
    async fn enter(
        &self,
        pool: &Pool,
        system: &System,
        lease: Lease,
    ) -> Result<Result<Lease, (Lease, Failure)>, EngineError> {
        let mut names = Map::new();
        let mut signs = None;
        if let Some(account) = &system.account {
            let found = match self.given_to(pool, account).await? {
                Ok(found) => found,
                Err(failure) => return Ok(Err((lease, failure))),
            };
            let value = json!({ "user": found.user, "password": found.password.expose_secret() });
            names.insert("account".into(), value);
            self.note_secret(account).await?;
            signs = Some((account, found));
        }
        let mut desk = Work { names, ..Work::at_the_door(self.pass, self.n, Vec::new()) };
        desk.leases.insert(system.id.clone(), lease);
        let outcome = desk.unrecorded(&system.sign_in, Some(&system.id)).await?.map(drop);
        let lease = desk.leases.remove(&system.id).expect("it was put there above");
        self.film.join(&desk.film);
        let last = system.sign_in.iter().rfind(|step| spells(&step.with, "account"));
        let given = last.is_some_and(|step| desk.outputs.contains_key(&step.id));
        Ok(match outcome {
            Ok(()) => {
                pool.known.store(true, Ordering::Relaxed);
                pool.chance.store(true, Ordering::Relaxed);
                if let Some((account, _)) = signs {
                    self.pass.engine.let_in(account).await;
                }
                Ok(lease)
            }
            Err(failure) if given => {
                let failure = pool.turned_away(failure);
                if let (true, Some((account, found))) = (TURNED_AWAY.contains(&failure.code), signs) {
                    self.pass.engine.turned_away(account, found, &failure).await?;
                }
                Err((lease, failure))
            }
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

    /// Whether a system may still be used by an item that is signed in.
    pub(super) fn still_open(&self, on: &str) -> Result<(), Failure> {
        self.pass.scenario.systems.get(on).map_or(Ok(()), |system| self.within_hours(system))
    }

    /// Nothing begins on a system outside its hours; the run goes on when it opens.
    fn within_hours(&self, system: &System) -> Result<(), Failure> {
        let Some(hours) = &system.hours else { return Ok(()) };
        let engine = &self.pass.engine;
        let outside = format!("対象システム「{}」の利用時間（{}）の外です。", system.id, hours.in_words());
        match hours.usable(&(engine.calendar)(), &engine.clock.local()) {
            Ok(Usable::Now) => Ok(()),
            Ok(Usable::From(at)) => {
                let when = at.strftime("%-m月%-d日 %-H:%M");
                let message = format!("{outside}{when} に開いてから続けます。");
                self.pass.wait_until(at.timestamp(), &message);
                Err(Failure::hold("SHK0732", message))
            }
            Err(error) => Err(Failure::hold("SHK0732", format!("{outside}{error}。"))),
        }
    }

    /// What becomes of a failure after the last try: whoever never got in waits, with all others that need the system.
    pub(super) async fn at_a_shut_door(&self, step: &Step, failure: Failure) -> Result<Failure, EngineError> {
        let pool = step.on.as_ref().and_then(|on| self.pass.pools.pools.get(on));
        let met = self.shut_out && failure.kind != FailureKind::Hold && SHUT.contains(&failure.code);
        let (Some(pool), true) = (pool, met) else {
            return Ok(self.waiting(failure));
        };
        if let (AT_THE_DOOR, Some(account)) = (failure.code, &pool.door) {
            return self.door_stays_shut(pool, account, &failure).await;
        }
        pool.keep_out(shut(&pool.facts.id, ""));
        Ok(self.waiting(shut(&pool.facts.id, &failure.message)))
    }

    /// The run rests for a while if this failure is a shut door.
    fn waiting(&self, failure: Failure) -> Failure {
        if failure.code == "SHK0761" {
            let engine = &self.pass.engine;
            self.pass.wait_until(engine.clock.now() + engine.limits.look_again, &failure.message);
        }
        failure
    }

    /// Ends the item's session; the next step on that system signs in anew.
    pub(super) async fn drop_session(&mut self, on: &str) {
        if let Some(lease) = self.leases.remove(on) {
            self.pass.end_session(lease).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::HardCopy;

    fn pool() -> Pool {
        let facts = SystemFacts {
            id: "juki".into(),
            url: "http://juki/".into(),
            account: Some("juki_robot".into()),
            hard_copy: HardCopy::OnFailure,
            sessions: 3,
            notices: vec![],
            expired_when: vec![],
            locked_when: vec![],
            mask: vec![],
        };
        Pool::new(facts, None)
    }

    fn no_menu() -> Failure {
        Failure::again("SHK0511", "「業務メニュー」が画面に表示されませんでした。").with_broken_session()
    }

    #[test]
    fn a_password_that_is_not_taken_is_given_twice() {
        let pool = pool();
        assert_eq!(pool.turned_away(no_menu()), no_menu(), "it may have been chance");
        assert_eq!(pool.reachable(), Ok(()));
        let failure = pool.turned_away(no_menu());
        assert_eq!((failure.kind, failure.code), (FailureKind::Hold, "SHK0511"));
        assert!(failure.message.contains("業務メニュー") && failure.message.contains("ロック"), "{failure}");
        assert_eq!(pool.reachable(), Err(failure), "nobody else tries");
    }

    #[test]
    fn a_system_that_does_not_answer_says_nothing_of_the_password() {
        let pool = pool();
        let silent = Failure::again("SHK0503", "対象システムに接続できません。");
        assert_eq!(pool.turned_away(silent.clone()), silent);
        assert_eq!(pool.reachable(), Ok(()));
    }

    #[tokio::test]
    async fn the_first_alone_tries_whether_a_password_is_taken() {
        let pool = pool();
        let first = pool.turn().await;
        assert!(first.is_some());
        let soon = Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, pool.turn()).await.is_err(), "the others wait");
        pool.known.store(true, Ordering::Relaxed);
        assert!(pool.turn().await.is_none(), "then they go in side by side");
        drop(first);
    }
}
