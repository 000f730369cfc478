//! Signing in, staying signed in, signing out.

use super::{People, PeopleError, Role, password, roles_of};
use crate::{
    audit::{Actor, Draft, Event, tree},
    store::{Person, Strength, Tx, Visit},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use std::net::IpAddr;

/// A session that is not used for so long ends.
const IDLE: SignedDuration = SignedDuration::from_mins(10);
/// A session ends after so long, used or not.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// The use of a session is noted so often, at most.
const NOTED: SignedDuration = SignedDuration::from_secs(30);
/// Random bytes of a session's id.
const ID: usize = 32;

/// How somebody reaches the console. A session begun at one door is not good at another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Encrypted, from other machines.
    Tls,
    /// On this machine, not encrypted.
    Local,
}

impl Door {
    const fn word(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Local => "local",
        }
    }
}

/// A session that has begun.
pub struct Begun {
    /// What the browser keeps; nobody else does.
    pub token: String,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The person.
    pub person: Person,
    /// What they may do.
    pub roles: Vec<Role>,
    /// They must first choose a password or set up a second factor.
    pub unfinished: bool,
    /// The digest of the session's id.
    pub digest: String,
}

/// What somebody types to sign in.
#[derive(Clone)]
pub struct Credentials<'a> {
    /// The personal id.
    pub id: &'a str,
    /// The password.
    pub password: &'a str,
    /// The code of the second factor; empty before it was set up.
    pub code: &'a str,
}

fn digest(token: &str) -> String {
    tree::hex(&tree::sha256(token.as_bytes()).0)
}

/// A new id of 256 random bits.
fn token() -> Result<String, PeopleError> {
    let mut bytes = [0_u8; ID];
    getrandom::fill(&mut bytes).map_err(|_| PeopleError::Factor("乱数を得られません".into()))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

impl People {
    /// Signs somebody in. `before`: the session the browser had, which ends.
    ///
    /// # Errors
    /// [`PeopleError::Wrong`] whatever is wrong; [`PeopleError::Wait`] after too many tries; or nothing can be recorded.
    pub async fn sign_in(
        &self,
        given: Credentials<'_>,
        (door, address): (Door, IpAddr),
        before: Option<&str>,
    ) -> Result<Begun, PeopleError> {
        let (now, account) = (self.log.moment(), given.id.chars().take(40).collect::<String>());
        if let Some(wait) = self.throttle.wait(&account, address, now) {
            return Err(PeopleError::Wait(wait.as_secs() + 1));
        }
        // Counted before it is looked at, so that many at once do not count as one.
        self.throttle.wrong(&account, address, now);
        let person = self.store.person(&account).await?;
        match self.is_it(person.as_ref(), &given).await? {
            Ok(step) => {
                let Some(person) = person else { return Err(PeopleError::Wrong) };
                let begun = self.begin(&person, door, step, before).await?;
                self.throttle.right(&account, address, now);
                Ok(begun)
            }
            Err(code) => {
                let actor = person.map_or_else(|| Actor::System("console".into()), |p| Actor::User(p.id));
                let draft = Draft::new(Event::AuthNg, &actor).data("by", "password").data("code", code);
                self.record(&draft).await?;
                Err(PeopleError::Wrong)
            }
        }
    }

    /// A person with that role is at this machine and agrees to what somebody else does: signed in for it and out again, both
    /// on record.
    ///
    /// # Errors
    /// As [`Self::sign_in`]; [`PeopleError::Wrong`] also for a person without the role or, where one is asked for, without a
    /// second factor.
    pub async fn vouch(&self, given: Credentials<'_>, role: Role) -> Result<(), PeopleError> {
        let id = given.id.to_owned();
        let begun = self.sign_in(given, (Door::Local, IpAddr::from([127, 0, 0, 1])), None).await?;
        self.sign_out(&begun.token).await?;
        let person = self.store.person(&id).await?.filter(|person| !self.is_unfinished(person));
        person.filter(|person| roles_of(person).contains(&role)).map(|_| ()).ok_or(PeopleError::Wrong)
    }

    /// Whether it is the person: the step of the code if one was asked, or a word for the log that says what was wrong.
    async fn is_it(
        &self,
        person: Option<&Person>,
        given: &Credentials<'_>,
    ) -> Result<Result<Option<i64>, &'static str>, PeopleError> {
        let kept = person.map_or_else(|| self.nobody.clone(), |p| p.password.clone());
        let right = self.is_right(given.password.to_owned(), kept).await;
        let Some(person) = person else { return Ok(Err("unknown")) };
        if !right || !person.enabled {
            return Ok(Err(if right { "disabled" } else { "password" }));
        }
        let Some(sealed) = &person.totp else { return Ok(Ok(None)) };
        let step = self.step(&person.id, sealed, given.code)?;
        Ok(step.filter(|step| *step > person.totp_used).map_or(Err("code"), |step| Ok(Some(step))))
    }

    fn step(&self, id: &str, sealed: &str, code: &str) -> Result<Option<i64>, PeopleError> {
        let seconds = u64::try_from(self.log.moment().as_second()).unwrap_or_default();
        self.factors.step(id, sealed, code, seconds).map_err(|e| PeopleError::Factor(e.to_string()))
    }

    async fn begin(
        &self,
        person: &Person,
        door: Door,
        step: Option<i64>,
        before: Option<&str>,
    ) -> Result<Begun, PeopleError> {
        let mut tx = self.store.begin(Strength::Power).await?;
        if let Some(step) = step
            && !tx.use_totp(&person.id, step).await?
        {
            return Err(PeopleError::Wrong);
        }
        if let Some(before) = before {
            tx.end_visit(&digest(before)).await?;
        }
        self.tidy(&mut tx).await?;
        if self.lacks_factor(person) && person.totp_next.is_none() {
            tx.offer_totp(&person.id, &self.fresh(&person.id)?).await?;
        }
        tx.note_sign_in(&person.id, &self.log.now()).await?;
        let begun = self.add_visit(&mut tx, &person.id, door.word()).await?;
        tx.commit().await?;
        Ok(begun)
    }

    fn fresh(&self, id: &str) -> Result<String, PeopleError> {
        self.factors.fresh(id).map_err(|e| PeopleError::Factor(e.to_string()))
    }

    async fn add_visit(&self, tx: &mut Tx<'_>, person: &str, door: &str) -> Result<Begun, PeopleError> {
        let (token, now) = (token()?, self.log.moment().as_millisecond());
        let (digest, person) = (digest(&token), person.to_owned());
        let draft = Draft::new(Event::AuthOk, &Actor::User(person.clone())).data("by", "password");
        self.log.write(tx, &draft.data("session", digest.as_str())).await?;
        tx.add_visit(&Visit { digest, person, door: door.to_owned(), begun_at: now, seen_at: now }).await?;
        Ok(Begun { token })
    }

    /// Ends sessions whose time has passed.
    async fn tidy(&self, tx: &mut Tx<'_>) -> Result<(), PeopleError> {
        let now = self.log.moment();
        let (begun, seen) = ((now - LONGEST).as_millisecond(), (now - IDLE).as_millisecond());
        for visit in tx.end_old_visits(begun, seen).await? {
            let why = if visit.begun_at < begun { "expired" } else { "idle" };
            self.log.write(tx, &out(&visit.person, why)).await?;
        }
        Ok(())
    }

    /// Who has the session `token` at `door`, if it is good. Notes its use where it is `used` by the person.
    ///
    /// # Errors
    /// When the database refuses to say.
    pub async fn guest(&self, token: &str, door: Door, used: bool) -> Result<Option<Guest>, PeopleError> {
        let digest = digest(token);
        let Some(visit) = self.store.visit(&digest).await? else { return Ok(None) };
        let now = self.log.moment().as_millisecond();
        let (idle, age) = (now - visit.seen_at, now - visit.begun_at);
        let late = i128::from(idle) > IDLE.as_millis() || i128::from(age) > LONGEST.as_millis();
        if late || visit.door != door.word() {
            let why = if i128::from(age) > LONGEST.as_millis() { "expired" } else { "idle" };
            // A record that cannot be written does not let anybody in either.
            self.end(&digest, if late { why } else { "admin" }).await.ok();
            return Ok(None);
        }
        let Some(person) = self.store.person(&visit.person).await?.filter(|p| p.enabled) else {
            return Ok(None);
        };
        if used
            && i128::from(idle) > NOTED.as_millis()
            && let Ok(mut tx) = self.store.begin(Strength::Process).await
        {
            // While the database cannot be written, a session lives ten minutes from its last good moment.
            tx.touch_visit(&digest, now).await.ok();
            tx.commit().await.ok();
        }
        let (roles, unfinished) = (roles_of(&person), self.is_unfinished(&person));
        Ok(Some(Guest { person, roles, unfinished, digest }))
    }

    /// Ends the session `token`, because its person says so.
    ///
    /// # Errors
    /// When nothing can be recorded.
    pub async fn sign_out(&self, token: &str) -> Result<(), PeopleError> {
        self.end(&digest(token), "user").await
    }

    async fn end(&self, digest: &str, why: &'static str) -> Result<(), PeopleError> {
        let mut tx = self.store.begin(Strength::Power).await?;
        if let Some(person) = tx.end_visit(digest).await? {
            self.log.write(&mut tx, &out(&person, why)).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Puts one entry on record.
    ///
    /// # Errors
    /// When nothing can be recorded.
    pub async fn record(&self, draft: &Draft) -> Result<(), PeopleError> {
        let mut tx = self.store.begin(Strength::Power).await?;
        self.log.write(&mut tx, draft).await?;
        Ok(tx.commit().await?)
    }

    /// What is asked at the first sign-in: an own password where somebody else chose it, and the code of the new second
    /// factor where there was none. All sessions of the person end, and a new one begins.
    ///
    /// # Errors
    /// When the passwords differ or are weak, the code is wrong, or nothing can be recorded.
    pub async fn finish(
        &self,
        guest: &Guest,
        door: Door,
        [new, again]: [&str; 2],
        code: &str,
    ) -> Result<Begun, PeopleError> {
        let person = &guest.person;
        let hashed = if person.initial { Some(self.chosen(person, new, again).await?) } else { None };
        let step = match (self.lacks_factor(person), &person.totp_next) {
            (true, Some(sealed)) => Some(self.step(&person.id, sealed, code)?.ok_or(PeopleError::Code)?),
            (true, None) => return Err(PeopleError::Code),
            (false, _) => None,
        };
        let mut tx = self.store.begin(Strength::Power).await?;
        if let Some(step) = step {
            tx.take_totp(&person.id).await?;
            if !tx.use_totp(&person.id, step).await? {
                return Err(PeopleError::Code);
            }
        }
        self.renew(tx, &person.id, hashed, door).await
    }

    /// Changes one's own password.
    ///
    /// # Errors
    /// When the present password is wrong, the new one is weak or typed differently, or nothing can be recorded.
    pub async fn change_password(
        &self,
        guest: &Guest,
        (door, address): (Door, IpAddr),
        present: &str,
        [new, again]: [&str; 2],
    ) -> Result<Begun, PeopleError> {
        let (person, now) = (&guest.person, self.log.moment());
        if let Some(wait) = self.throttle.wait(&person.id, address, now) {
            return Err(PeopleError::Wait(wait.as_secs() + 1));
        }
        if !self.is_right(present.to_owned(), person.password.clone()).await {
            self.throttle.wrong(&person.id, address, now);
            return Err(PeopleError::Wrong);
        }
        let hashed = self.chosen(person, new, again).await?;
        let tx = self.store.begin(Strength::Power).await?;
        self.renew(tx, &person.id, Some(hashed), door).await
    }

    /// The new password's hash.
    async fn chosen(&self, person: &Person, new: &str, again: &str) -> Result<String, PeopleError> {
        if new != again {
            return Err(PeopleError::Differ);
        }
        password::check(new, &person.id)?;
        if self.is_right(new.to_owned(), person.password.clone()).await {
            return Err(PeopleError::Same);
        }
        self.hash(new.to_owned()).await
    }

    async fn renew(
        &self,
        mut tx: Tx<'_>,
        id: &str,
        hashed: Option<String>,
        door: Door,
    ) -> Result<Begun, PeopleError> {
        if let Some(hashed) = hashed {
            tx.set_password(id, &hashed, false).await?;
        }
        tx.end_visits_of(id).await?;
        let draft = Draft::new(Event::UserSet, &Actor::User(id.to_owned())).data("user", id);
        self.log.write(&mut tx, &draft).await?;
        let begun = self.add_visit(&mut tx, id, door.word()).await?;
        tx.commit().await?;
        Ok(begun)
    }
}

fn out(person: &str, why: &'static str) -> Draft {
    Draft::new(Event::AuthOut, &Actor::User(person.to_owned())).data("why", why)
}
