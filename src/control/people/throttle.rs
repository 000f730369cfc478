//! Guessing passwords gets slow: for each address, and for each account.
//!
//! Nothing is locked for ever, and nothing is kept over a restart: a guesser gains a few tries by it, an office never loses
//! its console.

use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Wrong tries of one address that cost nothing.
const FREE_ADDRESS: u32 = 3;
/// Wrong tries on one account, over all addresses, that cost nothing: more than one address can make in an hour.
const FREE_ACCOUNT: u32 = 100;
/// The longest wait.
const LONGEST: SignedDuration = SignedDuration::from_secs(90);
/// After so long without a try everything is forgotten.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);
/// Never more to remember than this; then the oldest half goes.
const MOST: usize = 20_000;

/// Who is slowed down.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    Account(String),
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    wrong: u32,
    last: Timestamp,
}

impl Tries {
    /// From when on another try counts. Twice as long for each.
    fn free_at(self, free: u32) -> Timestamp {
        let Some(over) = self.wrong.checked_sub(free) else { return self.last };
        let wait = SignedDuration::from_secs(1_i64 << (over + 1).min(7)).min(LONGEST);
        self.last + wait
    }
}

/// Remembers wrong tries.
#[derive(Debug, Default)]
pub struct Throttle {
    tries: Mutex<HashMap<Key, Tries>>,
    /// Where accounts were signed in to before; from there the account's own count does not matter.
    known: Mutex<HashMap<(String, IpAddr), Timestamp>>,
}

/// What a mutex guards; a count that a panic left half written is only a count.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Throttle {
    /// How long to wait before a try counts; none: now.
    pub fn wait(&self, account: &str, address: IpAddr, now: Timestamp) -> Option<SignedDuration> {
        let known = held(&self.known).contains_key(&(account.to_owned(), address));
        let tries = held(&self.tries);
        let of = |key: &Key, free| {
            tries.get(key).filter(|t| now.duration_since(t.last) < FORGOTTEN).map(|t| t.free_at(free))
        };
        let address = of(&Key::Address(address), FREE_ADDRESS);
        let account = of(&Key::Account(account.to_owned()), FREE_ACCOUNT).filter(|_| !known);
        let free = address.into_iter().chain(account).max()?;
        (free > now).then(|| free.duration_since(now))
    }

    /// A wrong try.
    pub fn wrong(&self, account: &str, address: IpAddr, now: Timestamp) {
        let mut tries = held(&self.tries);
        if tries.len() >= MOST {
            let mut last: Vec<Timestamp> = tries.values().map(|t| t.last).collect();
            last.sort_unstable();
            let middle = last[last.len() / 2];
            tries.retain(|_, t| t.last > middle);
        }
        for key in [Key::Address(address), Key::Account(account.to_owned())] {
            let entry = tries.entry(key).or_insert(Tries { wrong: 0, last: now });
            let old = now.duration_since(entry.last) >= FORGOTTEN;
            *entry = Tries { wrong: if old { 1 } else { entry.wrong.saturating_add(1) }, last: now };
        }
    }

    /// A right one: the address starts anew, and is known for the account.
    pub fn right(&self, account: &str, address: IpAddr, now: Timestamp) {
        held(&self.tries).remove(&Key::Address(address));
        let mut known = held(&self.known);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((account.to_owned(), address), now);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        "2026-11-21T08:00:00Z".parse::<Timestamp>().unwrap()
            + SignedDuration::try_from_secs_f64(seconds).unwrap()
    }

    #[test]
    fn ten_thousand_guesses_in_an_hour_are_sixty_at_most_and_the_person_gets_in_from_their_desk() {
        let throttle = Throttle::default();
        let (guesser, desk) = ("10.0.0.66".parse().unwrap(), "10.0.0.7".parse().unwrap());
        let mut looked_at = 0;
        for n in 0..10_000 {
            let now = at(f64::from(n) * 0.36);
            if throttle.wait("suzuki", guesser, now).is_none() {
                looked_at += 1;
                throttle.wrong("suzuki", guesser, now);
            }
        }
        assert!((30..=60).contains(&looked_at), "{looked_at}");
        assert!(throttle.wait("suzuki", desk, at(3600.0)).is_none());
        assert!(throttle.wait("suzuki", guesser, at(3600.0)).is_some());
        assert!(throttle.wait("suzuki", guesser, at(7300.0)).is_none(), "nothing is for ever");
    }

    #[test]
    fn many_addresses_are_slowed_by_the_account_but_a_known_desk_is_not() {
        let throttle = Throttle::default();
        let desk = "10.0.0.7".parse().unwrap();
        throttle.right("suzuki", desk, at(0.0));
        let mut looked_at = 0;
        for n in 0..3_600_u32 {
            let (address, now) = (IpAddr::from((0x0a01_0000 + n).to_be_bytes()), at(f64::from(n)));
            if throttle.wait("suzuki", address, now).is_none() {
                looked_at += 1;
                throttle.wrong("suzuki", address, now);
            }
        }
        assert!(looked_at <= 160, "{looked_at}");
        assert!(throttle.wait("suzuki", desk, at(3600.0)).is_none());
    }
}
