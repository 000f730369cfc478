//! Lines of names, addresses and other words: spaces where the writer left a gap, lines put together.

use super::{
    charset::Charset,
    crop::{Bounds, Crop},
    settle::settled,
    text_field::Said,
};

/// Puts a space into the texts where the writing has a wide gap.
pub(super) fn spaced(crop: &Crop, line: Bounds, mut said: Said, charset: &Charset) -> Said {
    if !charset.spaced() {
        return said;
    }
    let after = gaps(crop, line, &said, matches!(charset, Charset::Name | Charset::Kana));
    let n = said.places.len();
    // A ッ before the space is a ツ: what stands at the end of a word is settled once the words are known. A town stays as the
    // list writes it.
    let spaced = |text: &str| {
        let words = settled(&with_spaces(text, &after), charset);
        if matches!(charset, Charset::Address) { kept(text, &settled(text, charset), &words) } else { words }
    };
    for (text, _) in said.options.iter_mut().filter(|(t, _)| t.chars().count() == n) {
        *text = spaced(text);
    }
    if matches!(charset, Charset::Kana) && !after.is_empty() {
        for text in [&mut said.first, &mut said.second, &mut said.third] {
            if text.chars().count() == n {
                *text = spaced(text).replace(' ', "");
            }
        }
    }
    said
}

/// The words of a text, but for the characters that stand in it against the rule.
fn kept(text: &str, rule: &str, words: &str) -> String {
    let mut own = text.chars().zip(rule.chars()).map(|(own, rule)| (own != rule).then_some(own));
    words.chars().map(|c| if c == ' ' { c } else { own.next().flatten().unwrap_or(c) }).collect()
}

fn with_spaces(text: &str, after: &[usize]) -> String {
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if after.contains(&i) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// Before which characters there is a wide gap. A name has at most one: its widest.
fn gaps(crop: &Crop, line: Bounds, said: &Said, one: bool) -> Vec<usize> {
    let height = line.3 - line.1 + 1;
    let mut empty: Vec<(i32, i32)> = Vec::new();
    let mut begun = None;
    for x in line.0..=line.2 {
        let ink = (line.1..=line.3).any(|y| crop.ink.at(x, y));
        match (ink, begun) {
            (false, None) => begun = Some(x),
            (true, Some(from)) => {
                empty.push((from, x));
                begun = None;
            }
            _ => {}
        }
    }
    empty.sort_by_key(|(from, to)| from - to);
    let widest = empty.first().map_or(0, |(from, to)| to - from);
    let second = empty.get(1).map_or(0, |(from, to)| to - from);
    let wide = if one { height * 4 / 10 } else { height * 8 / 10 };
    if widest < wide || (one && widest * 10 < second * 14) {
        return Vec::new();
    }
    let taken: Vec<(i32, i32)> = empty
        .into_iter()
        .filter(|(from, to)| if one { to - from == widest } else { to - from >= wide })
        .collect();
    taken.into_iter().filter_map(|gap| before(gap, line, &said.places)).collect()
}

/// The number of the character that stands right after the gap.
fn before(gap: (i32, i32), line: Bounds, places: &[f64]) -> Option<usize> {
    let middle = f64::from(gap.0 + gap.1) / 2.0;
    let at = |p: &f64| f64::from(line.0) + p * f64::from(line.2 - line.0 + 1);
    let i = places.iter().position(|p| at(p) > middle)?;
    (i > 0).then_some(i)
}

/// Forms of one kanji that the readers cannot tell apart, because one is in no dictionary (﨑 𠮷 濵) or is drawn too much alike.
const TWO_FORMS: &str = "崎﨑吉𠮷濱濵邉邊横橫";

/// A character of the name may be another form of the same kanji, or the other size of the ツ of 三ツ木.
pub(super) fn may_be_other_form(name: &str) -> Option<char> {
    let letters: Vec<char> = name.chars().collect();
    let kanji = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    let joins = |w: &&[char]| kanji(w[0]) && matches!(w[1], 'ツ' | 'ッ') && kanji(w[2]);
    let form = letters.iter().copied().find(|c| TWO_FORMS.contains(*c));
    form.or_else(|| letters.windows(3).find(joins).map(|w| w[1]))
}

/// What stands in a place for names where there is nobody to name.
const NOBODY: &[&str] = &[
    "なし",
    "無し",
    "無",
    "ナシ",
    "該当なし",
    "該当無し",
    "同上",
    "右同",
    "以下余白",
    "余白",
    "省略",
    "不明",
    "空欄",
];

/// Whether the text says that there is no name here, or that it stands elsewhere.
pub(super) fn names_nobody(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    NOBODY.contains(&plain.as_str())
}

/// Several lines as one text, with a space between.
pub(super) fn joined(mut parts: Vec<Said>) -> Said {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let join = |f: &dyn Fn(&Said) -> String, by: &str| parts.iter().map(f).collect::<Vec<_>>().join(by);
    let best = join(&|s| s.options.first().map_or(String::new(), |o| o.0.clone()), " ");
    let share = parts.iter().map(|s| s.options.first().map_or(0.0, |o| o.1)).product();
    Said {
        raw: join(&|s| s.raw.clone(), "\n"),
        options: vec![(best, share)],
        first: join(&|s| s.first.clone(), ""),
        second: join(&|s| s.second.clone(), ""),
        third: join(&|s| s.third.clone(), ""),
        weakest: parts
            .iter()
            .fold((1.0, 1.0), |w: (f64, f64), s| (w.0.min(s.weakest.0), w.1.min(s.weakest.1))),
        unborne: parts.iter().map(|s| s.unborne).fold(1.0, f64::min),
        places: Vec::new(),
        foreign: parts.iter().any(|s| s.foreign),
        parted: parts.iter().any(|s| s.parted),
        besides: (parts.iter().find_map(|s| s.besides.0), parts.iter().find_map(|s| s.besides.1)),
    }
}

#[cfg(test)]
mod tests {
    use super::{kept, may_be_other_form, names_nobody};

    #[test]
    fn who_is_not_there_has_no_name() {
        assert!(names_nobody("な し") && names_nobody("該当なし") && !names_nobody("梨 花子"));
    }

    #[test]
    fn one_name_is_written_in_two_ways() {
        assert_eq!(may_be_other_form("三ツ木 進"), Some('ツ'));
        assert_eq!(may_be_other_form("山崎"), Some('崎'));
        assert_eq!((may_be_other_form("ツル"), may_be_other_form("田中")), (None, None));
    }

    #[test]
    fn a_town_stays_as_the_list_writes_it_when_words_are_parted() {
        let (text, rule, words) = ("天カ須賀1八イツ", "天力須賀1八イツ", "天力須賀1 ハイツ");
        assert_eq!(kept(text, rule, words), "天カ須賀1 ハイツ");
        assert_eq!(kept("中央1", "中央1", "中央 1"), "中央 1");
    }
}
