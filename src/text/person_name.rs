//! Names of people: kept as written, compared by level, searched in the spellings a legacy system can hold.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use super::kanji::{self, MatchLevel};
use super::{cp932, width};

/// Longest accepted name in characters; resident systems hold at most 100.
const LONGEST: usize = 100;
/// Most spellings that [`variants`] gives, so that a search ends.
const MOST_VARIANTS: usize = 16;

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonNameError {
    /// Nothing is written.
    #[error("氏名が空です。氏名を入力してください")]
    Empty,
    /// Longer than any name on record.
    #[error("氏名が{LONGEST}文字を超えています。氏名の欄だけを入力してください")]
    TooLong,
    /// A line break or another control character.
    #[error("氏名に改行などの制御文字が入っています。1行で入力してください")]
    Control,
}

/// A person's name as written, spaces folded to one full-width space. No character is ever replaced.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// Takes a name as written.
    ///
    /// # Errors
    /// When it is empty, longer than 100 characters, or has control characters inside.
    pub fn parse(text: &str) -> Result<Self, PersonNameError> {
        let text = text.trim();
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(PersonNameError::Control);
        }
        let name = width::fold_spaces(text).replace(' ', "\u{3000}");
        match name.chars().count() {
            0 => Err(PersonNameError::Empty),
            1..=LONGEST => Ok(Self(name)),
            _ => Err(PersonNameError::TooLong),
        }
    }

    /// The name itself. Personal data: for screens and files only, never for logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 姓 and 名, when a space separates them. Further spaces belong to 名.
    #[must_use]
    pub fn split(&self) -> Option<(&str, &str)> {
        self.0.split_once('\u{3000}')
    }

    /// How alike two names are; spaces do not count.
    #[must_use]
    pub fn compare(&self, other: &Self) -> MatchLevel {
        compare(&self.0, &other.0)
    }

    /// The spellings to search by, see [`variants`].
    #[must_use]
    pub fn variants(&self) -> Vec<String> {
        variants(&self.0)
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(****)")
    }
}

/// How alike two names are. Spaces do not count: a name with and without the space between 姓 and 名 is equal.
#[must_use]
pub fn compare(a: &str, b: &str) -> MatchLevel {
    kanji::compare(&width::remove_spaces(a), &width::remove_spaces(b))
}

/// Spellings of a name to search by, at most 16, all of them writable in CP932.
///
/// The exact spelling comes first if it is writable; then those with the fewest changed characters; look-alikes that
/// are other characters (L5) come last; a text longer than any name has one spelling. A hit still has to be judged by
/// [`compare`] against the original spelling.
#[must_use]
pub fn variants(name: &str) -> Vec<String> {
    let plain: Vec<char> = name.chars().filter(|c| !kanji::is_variation_selector(*c)).collect();
    let mut found = Vec::new();
    if plain.len() > LONGEST {
        let text: String = plain.into_iter().collect();
        return if cp932::first_unmappable(&text).is_none() { vec![text] } else { found };
    }
    for furthest in [MatchLevel::OldNew, MatchLevel::SearchOnly] {
        widen(&plain, furthest, &mut found);
    }
    found
}

/// Adds spellings breadth first, so that fewer changes come earlier.
fn widen(name: &[char], furthest: MatchLevel, found: &mut Vec<String>) {
    /// Spellings looked at, writable or not, before giving up.
    const MOST_SEEN: usize = 512;
    let mut queue = VecDeque::from([name.to_vec()]);
    let mut seen = HashSet::from([name.to_vec()]);
    while let Some(spelling) = queue.pop_front() {
        let text: String = spelling.iter().collect();
        if cp932::first_unmappable(&text).is_none() && !found.contains(&text) {
            found.push(text);
        }
        if found.len() >= MOST_VARIANTS || seen.len() >= MOST_SEEN {
            return;
        }
        for next in one_change(name, &spelling, furthest) {
            if seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
    }
}

/// Every spelling that changes one more character of the original name.
fn one_change(name: &[char], spelling: &[char], furthest: MatchLevel) -> Vec<Vec<char>> {
    let unchanged = (0..name.len()).filter(|at| name[*at] == spelling[*at]);
    let changed = unchanged.flat_map(|at| {
        let forms = kanji::other_forms(name[at]).into_iter().filter(move |form| form.1 <= furthest);
        forms.map(move |(c, _)| {
            let mut next = spelling.to_vec();
            next[at] = c;
            next
        })
    });
    changed.collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_name_has_one_spelling() {
        let text = "髙橋".repeat(5_000);
        assert_eq!(variants(&text), [text]);
    }

    #[test]
    fn a_name_is_kept_and_masked() {
        let name = PersonName::parse(" 髙橋  \u{FA19}一 ").unwrap();
        assert_eq!(name.as_str(), "髙橋　\u{FA19}一");
        assert_eq!(name.split(), Some(("髙橋", "\u{FA19}一")));
        assert_eq!(format!("{name:?}"), "PersonName(****)");
        assert_eq!(PersonName::parse(" 　"), Err(PersonNameError::Empty));
        assert_eq!(PersonName::parse("山田\n太郎"), Err(PersonNameError::Control));
        assert_eq!(PersonName::parse(&"山".repeat(101)), Err(PersonNameError::TooLong));
    }

    #[test]
    fn spaces_do_not_count() {
        assert_eq!(compare("山田 太郎", "山田太郎"), MatchLevel::Equal);
        assert_eq!(compare("髙橋　花子", "高橋花子"), MatchLevel::Drawing);
        assert_eq!(compare("渡邉　一", "渡部　一"), MatchLevel::Different);
    }

    #[test]
    fn searching_is_exact_first_and_writable() {
        assert_eq!(variants("髙橋")[..2], ["髙橋", "高橋"]);
        assert_eq!(variants("𠮷田"), ["吉田"]);
        assert_eq!(variants("渡辺")[0], "渡辺");
        assert!(
            variants("渡辺").contains(&"渡邊".to_owned()) && variants("渡辺").contains(&"渡邉".to_owned())
        );
        let saito = variants("斎藤");
        let at = |spelling: &str| saito.iter().position(|v| v == spelling).unwrap();
        assert!(at("斎藤") < at("齋藤") && at("齋藤") < at("斉藤"));
        assert_eq!(variants("辻\u{E0100}　一"), ["辻　一"]);
    }

    #[test]
    fn the_list_is_bounded() {
        let many = variants("渡邊齋濱澤德廣國榮壽龍嶋﨑");
        assert_eq!(many.len(), MOST_VARIANTS);
        assert!(many.iter().all(|v| cp932::first_unmappable(v).is_none()));
        assert_eq!(variants("山口　正"), ["山口　正"]);
        assert!(variants("𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷濵濵濵濵濵濵").len() <= MOST_VARIANTS);
    }
}
