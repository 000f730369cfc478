//! People: who they are, what they may do, how they sign in.
//!
//! - [`Role`]: what somebody may do; [`sign_in`]: passwords, second factors, sessions; [`manage`]: adding people, and what
//!   two of them decide about roles.
//! - [`password`], [`second_factor`], [`throttle`]: the parts of a sign-in, each by itself.

mod error;
pub mod manage;
pub mod password;
mod role;
pub mod second_factor;
pub mod sign_in;
pub mod throttle;

pub use error::PeopleError;
pub use role::{Role, may_combine};
pub use sign_in::{Begun, Door, Guest};

use super::AuditLog;
use crate::store::{Person, Store};
use second_factor::SecondFactors;
use std::sync::{Arc, LazyLock};
use throttle::Throttle;
use tokio::sync::Semaphore;

/// Passwords looked at at once: each costs 19 MiB and a tenth of a second of a core.
const AT_ONCE: usize = 2;

/// The people of an office.
pub struct People {
    store: Arc<Store>,
    log: Arc<AuditLog>,
    factors: SecondFactors,
    /// Whether a password alone is not enough.
    two: bool,
    throttle: Throttle,
    hashing: Semaphore,
    /// What the password of somebody who does not exist is compared with.
    nobody: LazyLock<String>,
}

impl People {
    /// The people of an office. `two`: a password alone is not enough.
    #[must_use]
    pub fn new(store: Arc<Store>, log: Arc<AuditLog>, factors: SecondFactors, two: bool) -> Self {
        let nobody: LazyLock<String> = LazyLock::new(|| password::hash(&password::initial()));
        let (throttle, hashing) = (Throttle::default(), Semaphore::new(AT_ONCE));
        Self { store, log, factors, two, throttle, hashing, nobody }
    }

    /// Compares a password, not on the runtime's threads.
    async fn is_right(&self, password: String, kept: String) -> bool {
        let _turn = self.hashing.acquire().await;
        tokio::task::spawn_blocking(move || password::is_right(&password, &kept)).await.unwrap_or(false)
    }

    /// Hashes a password, not on the runtime's threads.
    async fn hash(&self, password: String) -> Result<String, PeopleError> {
        let _turn = self.hashing.acquire().await;
        let hashed = tokio::task::spawn_blocking(move || password::hash(&password)).await;
        hashed.map_err(|_| PeopleError::Factor("乱数を得られません".into()))
    }

    /// Whether the person must still choose a password or set up a second factor.
    #[must_use]
    pub fn is_unfinished(&self, person: &Person) -> bool {
        person.initial || (self.two && person.totp.is_none())
    }

    /// Whether the person must still set up a second factor.
    #[must_use]
    pub fn lacks_factor(&self, person: &Person) -> bool {
        self.two && person.totp.is_none()
    }

    /// What a person types or scans into their app: letters, and the address of a QR code.
    #[must_use]
    pub fn factor_shown(&self, person: &Person) -> Option<(String, String)> {
        let sealed = person.totp_next.as_ref()?;
        self.factors.shown(&person.id, sealed).ok()
    }
}

/// The roles a person has.
#[must_use]
pub fn roles_of(person: &Person) -> Vec<Role> {
    person.roles.iter().filter_map(|word| Role::of(word)).collect()
}
