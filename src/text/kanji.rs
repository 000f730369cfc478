//! Kanji variants: how alike two spellings are, and which JIS level a character belongs to.
//!
//! The levels only say how two spellings relate. They never change a spelling that is kept.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::{cp932, width};

/// How alike two spellings are; a smaller level is more alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchLevel {
    /// L0: the same characters.
    Equal,
    /// L1: the same but for width, spaces and dashes.
    Width,
    /// L2: the same but for variation selectors and compatibility ideographs (神 U+FA19 = 神).
    Compatibility,
    /// L3: the same character in another drawing (髙 = 高, 𠮷 = 吉).
    Drawing,
    /// L4: an old and a new form (齋 = 斎, 邊 = 辺).
    OldNew,
    /// L5: characters that people mix up (斉 for 斎); good for finding candidates only.
    SearchOnly,
    /// Not alike at any level.
    Different,
}

impl MatchLevel {
    /// Whether a name may pass at this level without a person, together with an equal date of birth.
    #[must_use]
    pub fn passes(self) -> bool {
        self <= Self::Compatibility
    }

    /// Whether a person has to look at it (L3 and L4).
    #[must_use]
    pub fn needs_person(self) -> bool {
        matches!(self, Self::Drawing | Self::OldNew)
    }

    /// The level as `L0`–`L5`, or `-` when different.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Equal => "L0",
            Self::Width => "L1",
            Self::Compatibility => "L2",
            Self::Drawing => "L3",
            Self::OldNew => "L4",
            Self::SearchOnly => "L5",
            Self::Different => "-",
        }
    }

    /// What a person reads on a screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Equal => "同じ",
            Self::Width => "全角半角・空白の違い",
            Self::Compatibility => "互換文字・異体字セレクタの違い",
            Self::Drawing => "字形の違い(髙と高など)",
            Self::OldNew => "新旧字体の違い(邊と辺など)",
            Self::SearchOnly => "似た別の字(斉と斎など)",
            Self::Different => "違う",
        }
    }
}

/// Character → folded character and the level at which that folding is allowed.
static TABLE: LazyLock<HashMap<char, (char, MatchLevel)>> = LazyLock::new(|| {
    let old_new =
        include_str!("data/joyokanji.tsv").lines().filter_map(|line| pair(line, MatchLevel::OldNew));
    let own = include_str!("data/variants.tsv").lines().filter_map(|line| pair(line, level_of(line)?));
    old_new.chain(own).collect()
});

/// Folded character → every form that folds to it, nearest level first.
static FORMS: LazyLock<HashMap<char, Vec<(char, MatchLevel)>>> = LazyLock::new(|| {
    let mut forms: HashMap<char, Vec<(char, MatchLevel)>> = HashMap::new();
    for c in TABLE.keys().copied() {
        let root = fold_char(c, MatchLevel::SearchOnly);
        let members = forms.entry(root).or_default();
        members.push((c, fold_level(c, root)));
    }
    for members in forms.values_mut() {
        members.sort_by_key(|(c, level)| (*level, *c));
    }
    forms
});

/// Reads `form TAB folded …` of a table; comments and empty lines give nothing.
fn pair(line: &str, level: MatchLevel) -> Option<(char, (char, MatchLevel))> {
    let mut columns = line.split('\t').map(|column| column.chars().next());
    let (from, to) = (columns.next()??, columns.next()??);
    (from != '#').then_some((from, (to, level)))
}

/// The level in the third column.
fn level_of(line: &str) -> Option<MatchLevel> {
    match line.split('\t').nth(2)? {
        "L3" => Some(MatchLevel::Drawing),
        "L4" => Some(MatchLevel::OldNew),
        "L5" => Some(MatchLevel::SearchOnly),
        _ => None,
    }
}

/// Whether this is a variation selector (also those of the ideographic variation database).
#[must_use]
pub fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// A compatibility ideograph as the unified one; all else unchanged.
fn unified(c: char) -> char {
    match c {
        '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}' => std::iter::once(c).nfc().next().unwrap_or(c),
        _ => c,
    }
}

/// One character folded as far as `level` allows.
fn fold_char(c: char, level: MatchLevel) -> char {
    let mut c = if level >= MatchLevel::Compatibility { unified(c) } else { c };
    while let Some((to, _)) = TABLE.get(&c).filter(|entry| entry.1 <= level) {
        c = *to;
    }
    c
}

/// The first level at which `c` folds to `root`.
fn fold_level(c: char, root: char) -> MatchLevel {
    let levels = [MatchLevel::Compatibility, MatchLevel::Drawing, MatchLevel::OldNew];
    levels.into_iter().find(|level| fold_char(c, *level) == root).unwrap_or(MatchLevel::SearchOnly)
}

/// The key of a text at a level: two texts are alike at that level when their keys are equal. Never shown, never kept.
#[must_use]
pub fn fold(text: &str, level: MatchLevel) -> String {
    if level == MatchLevel::Equal {
        return text.to_owned();
    }
    let thin = width::fold_dashes(&width::remove_spaces(&width::fold_width(text)));
    let kept = thin.chars().filter(|c| level < MatchLevel::Compatibility || !is_variation_selector(*c));
    kept.map(|c| fold_char(c, level)).collect()
}

/// How alike two texts are.
#[must_use]
pub fn compare(a: &str, b: &str) -> MatchLevel {
    use MatchLevel::{Compatibility, Different, Drawing, Equal, OldNew, SearchOnly, Width};
    let levels = [Equal, Width, Compatibility, Drawing, OldNew, SearchOnly];
    levels.into_iter().find(|level| fold(a, *level) == fold(b, *level)).unwrap_or(Different)
}

/// The other forms of a character with their level to it, nearest first. Empty for a character without variants.
#[must_use]
pub fn other_forms(c: char) -> Vec<(char, MatchLevel)> {
    let root = fold_char(c, MatchLevel::SearchOnly);
    let members = FORMS.get(&root).into_iter().flatten().map(|m| m.0).chain([root]);
    let mut forms: Vec<_> = members.filter(|m| *m != c).map(|m| (m, compare_chars(c, m))).collect();
    forms.sort_by_key(|(_, level)| *level);
    forms
}

/// [`compare`] for single characters.
fn compare_chars(a: char, b: char) -> MatchLevel {
    let levels = [MatchLevel::Compatibility, MatchLevel::Drawing, MatchLevel::OldNew, MatchLevel::SearchOnly];
    levels.into_iter().find(|l| fold_char(a, *l) == fold_char(b, *l)).unwrap_or(MatchLevel::Different)
}

/// Where a character stands in the Japanese character sets, by how common it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JisLevel {
    /// ASCII, kana, digits, letters and symbols of JIS X 0201 and JIS X 0208.
    NonKanji,
    /// JIS X 0208 level 1: 2,965 kanji.
    Level1,
    /// JIS X 0208 level 2: 3,390 kanji.
    Level2,
    /// NEC and IBM extensions: in CP932 but not in JIS X 0208 (髙, 﨑, ①).
    Cp932Only,
    /// Not in CP932 at all (𠮷).
    Outside,
}

/// The level of a character, computed from its CP932 code.
#[must_use]
pub fn jis_level(c: char) -> JisLevel {
    let Some((bytes, len)) = cp932::encode_char(c) else { return JisLevel::Outside };
    if len == 1 {
        return JisLevel::NonKanji;
    }
    match u16::from_be_bytes(bytes) {
        0x8740..=0x879C | 0xED40..=0xFC4B => JisLevel::Cp932Only,
        0x889F..=0x9872 => JisLevel::Level1,
        0x989F..=0xEAA4 => JisLevel::Level2,
        _ => JisLevel::NonKanji,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MatchLevel::{Compatibility, Different, Drawing, Equal, OldNew, SearchOnly, Width};

    #[test]
    fn the_list_of_hard_pairs() {
        for (a, b, level) in [
            ("山田", "山田", Equal),
            ("山田 太郎", "山田　太郎", Width),
            ("ﾏｲｹﾙ", "マイケル", Width),
            ("髙橋", "高橋", Drawing),
            ("𠮷田", "吉田", Drawing),
            ("山﨑", "山崎", OldNew),
            ("渡邉", "渡邊", OldNew),
            ("渡邉", "渡辺", OldNew),
            ("渡邊", "渡辺", OldNew),
            ("齋藤", "斎藤", OldNew),
            ("齊藤", "斉藤", OldNew),
            ("斉藤", "斎藤", SearchOnly),
            ("齊藤", "齋藤", SearchOnly),
            ("濵田", "濱田", OldNew),
            ("濱田", "浜田", OldNew),
            ("德永", "徳永", OldNew),
            ("辻\u{E0100}", "辻\u{E0101}", Compatibility),
            ("葛\u{E0100}", "葛", Compatibility),
            ("\u{FA19}田", "神田", Compatibility),
            ("籠", "篭", OldNew),
            ("曽我", "曾我", OldNew),
            ("桒原", "桑原", OldNew),
            ("鷗", "鴎", OldNew),
            ("佐藤", "加藤", Different),
            ("沢", "途", Different),
        ] {
            assert_eq!(compare(a, b), level, "{a} {b}");
            assert_eq!(compare(b, a), level, "{b} {a}");
        }
    }

    #[test]
    fn of_the_compatibility_ideographs_of_cp932_twenty_two_fold() {
        let ours = ('\u{F900}'..='\u{FAFF}').filter(|c| cp932::is_cp932(*c));
        let (folding, staying): (Vec<char>, Vec<char>) = ours.partition(|c| unified(*c) != *c);
        assert_eq!((folding.len(), staying.len()), (22, 12));
        assert!(folding.iter().all(|c| compare(&c.to_string(), &unified(*c).to_string()) == Compatibility));
        assert!(staying.contains(&'\u{FA11}'), "﨑 is a character of its own");
    }

    #[test]
    fn only_near_levels_pass_alone() {
        assert!(Compatibility.passes() && !Drawing.passes());
        assert!(Drawing.needs_person() && OldNew.needs_person() && !SearchOnly.needs_person());
    }

    #[test]
    fn folding_ends_for_every_table_entry() {
        for (from, (to, level)) in TABLE.iter() {
            assert_ne!(from, to);
            assert!(*level >= Drawing, "{from}");
            let root = fold_char(*from, SearchOnly);
            assert_eq!(fold_char(root, SearchOnly), root);
        }
    }

    #[test]
    fn forms_of_a_character() {
        assert_eq!(other_forms('高'), [('髙', Drawing)]);
        let forms: Vec<char> = other_forms('辺').into_iter().map(|f| f.0).collect();
        assert_eq!(forms, ['邉', '邊']);
        assert!(other_forms('一').is_empty());
    }

    #[test]
    fn jis_levels() {
        for (c, level) in [
            ('A', JisLevel::NonKanji),
            ('あ', JisLevel::NonKanji),
            ('々', JisLevel::NonKanji),
            ('亜', JisLevel::Level1),
            ('腕', JisLevel::Level1),
            ('弌', JisLevel::Level2),
            ('熙', JisLevel::Level2),
            ('髙', JisLevel::Cp932Only),
            ('﨑', JisLevel::Cp932Only),
            ('德', JisLevel::Cp932Only),
            ('①', JisLevel::Cp932Only),
            ('𠮷', JisLevel::Outside),
            ('鷗', JisLevel::Outside),
        ] {
            assert_eq!(jis_level(c), level, "{c}");
        }
        let count = |level| ('\u{4E00}'..='\u{9FFF}').filter(|c| jis_level(*c) == level).count();
        assert_eq!((count(JisLevel::Level1), count(JisLevel::Level2)), (2965, 3390));
    }
}
