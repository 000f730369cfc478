//! Adding people, and what two of them decide about roles. The command line on the machine may do all of it alone: whoever
//! sits there holds the keys anyway; that it was done there is on record.

use super::{People, PeopleError, Role, may_combine, password, roles_of};
use crate::{
    audit::{Actor, Draft, Event, forbidden::has_spaced_digit_run},
    store::{Person, Proposal, Strength, Tx},
};
use serde_json::json;

/// A change that needs two people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Give a role.
    Grant(Role),
    /// Take a role.
    Revoke(Role),
    /// Let somebody look after the cases of a scenario (取扱者).
    Handle(String),
    /// Let them do so no longer.
    Unhandle(String),
    /// Let somebody sign in again.
    Enable,
    /// A new initial password, and the second factor anew.
    Reset,
}

impl Change {
    /// The word in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Grant(_) => "grant",
            Self::Revoke(_) => "revoke",
            Self::Handle(_) => "handle",
            Self::Unhandle(_) => "unhandle",
            Self::Enable => "enable",
            Self::Reset => "reset",
        }
    }

    /// For people: what is asked.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Handle(scenario) => format!("業務「{scenario}」の取扱者に加える"),
            Self::Unhandle(scenario) => format!("業務「{scenario}」の取扱者から外す"),
            Self::Grant(role) => format!("役割「{}」を与える", role.label()),
            Self::Revoke(role) => format!("役割「{}」を外す", role.label()),
            Self::Enable => "再び使えるようにする".into(),
            Self::Reset => "パスワードと二要素目を初期化する".into(),
        }
    }

    /// The change of these words.
    #[must_use]
    pub fn of(word: &str, about: Option<&str>) -> Option<Self> {
        let role = about.and_then(Role::of);
        let scenario = about.filter(|s| !s.is_empty()).map(str::to_owned);
        match word {
            "grant" => role.map(Self::Grant),
            "revoke" => role.map(Self::Revoke),
            "handle" => scenario.map(Self::Handle),
            "unhandle" => scenario.map(Self::Unhandle),
            "enable" => Some(Self::Enable),
            "reset" => Some(Self::Reset),
            _ => None,
        }
    }

    /// What a proposal asks, and for whom.
    #[must_use]
    pub fn asked(proposal: &Proposal) -> Option<(Self, String)> {
        let text = |key| proposal.content.get(key).and_then(serde_json::Value::as_str);
        Some((Self::of(&proposal.kind, text("role").or(text("scenario")))?, text("user")?.to_owned()))
    }

    /// What a proposal keeps of it.
    fn content(&self, user: &str) -> serde_json::Value {
        match self {
            Self::Grant(role) | Self::Revoke(role) => json!({ "user": user, "role": role.word() }),
            Self::Handle(scenario) | Self::Unhandle(scenario) => {
                json!({ "user": user, "scenario": scenario })
            }
            Self::Enable | Self::Reset => json!({ "user": user }),
        }
    }

    const fn event(&self) -> Event {
        match self {
            Self::Grant(_) => Event::RoleGrant,
            Self::Revoke(_) => Event::RoleRevoke,
            _ => Event::UserSet,
        }
    }
}

/// Whether the log takes this as a personal id, and nobody mistakes it for something else.
fn is_id(id: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    let digits = id.bytes().filter(u8::is_ascii_digit).count();
    (2..=32).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(fits)
        && digits < 10
}

/// A reason that the log takes.
///
/// # Errors
/// When it is empty, too long, or holds a number that could be somebody's.
pub fn reason(text: &str) -> Result<String, PeopleError> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let text: String = text.trim().chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
    let good = !text.is_empty() && text.chars().count() <= 500 && !has_spaced_digit_run(&text);
    if good { Ok(text) } else { Err(PeopleError::Reason) }
}

impl People {
    /// Adds a person without roles. Gives back the password for the first sign-in, which is nowhere else.
    ///
    /// # Errors
    /// When the id or the name cannot be, somebody has the id, or nothing can be recorded.
    pub async fn add(&self, id: &str, name: &str, by: &str) -> Result<String, PeopleError> {
        let name = name.trim();
        if !is_id(id) {
            return Err(PeopleError::Id);
        }
        if name.is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
            return Err(PeopleError::Name);
        }
        let initial = password::initial();
        let hashed = self.hash(initial.clone()).await?;
        let mut tx = self.store.begin(Strength::Power).await?;
        if !tx.add_person(id, name, &hashed, &self.log.now()).await? {
            return Err(PeopleError::Exists(id.to_owned()));
        }
        let draft = Draft::new(Event::UserAdd, &Actor::User(by.to_owned())).data("user", id);
        self.log.write(&mut tx, &draft).await?;
        tx.commit().await?;
        Ok(initial)
    }

    /// Ends a person's access at once; one person is enough for that.
    ///
    /// # Errors
    /// When there is no such person, it is the last administrator, or nothing can be recorded.
    pub async fn disable(&self, id: &str, by: &str, why: &str) -> Result<(), PeopleError> {
        let why = reason(why)?;
        let mut tx = self.store.begin(Strength::Power).await?;
        let person = tx.person(id).await?.ok_or_else(|| PeopleError::Nobody(id.to_owned()))?;
        if !person.enabled {
            return Err(PeopleError::Already);
        }
        self.not_last_admin(&person).await?;
        tx.enable_person(id, false).await?;
        self.end_all(&mut tx, id).await?;
        let draft = Draft::new(Event::UserOff, &Actor::User(by.to_owned())).data("user", id);
        self.log.write(&mut tx, &draft.data("reason", why)).await?;
        Ok(tx.commit().await?)
    }

    async fn not_last_admin(&self, person: &Person) -> Result<(), PeopleError> {
        let admin = |p: &Person| p.enabled && roles_of(p).contains(&Role::Admin);
        let others = self.store.people().await?;
        let last = admin(person) && !others.iter().any(|other| other.id != person.id && admin(other));
        if last { Err(PeopleError::LastAdmin) } else { Ok(()) }
    }

    async fn end_all(&self, tx: &mut Tx<'_>, id: &str) -> Result<(), PeopleError> {
        if tx.end_visits_of(id).await? > 0 {
            let out = Draft::new(Event::AuthOut, &Actor::User(id.to_owned())).data("why", "admin");
            self.log.write(tx, &out).await?;
        }
        Ok(())
    }

    /// Asks for a change that a second person decides. Says its number.
    ///
    /// # Errors
    /// When it cannot be, or nothing can be recorded.
    pub async fn propose(&self, change: Change, user: &str, why: &str, by: &str) -> Result<i64, PeopleError> {
        let why = reason(why)?;
        let mut tx = self.store.begin(Strength::Power).await?;
        let person = tx.person(user).await?.ok_or_else(|| PeopleError::Nobody(user.to_owned()))?;
        possible(&change, &person)?;
        let id = tx.propose(change.word(), &change.content(user), &why, (by, &self.log.now())).await?;
        let draft = Draft::new(Event::UserSet, &Actor::User(by.to_owned())).data("user", user);
        self.log.write(&mut tx, &draft.data("reason", format!("申請: {}", change.label()))).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Decides what another asked for. A reset gives back the password for the next sign-in.
    ///
    /// # Errors
    /// When it is one's own or about oneself, was decided, cannot be any more, or nothing can be recorded.
    pub async fn decide(&self, id: i64, accepted: bool, by: &str) -> Result<Option<String>, PeopleError> {
        let fresh = self.fresh_password().await?;
        let mut tx = self.store.begin(Strength::Power).await?;
        let proposal = tx.proposal(id).await?.ok_or(PeopleError::NoProposal)?;
        let (change, user) = Change::asked(&proposal).ok_or(PeopleError::NoProposal)?;
        if proposal.proposed_by == by || user == by {
            drop(tx);
            let draft = Draft::new(Event::AuthzDeny, &Actor::User(by.to_owned())).data("op", "people.decide");
            self.record(&draft.data("code", "SHK1001")).await?;
            return Err(PeopleError::SamePerson);
        }
        if !tx.decide_proposal(id, accepted, (by, &self.log.now())).await? {
            return Err(PeopleError::Decided);
        }
        let shown = if accepted {
            let why = format!("{} の申請: {}", proposal.proposed_by, proposal.reason);
            self.change(&mut tx, change, &user, by, &why, fresh).await?
        } else {
            let draft = Draft::new(Event::UserSet, &Actor::User(by.to_owned())).data("user", user.as_str());
            self.log.write(&mut tx, &draft.data("reason", format!("却下: {}", change.label()))).await?;
            None
        };
        tx.commit().await?;
        Ok(shown)
    }

    /// Makes a change at once: the command line on the machine.
    ///
    /// # Errors
    /// When it cannot be, or nothing can be recorded.
    pub async fn change_now(
        &self,
        change: Change,
        user: &str,
        by: &str,
        why: &str,
    ) -> Result<Option<String>, PeopleError> {
        let fresh = self.fresh_password().await?;
        let mut tx = self.store.begin(Strength::Power).await?;
        let shown = self.change(&mut tx, change, user, by, why, fresh).await?;
        tx.commit().await?;
        Ok(shown)
    }

    async fn fresh_password(&self) -> Result<(String, String), PeopleError> {
        let initial = password::initial();
        let hashed = self.hash(initial.clone()).await?;
        Ok((initial, hashed))
    }

    async fn change(
        &self,
        tx: &mut Tx<'_>,
        change: Change,
        user: &str,
        by: &str,
        why: &str,
        (initial, hashed): (String, String),
    ) -> Result<Option<String>, PeopleError> {
        let person = tx.person(user).await?.ok_or_else(|| PeopleError::Nobody(user.to_owned()))?;
        possible(&change, &person)?;
        let (actor, why) = (Actor::User(by.to_owned()), why.chars().take(500).collect::<String>());
        let mut draft = Draft::new(change.event(), &actor).data("user", user);
        let mut shown = None;
        match &change {
            Change::Grant(role) => {
                draft = draft.data("role", role.word());
                tx.grant(user, role.word(), &self.log.now()).await?;
            }
            Change::Revoke(role) => {
                draft = draft.data("role", role.word());
                if *role == Role::Admin {
                    self.not_last_admin(&person).await?;
                }
                tx.revoke(user, role.word()).await?;
            }
            Change::Handle(scenario) => self.handle(tx, scenario, user, true).await?,
            Change::Unhandle(scenario) => self.handle(tx, scenario, user, false).await?,
            Change::Enable => tx.enable_person(user, true).await?,
            Change::Reset => {
                tx.set_password(user, &hashed, true).await?;
                shown = Some(initial);
            }
        }
        let about = matches!(change, Change::Handle(_) | Change::Unhandle(_));
        let why = if about { format!("{}: {why}", change.label()) } else { why };
        self.log.write(tx, &draft.data("reason", why.chars().take(500).collect::<String>())).await?;
        // What they may do now is asked anew at the next sign-in.
        self.end_all(tx, user).await?;
        Ok(shown)
    }

    /// Names somebody as one who looks after the cases of a scenario, or no longer.
    async fn handle(
        &self,
        tx: &mut Tx<'_>,
        scenario: &str,
        user: &str,
        named: bool,
    ) -> Result<(), PeopleError> {
        let all = self.store.handlers().await?;
        let mut people: Vec<String> =
            all.into_iter().filter(|(of, _)| of == scenario).map(|(_, person)| person).collect();
        if people.iter().any(|known| known == user) == named {
            return Err(PeopleError::Already);
        }
        people.retain(|known| known != user);
        people.extend(named.then(|| user.to_owned()));
        Ok(tx.set_handlers(scenario, &people).await?)
    }
}

/// Whether a change can be made to a person as they are.
fn possible(change: &Change, person: &Person) -> Result<(), PeopleError> {
    let held = roles_of(person);
    match change {
        Change::Grant(role) if held.contains(role) => Err(PeopleError::Already),
        Change::Grant(role) if !may_combine(&[&held[..], &[*role]].concat()) => Err(PeopleError::Combination),
        Change::Revoke(role) if !held.contains(role) => Err(PeopleError::Already),
        Change::Enable if person.enabled => Err(PeopleError::Already),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_such_as_the_log_takes() {
        for good in ["suzuki", "t.tanaka", "ab", "sato-2", "kakari_01"] {
            assert!(is_id(good), "{good}");
        }
        let long = "a".repeat(33);
        for bad in
            ["", "a", "鈴木", "Suzuki", "1suzuki", "su zuki", "su\nzuki", "a1234567890", "a/b", long.as_str()]
        {
            assert!(!is_id(bad), "{bad:?}");
        }
    }

    #[test]
    fn reasons_stay_on_one_line() {
        assert_eq!(
            reason(" 異動\r\nの\u{2028}ため ").map_err(|e| e.to_string()),
            Ok("異動  の ため".to_owned())
        );
        assert!(reason("番号 1234 5678 9012").is_err() && reason("  ").is_err());
    }
}
