//! Letters that a reader saw and a rule or a list wrote otherwise: another form of a kanji (惠 as 恵), a katakana as the kanji
//! that looks like it (タ as 夕), a voicing mark that went missing (タ゛ as タ). What was seen is then kept for a person.

use super::{
    charset::Charset,
    field_reading::Draft,
    lexicon::Lexicon,
    names::Names,
    settle::{is_katakana, look_alike},
};
use crate::{
    form::{Field, FieldType},
    text::{kanji, width},
};
use serde_json::Value;

/// A letter of the value that was seen as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Changed {
    /// Which of the value's letters, spaces not counted.
    at: usize,
    seen: char,
    written: char,
}

/// What is known to judge a change by.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    /// What the first and the third reader saw, before any rule; the first twice where there is no third.
    pub raws: [&'a str; 2],
    /// The field's list, and names that people bear.
    pub lexicon: Option<&'a Lexicon>,
    pub names: Option<&'a Names>,
    /// A visible text layer told the form of each kanji.
    pub spelt: bool,
}

/// A person looks where a letter was changed that only the writer can tell; where its neighbours tell, the reason says so.
pub(super) fn asks(draft: Draft, field: &Field, charset: &Charset, value: &str, seen: &Seen<'_>) -> Draft {
    let words = matches!(charset, Charset::Name | Charset::Address | Charset::Free);
    if !words {
        return draft;
    }
    let draft = match unvoiced(seen.raws, value) {
        Some(c) => draft.ask(&format!("「{c}」に濁点か半濁点が付いているかもしれません")),
        None => draft,
    };
    twin(form(draft, field, value, seen), field, value, seen)
}

/// From this probability of its weakest character a reader that says the value leaves no doubt. The readers were taught Chinese
/// too, and often hold 惠 for a little more likely than the 恵 that people write here: what is usual in names outweighs that, but
/// not more than twice as much.
const SURE: f64 = 0.93;

/// Another form of the kanji than both readers saw: both are offered.
fn form(mut draft: Draft, field: &Field, value: &str, seen: &Seen<'_>) -> Draft {
    let sure =
        draft.observed.is_some_and(|(_, o)| o.first_agrees && o.third_agrees && o.first.min(o.third) >= SURE);
    if sure {
        return draft;
    }
    let listed = field.kind == FieldType::PersonName || seen.lexicon.is_some();
    let third = changed(seen.raws[1], value);
    let is_form = |c: &Changed| kanji::other_forms(c.seen).iter().any(|(form, _)| *form == c.written);
    let mut both = changed(seen.raws[0], value);
    both.retain(|c| is_form(c) && third.contains(c));
    let Some(first) = both.first().copied().filter(|_| listed && !seen.spelt) else { return draft };
    let mut at = 0;
    let form = |c: char| {
        let other = both.iter().find(|f| !c.is_whitespace() && f.at == at).map_or(c, |f| f.seen);
        at += usize::from(!c.is_whitespace());
        other
    };
    let other: String = value.chars().map(form).collect();
    let place = draft.options.len().min(1);
    draft.options.retain(|(v, _)| v.as_str() != Some(other.as_str()));
    draft.options.insert(place.min(draft.options.len()), (Value::String(other), 0.5));
    draft.ask(&format!("「{}」か、字体の違う「{}」か確かめてください", first.written, first.seen))
}

/// A katakana written as the kanji that looks like it, or the other way round.
fn twin(mut draft: Draft, field: &Field, value: &str, seen: &Seen<'_>) -> Draft {
    let is_twin = |c: &Changed| {
        look_alike(c.seen) == look_alike(c.written) && is_katakana(c.seen) != is_katakana(c.written)
    };
    let of = |raw: &str| changed(raw, value).into_iter().find(is_twin);
    let plain: String = value.split_whitespace().collect();
    // 工藤 is in the list; whether タ子 is 夕子, or カ子 her own name, nobody knows.
    let unknown = |c: &Changed| {
        let listed = seen.lexicon.is_some_and(|l| l.find(&plain).is_some());
        let named = seen.names.is_none_or(|names| bears(names, &plain, c.at));
        let kanji = is_katakana(c.seen) && !matches!(c.written, 'ぁ'..='ん');
        field.kind == FieldType::PersonName && kanji && !listed && !named
    };
    if let Some(c) = seen.raws.into_iter().filter_map(of).find(unknown) {
        return draft.ask(&format!("かなの「{}」か漢字の「{}」か確かめてください", c.seen, c.written));
    }
    if let Some(c) = of(seen.raws[0]) {
        draft.reasons.push(format!("形の似た字を前後の字に合わせました（{}→{}）", c.seen, c.written));
    }
    draft
}

/// The list has the name, or a surname or a given name in it that holds this letter.
fn bears(names: &Names, name: &str, at: usize) -> bool {
    let place = name.char_indices().nth(at).map_or(name.len(), |(i, _)| i);
    let cuts = name.char_indices().map(|(i, _)| i).skip(1);
    let mut parts = cuts.map(|i| if place < i { &name[..i] } else { &name[i..] });
    names.has(name) || names.knows(name) || parts.any(|part| names.has(part))
}

/// The letters of a value that were seen otherwise; none where as many letters were not seen.
fn changed(raw: &str, value: &str) -> Vec<Changed> {
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<char>>();
    let (raw, value) = (letters(raw), letters(value));
    if raw.len() != value.len() {
        return Vec::new();
    }
    let pairs = raw.into_iter().zip(value).enumerate();
    pairs.filter(|(_, (a, b))| a != b).map(|(at, (seen, written))| Changed { at, seen, written }).collect()
}

/// A kana that was seen with its voicing mark beside it, and that the value has without. A mark that ends a quotation is none.
fn unvoiced(raws: [&str; 2], value: &str) -> Option<char> {
    let count = |text: &str, c: char| text.chars().filter(|d| *d == c).count();
    raws.into_iter().find_map(|raw| {
        let quoted = raw.chars().filter(|c| matches!(c, '"' | '“' | '”')).count() > 1;
        let marked: String = raw.chars().map(|c| if quoted { c } else { as_mark(c) }).collect();
        let joined = width::kana_to_fullwidth(&marked);
        let mut gone = joined.chars().filter(|c| width::unvoiced(*c) != *c);
        gone.find(|c| count(value, *c) < count(&joined, *c) && count(raw, *c) < count(&joined, *c))
    })
}

/// What a voicing mark is read as.
const fn as_mark(c: char) -> char {
    match c {
        '"' | '”' | '″' | '〃' => '゛',
        '°' => '゜',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, Draft, Field, FieldType, Lexicon, Names, Seen, asks, changed, unvoiced};
    use crate::{
        drivers::ocr::calibration::{Group, Observed, Second},
        form::Rect,
    };
    use serde_json::json;

    fn field(kind: FieldType) -> Field {
        Field::plain(kind, Rect { x: 0.0, y: 0.0, w: 50.0, h: 10.0 })
    }

    /// What is made of a name that two readers saw so.
    fn name(raws: [&str; 2], value: &str) -> Draft {
        let names = Names::new("姓\t工藤\tクドウ\n姓\t山口\tヤマグチ\n名\t恵子\tケイコ\n名\t夕子\tユウコ\n");
        let seen = Seen { raws, lexicon: None, names: Some(&names), spelt: false };
        let draft = Draft { options: vec![(json!(value), 1.0)], ..Draft::default() };
        asks(draft, &field(FieldType::PersonName), &Charset::Name, value, &seen)
    }

    #[test]
    fn the_form_of_a_kanji_that_both_saw_is_not_changed_for_that_of_a_list() {
        for (seen, value, other) in [
            ("山口惠子", "山口 恵子", "山口 惠子"),
            ("髙橋恵子", "高橋 恵子", "髙橋 恵子"),
            ("橫山恵子", "横山 恵子", "橫山 恵子"),
            ("眞田恵子", "真田 恵子", "眞田 恵子"),
        ] {
            let draft = name([seen, seen], value);
            assert!(draft.person && draft.reasons[0].contains("字体の違う"), "{draft:?}");
            assert_eq!((&draft.options[0].0, &draft.options[1].0), (&json!(value), &json!(other)));
        }
        assert!(!name(["山口惠子", "山口恵子"], "山口 恵子").person, "the other reader saw the usual form");
        assert!(!name(["山口恵子", "山口恵子"], "山口 恵子").person);
        assert!(!name(["山ロ恵子", "山ロ恵子"], "山口 恵子").person, "no form, and 山口 is in the list");
    }

    #[test]
    fn where_both_readers_say_the_value_surely_its_form_is_not_asked_about() {
        let seen = Seen { raws: ["山口惠子"; 2], lexicon: None, names: None, spelt: false };
        let asked = |weakest: f64, agrees: bool| {
            let observed = Observed {
                share: 1.0,
                first: weakest,
                third: 0.99,
                first_agrees: agrees,
                third_agrees: true,
                second: Second::Same,
                unlisted: false,
                grammar: None,
                boxes: None,
                vote: None,
                letters: 4,
                fit: 1.0,
            };
            let draft = Draft { observed: Some((Group::Text, observed)), ..Draft::default() };
            asks(draft, &field(FieldType::PersonName), &Charset::Name, "山口恵子", &seen).person
        };
        assert!(!asked(0.96, true) && asked(0.8, true) && asked(0.99, false));
    }

    #[test]
    fn a_list_of_words_changes_no_form_either() {
        let words = Lexicon::new(&["桜町".to_owned()], &Charset::Free);
        let seen = Seen { raws: ["櫻町"; 2], lexicon: Some(&words), names: None, spelt: false };
        let read =
            |seen: &Seen<'_>| asks(Draft::default(), &field(FieldType::Text), &Charset::Free, "桜町", seen);
        assert!(read(&seen).person);
        assert!(!read(&Seen { spelt: true, ..seen }).person, "the layer tells");
        assert!(!read(&Seen { lexicon: None, ..seen }).person, "of other text the form says nothing");
    }

    #[test]
    fn a_katakana_becomes_a_kanji_in_names_that_people_bear() {
        for (seen, value) in [("エ藤夕子", "工藤 夕子"), ("工藤タ子", "工藤夕子"), ("山ロ太郎", "山口太郎")]
        {
            let draft = name([seen, seen], value);
            assert!(!draft.person && draft.reasons[0].contains("前後の字"), "{draft:?}");
        }
        let draft = name(["工藤カ子", "工藤力子"], "工藤力子");
        assert!(draft.person && draft.reasons[0].contains("「カ」か漢字の「力」"), "{draft:?}");
        assert!(!name(["工藤力子", "工藤力子"], "工藤力子").person, "both saw the kanji");
    }

    #[test]
    fn without_a_list_of_names_nothing_speaks_against_the_neighbours() {
        let seen = Seen { raws: ["工藤カ子"; 2], lexicon: None, names: None, spelt: false };
        let kind = field(FieldType::PersonName);
        let draft = asks(Draft::default(), &kind, &Charset::Name, "工藤力子", &seen);
        assert!(!draft.person && draft.reasons.len() == 1, "{draft:?}");
    }

    #[test]
    fn a_kana_keeps_its_voicing_mark() {
        let gone = |raw: &str, value: &str| unvoiced([raw, raw], value);
        assert_eq!((gone("ﾀﾞイヤ荘", "タイヤ荘"), gone("タ\"イヤ荘", "タイヤ荘")), (Some('ダ'), Some('ダ')));
        assert_eq!((gone("ハ゜ール荘", "ハール荘"), gone("ﾊﾟール", "ハール")), (Some('パ'), Some('パ')));
        assert_eq!((gone("ﾀﾞイヤ荘", "ダイヤ荘"), gone("ダイヤ荘", "ダイヤ荘")), (None, None));
        assert_eq!((gone("\"ハイツ\"", "ハイツ"), gone("ハイツ", "ハイツ")), (None, None));
    }

    #[test]
    fn half_width_kana_are_no_letters_of_a_field_and_are_never_left_out() {
        use crate::drivers::ocr::charset::Side;
        for charset in [Charset::Kana, Charset::Name, Charset::Address, Charset::Free] {
            // Where kana stand, a narrow one is one of them. A voicing mark before the first voices nothing.
            let narrow = if matches!(charset, Charset::Kana) { "ﾞﾟ" } else { "ﾀﾞﾟ" };
            for side in [Side::Between, Side::After] {
                let asked = |c: char| charset.weight(charset.fold(c)) <= 0.0 && !charset.harmless(c, side);
                assert!(narrow.chars().all(asked), "{charset:?} {side:?}");
            }
        }
    }

    #[test]
    fn letters_are_compared_where_as_many_were_seen() {
        assert_eq!(changed("山 口", "山ロ").len(), 1);
        assert!(changed("山口", "山").is_empty() && changed("山 口", "山口").is_empty());
    }
}
