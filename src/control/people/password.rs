//! Passwords: which are refused, how they are kept, how they are compared.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::{collections::BTreeSet, sync::LazyLock};

/// The shortest, in characters. ASVS asks for 8 and recommends 15.
const MIN: usize = 12;
/// The longest, in characters; a bound on work, far beyond the 64 that must be allowed.
const MAX: usize = 256;
/// The 4,200 most frequent passwords, and words of Japanese offices, in small letters.
static COMMON: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| include_str!("data/common_passwords.txt").lines().collect());

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Too short.
    #[error(
        "パスワードは {MIN} 文字以上にしてください。文のように長いものが、覚えやすく破られにくくなります。"
    )]
    Short,
    /// Too long.
    #[error("パスワードは {MAX} 文字以下にしてください。")]
    Long,
    /// On the list, or made of a word of it and digits.
    #[error(
        "よく使われる言葉と数字や記号だけのパスワードは使えません。関係のない言葉を3つ以上つなげてください。"
    )]
    Common,
    /// It holds the person's own id.
    #[error("利用者IDを含むパスワードは使えません。")]
    OwnId,
}

/// Whether a person may take this password. No rule about kinds of characters.
///
/// # Errors
/// Why not.
pub fn check(password: &str, id: &str) -> Result<(), Weak> {
    let length = password.chars().count();
    let small = password.to_lowercase();
    if length < MIN {
        return Err(Weak::Short);
    }
    if length > MAX {
        return Err(Weak::Long);
    }
    if id.len() >= 3 && small.contains(&id.to_lowercase()) {
        return Err(Weak::OwnId);
    }
    if is_common(&small) { Err(Weak::Common) } else { Ok(()) }
}

/// A word of the list, also with digits and signs around it or repeated; no letter at all; or few different characters.
fn is_common(small: &str) -> bool {
    let core = small.trim_matches(|c: char| !c.is_alphabetic());
    let letters: String = small.chars().filter(|c| c.is_alphanumeric()).collect();
    let different: BTreeSet<char> = small.chars().collect();
    let listed =
        [small, core, letters.as_str()].into_iter().any(|word| COMMON.contains(word) || repeats(word));
    listed || core.is_empty() || different.len() < 5
}

/// A word of the list two or more times.
fn repeats(word: &str) -> bool {
    let whole = |part: &&str| {
        part.len() >= 4 && word.len().is_multiple_of(part.len()) && word.replace(*part, "").is_empty()
    };
    let starts = (4..=word.len() / 2).filter_map(|n| word.get(..n));
    starts.filter(|part| COMMON.contains(part)).any(|part| whole(&part))
}

/// 19 MiB and eight passes: about 100 ms on a present server core. Fewer MiB and more passes than usual, because fifty people
/// sign in between 8:25 and 8:30 on a small machine.
fn argon() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 8, 1, None).expect("the numbers are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What is kept of a password: a PHC string with its own salt. Takes 100 ms or more: not on the runtime's threads.
///
/// # Panics
/// When the operating system gives no random bytes.
#[must_use]
pub fn hash(password: &str) -> String {
    argon().hash_password(password.as_bytes()).expect("random bytes for a salt").to_string()
}

/// Whether `password` is the one that `kept` was made of. Takes 100 ms or more, whatever the answer.
#[must_use]
pub fn is_right(password: &str, kept: &str) -> bool {
    let kept = PasswordHash::new(kept);
    kept.is_ok_and(|kept| argon().verify_password(password.as_bytes(), &kept).is_ok())
}

/// A password for somebody's first sign-in: 20 characters that are easy to tell apart, 95 bits.
///
/// # Panics
/// When the operating system gives no random bytes.
#[must_use]
pub fn initial() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 64];
    getrandom::fill(&mut bytes).expect("random bytes");
    // 248 is the largest multiple of 31 in a byte; what is above would favour the first letters.
    let even = bytes.iter().filter(|b| **b < 248).take(20);
    let letters: Vec<char> = even.map(|b| char::from(LETTERS[usize::from(*b) % LETTERS.len()])).collect();
    letters.chunks(5).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ones_pass_and_known_ones_do_not() {
        let refused = [
            ("short", Weak::Short),
            ("elevenchars", Weak::Short),
            ("password1234", Weak::Common),
            ("Password!2026", Weak::Common),
            ("12345678901234", Weak::Common),
            ("aaaaaaaaaaaaaaaa", Weak::Common),
            ("qwertyqwerty", Weak::Common),
            ("dragondragondragon", Weak::Common),
            ("kanrisha2026!!", Weak::Common),
            ("我が家のsuzukiを見る窓", Weak::OwnId),
        ];
        for (password, why) in refused {
            assert_eq!(check(password, "suzuki"), Err(why), "{password}");
        }
        for good in
            ["朝顔と新幹線と冷たい麦茶", "correct horse battery staple", &"長い文ほど覚えやすい".repeat(9)]
        {
            assert_eq!(check(good, "suzuki"), Ok(()), "{good}");
        }
        assert!(COMMON.len() >= 3_000, "{}", COMMON.len());
        assert_eq!(check(&"あいうえおかき".repeat(40), "suzuki"), Err(Weak::Long));
    }

    #[test]
    fn what_is_kept_tells_right_from_wrong_and_differs_each_time() {
        let (one, two) = (hash("朝顔と新幹線と冷たい麦茶"), hash("朝顔と新幹線と冷たい麦茶"));
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=8,p=1$"), "{one}");
        assert_ne!(one, two);
        assert!(is_right("朝顔と新幹線と冷たい麦茶", &one) && !is_right("朝顔と新幹線と冷たい麦", &one));
        assert!(!is_right("", "no hash"));
    }

    #[test]
    fn initial_passwords_pass_and_differ() {
        let some: BTreeSet<String> = (0..50).map(|_| initial()).collect();
        assert_eq!(some.len(), 50);
        assert!(some.iter().all(|p| p.len() == 23 && check(p, "suzuki") == Ok(())), "{some:?}");
    }
}
