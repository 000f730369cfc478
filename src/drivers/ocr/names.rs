//! Surnames and given names with their readings: which of several possible readings of a name people really bear, and
//! whether a name and its フリガナ say the same.
//!
//! The list (`names.tsv`, lines `姓|名 TAB 漢字 TAB カタカナ`) is made by `installer/native.sh` from the package
//! `japanese-personal-name-dataset` (MIT). Without it names are read without this help. A name that is not in the list is
//! never changed into one that is, unless the readers hold both possible.

use super::{
    OcrError,
    charset::Charset,
    ctc::Decoded,
    native::{NAMES, NativeParts},
    settle::settled,
};
use crate::text::kana::{fold_small, large};
use std::collections::{HashMap, HashSet};

/// Names that people bear.
#[derive(Default)]
pub(super) struct Names {
    /// Written form → readings.
    last: HashMap<String, Vec<String>>,
    first: HashMap<String, Vec<String>>,
    /// All readings.
    last_kana: HashSet<String>,
    first_kana: HashSet<String>,
}

/// How much it counts, as a logarithm, that both parts of a name are in the list, or one.
const BOTH: f64 = 2.0;
const ONE: f64 = 0.7;
/// The same for a reading, which is known more surely.
const BOTH_KANA: f64 = 3.0;
/// What it costs to take a kana for its small or large form.
const RESIZED: f64 = 2.0;

impl Names {
    /// The list, where it is installed.
    pub(super) fn load(native: &NativeParts) -> Result<Option<Self>, OcrError> {
        if native.find(&NAMES).is_err() {
            return Ok(None);
        }
        let (path, bytes) = native.load(&NAMES)?;
        let damaged = |_| OcrError::NativeDamaged { part: path.display().to_string() };
        String::from_utf8(bytes).map(|text| Some(Self::new(&text))).map_err(damaged)
    }

    /// From the lines of the list.
    pub(super) fn new(text: &str) -> Self {
        let mut names = Self::default();
        for line in text.lines() {
            let mut parts = line.split('\t');
            let (Some(kind), Some(word), Some(kana)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            let large = fold_small(kana);
            let (words, readings) = if kind == "姓" {
                (&mut names.last, &mut names.last_kana)
            } else {
                (&mut names.first, &mut names.first_kana)
            };
            words.entry(word.to_owned()).or_default().push(large);
            readings.insert(kana.to_owned());
        }
        names
    }

    /// How much more probable a name is than any row of characters, as a logarithm.
    pub(super) fn bonus(&self, name: &str) -> f64 {
        best_split(name, |a, b| match (self.last.contains_key(a), self.first.contains_key(b)) {
            (true, true) => BOTH,
            (true, false) | (false, true) => ONE,
            _ => 0.0,
        })
    }

    /// Both parts of the name are in the list.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.bonus(name) >= BOTH
    }

    /// The name is a surname or a given name of the list, alone.
    pub(super) fn has(&self, part: &str) -> bool {
        self.last.contains_key(part) || self.first.contains_key(part)
    }

    /// A surname or a given name alone is read so.
    fn reads_alone(&self, part: &str, kana: &str) -> bool {
        let readings = [&self.last, &self.first].into_iter().filter_map(|list| list.get(part));
        readings.flatten().any(|reading| alike(reading) == alike(kana))
    }

    /// The same as [`Self::bonus`] for a reading in katakana.
    pub(super) fn kana_bonus(&self, kana: &str) -> f64 {
        best_split(kana, |a, b| match (self.last_kana.contains(a), self.first_kana.contains(b)) {
            (true, true) => BOTH_KANA,
            (true, false) | (false, true) => ONE / 2.0,
            _ => 0.0,
        })
    }

    /// Both parts of the reading are in the list.
    pub(super) fn knows_kana(&self, kana: &str) -> bool {
        self.kana_bonus(kana) >= BOTH_KANA
    }

    /// The forms of a reading with one or two kana in the other size that the list knows, and what it costs to take them for
    /// it; none where it knows the reading itself.
    pub(super) fn resized(&self, kana: &str) -> Vec<(String, f64)> {
        if self.knows_kana(kana) {
            return Vec::new();
        }
        let letters: Vec<char> = kana.chars().collect();
        let other = |c: char| small_kana(c).or_else(|| (large(c) != c).then(|| large(c)));
        let places: Vec<usize> =
            (1..letters.len()).filter(|i| other(letters[*i]).is_some()).take(6).collect();
        let mut all = Vec::new();
        for set in (1_u32..1 << places.len()).filter(|set| set.count_ones() <= 2) {
            let mut form = letters.clone();
            for (k, i) in places.iter().enumerate().filter(|(k, _)| set & (1 << k) != 0) {
                debug_assert!(k < 6);
                form[*i] = other(form[*i]).unwrap_or(form[*i]);
            }
            let form: String = form.into_iter().collect();
            if self.knows_kana(&form) {
                all.push((form, RESIZED * f64::from(set.count_ones())));
            }
        }
        all
    }

    /// The name is one that is read so. None where the list cannot say.
    pub(super) fn reads(&self, name: &str, kana: &str) -> Option<bool> {
        let kana: String = fold_small(kana).split_whitespace().collect();
        let fits = |a: &str, b: &str| {
            let lasts = self.last.get(a).into_iter().flatten();
            let mut rests = lasts.filter_map(|reading| kana.strip_prefix(reading.as_str()));
            let firsts = self.first.get(b);
            f64::from(u8::from(rests.any(|rest| firsts.is_some_and(|f| f.iter().any(|r| r == rest)))))
        };
        let name: String = name.split_whitespace().collect();
        (best_split(&name, fits) > 0.5 || self.reads_alone(&name, &kana)).then_some(true)
    }

    /// The list knows the surname, and nobody who bears it reads it so; or it knows the given name, and the reading differs in
    /// one sign from one that people bear. What the list does not know, and a reading left empty, contradict nothing.
    pub(super) fn contradict(&self, name: &str, kana: &str) -> bool {
        let kana: String = fold_small(kana).split_whitespace().collect();
        let kana = alike(&kana);
        let parts: Vec<&str> = name.split_whitespace().collect();
        let joined = parts.concat();
        // 東海林 in a field for surnames is no 東.
        if kana.is_empty() || self.reads_alone(&joined, &kana) {
            return false;
        }
        let splits: Vec<(&str, &str)> = match parts.as_slice() {
            [last, first] => vec![(*last, *first)],
            _ => joined.char_indices().skip(1).map(|(i, _)| joined.split_at(i)).collect(),
        };
        let known: Vec<_> = splits.iter().filter_map(|(a, b)| Some((self.last.get(*a)?, *b))).collect();
        let mut rests = known.iter().flat_map(|(readings, first)| {
            readings
                .iter()
                .filter_map(|reading| Some((*first, kana.strip_prefix(&alike(reading))?.to_owned())))
        });
        let misread = |(first, rest): (&str, String)| {
            let readings = self.first.get(first).into_iter().flatten().map(|reading| alike(reading));
            let mut far = readings.map(|reading| signs_apart(&reading, &rest)).collect::<Vec<_>>();
            far.sort_unstable();
            far.first() == Some(&1)
        };
        !known.is_empty() && rests.all(misread)
    }
}

/// Signs that stand for the same sound, and are written one for the other, made one.
fn alike(kana: &str) -> String {
    let one = |c| match c {
        'ヂ' => 'ジ',
        'ヅ' => 'ズ',
        'ヲ' => 'オ',
        other => other,
    };
    kana.chars().map(one).collect()
}

/// In how many signs two readings of the same length differ.
fn signs_apart(a: &str, b: &str) -> usize {
    let same_length = a.chars().count() == b.chars().count();
    if same_length { a.chars().zip(b.chars()).filter(|(a, b)| a != b).count() } else { usize::MAX }
}

/// The best of all ways to divide a text in two.
fn best_split(text: &str, worth: impl Fn(&str, &str) -> f64) -> f64 {
    let cuts = text.char_indices().skip(1).map(|(i, _)| text.split_at(i));
    cuts.map(|(a, b)| worth(a.trim_end(), b.trim_start())).fold(0.0, f64::max)
}

/// From this probability a reader is sure that a vowel is a small one. Of 111 readings of Japanese names one was taken so.
const SMALL_VOWEL: f64 = 0.9;

/// Whether a reader surely, or both, saw a small vowel where readings of Japanese names have none: イェン, クォック, トゥイ.
pub(super) fn is_foreign(first: &Decoded, third: &Decoded) -> bool {
    let (a, b) = (small_vowel(first), small_vowel(third));
    a.max(b) >= SMALL_VOWEL || a.min(b) > 0.0
}

/// How sure a reader is of a small vowel that is made large; 0 where it saw none.
fn small_vowel(reader: &Decoded) -> f64 {
    let seen = reader.seen();
    let large = settled(&seen.iter().collect::<String>(), &Charset::Kana);
    let vowels = seen.iter().zip(large.chars()).zip(&reader.sure);
    let small = vowels.filter(|((seen, large), _)| **seen != *large && "ァィゥェォ".contains(**seen));
    small.map(|(_, sure)| *sure).fold(0.0, f64::max)
}

/// ヤ as ャ, ツ as ッ; none for characters without a small form that stands in names.
const fn small_kana(c: char) -> Option<char> {
    Some(match c {
        'ツ' => 'ッ',
        'ヤ' => 'ャ',
        'ユ' => 'ュ',
        'ヨ' => 'ョ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Decoded, Names, is_foreign};

    fn names() -> Names {
        Names::new("姓\t服部\tハットリ\n姓\t小貫\tオヌキ\n名\t京子\tキョウコ\n名\t央希\tテルキ\n")
    }

    #[test]
    fn a_reading_that_nobody_bears_contradicts_the_name() {
        let names = Names::new(
            "姓\t森田\tモリタ\n姓\t上\tウエ\n姓\t上田\tウエダ\n姓\t小野塚\tオノヅカ\n姓\t上野塚\tカミノヅカ\n名\t花子\tハナコ\n名\t大翔\tヒロト\n名\t大翔\tハルト\n",
        );
        let contradict = |name, kana| names.contradict(name, kana);
        assert!(contradict("森田 花子", "モノタ ハナコ") && contradict("森田花子", "モノタハナコ"));
        assert!(contradict("森田 花子", "モリタ ハテコ"), "one sign beside what people bear");
        assert!(contradict("上田 花子", "ウエグ ハナコ"));
        for (name, kana) in [
            ("森田 花子", "モリタ ハナコ"),
            ("森田 大翔", "モリタ タイガ"), // a reading of one's own
            ("小野塚 花子", "オノズカ ハナコ"),
            ("見知らぬ 人", "ミシラヌ ヒト"),
            ("上田花子", "ウエダハナコ"),
            ("森田 花子", ""),
            ("森田花子", " "),
            ("上野塚", "カミノヅカ"), // a surname in a field for itself
        ] {
            assert!(!contradict(name, kana), "{name} {kana}");
        }
    }

    #[test]
    fn a_name_that_people_bear_is_worth_more() {
        let names = names();
        assert!(names.bonus("小貫央希") > names.bonus("小貫失希") && names.bonus("小賞失希") < 1e-9);
        assert!(names.knows("小貫央希") && !names.knows("小貫失希"));
        assert!(names.knows_kana("ハットリキョウコ") && !names.knows_kana("ハツトリキヨウコ"));
    }

    #[test]
    fn a_reading_takes_the_sizes_of_a_known_one() {
        let forms = names().resized("ハツトリキヨウコ");
        assert_eq!(forms, [("ハットリキョウコ".to_owned(), 4.0)]);
        assert!(names().resized("ハットリキョウコ").is_empty(), "it is known");
    }

    #[test]
    fn a_small_vowel_is_foreign_where_one_is_sure_or_both_see_it() {
        let read = |c: char, p: f32| {
            Decoded::of_steps(&[(0.0, &[('ト', 1.0)]), (1.0 - p, &[(c, p)]), (0.0, &[('イ', 1.0)])])
        };
        assert!(
            is_foreign(&read('ゥ', 0.95), &read('ウ', 0.9)) && is_foreign(&read('ゥ', 0.6), &read('ゥ', 0.7))
        );
        assert!(
            !is_foreign(&read('ゥ', 0.6), &read('ウ', 0.9))
                && !is_foreign(&read('ウ', 1.0), &read('ウ', 1.0))
        );
        let fi = Decoded::of_steps(&[(0.0, &[('フ', 1.0)]), (0.0, &[('ィ', 1.0)])]);
        assert!(!is_foreign(&fi, &fi), "フィ stays as it is");
    }

    #[test]
    fn a_name_and_its_reading_bear_each_other_out() {
        let names = names();
        assert_eq!(names.reads("服部 京子", "ハツトリ キヨウコ"), Some(true), "small kana written large");
        assert_eq!(names.reads("服部 京子", "オヌキ キョウコ"), None);
        assert_eq!(names.reads("見知らぬ 人", "ミシラヌ ヒト"), None);
        assert_eq!(names.reads("服部", "ハツトリ"), Some(true), "a surname in a field for itself");
        assert_eq!((names.reads("服部", "オヌキ"), names.reads("服部", "")), (None, None));
        assert!(names.has("服部") && names.has("京子") && !names.has("服部京子"));
    }
}
