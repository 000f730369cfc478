//! The text layer of a PDF as one more witness. It can say anything: what a scanner guessed, what a form's program wrote, what
//! somebody hid there. So it never stands alone. Where it says what the picture says, the reading is surer; where the picture
//! cannot tell two forms of a kanji apart (崎 﨑) and the letters are visible ones, it tells which; where it says something
//! else, or something where the picture shows nothing, a person is asked.

use super::{
    blank::Blank,
    charset::{Charset, Side},
    field_reading::Draft,
    homography::{Homography, Pair},
    mask::Mask,
    number_text,
    page::Letter,
    paper::PX_PER_MM,
    register::Place,
    settle::{parted, settled},
};
use crate::{
    form::{FieldType, Rect},
    text::kana::fold_small,
};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// The layer's letters in the blank's frame, without those that are printed on the blank itself.
pub(super) struct Layer(Vec<Letter>);

/// What the layer says in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Witness {
    /// As the field writes it, without spaces.
    pub text: String,
    /// All of its letters are painted on the page.
    shown: bool,
    /// It has signs that the field does not hold: the 万 of 3万円 among digits.
    more: bool,
}

/// Where at least this share of a letter's rectangle is printed matter of the blank (rules aside), the letter is printed matter.
const PRINTED: f64 = 0.04;

impl Layer {
    /// None where the file carries no text beside what is printed on the blank.
    pub(super) fn of(letters: &[Letter], place: Option<&Place>, blank: &Blank) -> Option<Self> {
        let place = place.filter(|_| !letters.is_empty())?;
        let (w, h) = (blank.ink.w as f64, blank.ink.h as f64);
        let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h), (w / 2.0, h / 2.0)];
        let pairs = corners.map(|at| Pair { from: place.map.apply(at), to: at, weight: 1.0 });
        let back = Homography::fit(&pairs, true)?;
        let laid = letters.iter().map(|l| l.within(|at| back.apply(turned(at, place))));
        let left: Vec<Letter> = laid.filter(|l| !is_printed(l, blank)).collect();
        (!left.is_empty()).then_some(Self(left))
    }

    /// What it says in a rectangle (in mm), as writing of these characters; none where it says nothing.
    pub(super) fn witness(&self, rect: Rect, charset: &Charset) -> Option<Witness> {
        let inside = |l: &&Letter| {
            let (x, y) = l.middle();
            let (x, y) = (x / PX_PER_MM, y / PX_PER_MM);
            x > rect.x && x < rect.x + rect.w && y > rect.y && y < rect.y + rect.h
        };
        let letters: Vec<&Letter> = self.0.iter().filter(inside).collect();
        let text: String = in_order(letters.clone()).nfkc().map(|c| charset.fold(c)).collect();
        let more = has_more(&text, charset);
        let text = settled(&text, charset).split_whitespace().collect::<String>();
        (!text.is_empty()).then(|| Witness { text, shown: letters.iter().all(|l| l.shown), more })
    }
}

/// Whether a text has a sign that the field does not hold and that may mean something, or says two amounts.
fn has_more(text: &str, charset: &Charset) -> bool {
    let letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    if matches!(charset, Charset::Money) && parted(&letters.iter().collect::<String>()) {
        return true;
    }
    let holds = |c: char| charset.weight(c) > 0.0;
    let all = letters.iter().filter(|c| holds(**c)).count();
    let mut before = 0;
    for c in letters {
        if holds(c) {
            before += 1;
        } else if !charset.harmless(c, Side::of(before, all)) {
            return true;
        }
    }
    false
}

/// The letters as they are read: line by line, from left to right, a space where there is one.
pub(super) fn in_order(mut letters: Vec<&Letter>) -> String {
    letters.sort_by(|a, b| a.middle().1.total_cmp(&b.middle().1));
    let mut lines: Vec<Vec<&Letter>> = Vec::new();
    for letter in letters {
        match lines.last_mut() {
            Some(line) if letter.middle().1 - line[0].middle().1 < 0.6 * line[0].h.max(letter.h) => {
                line.push(letter);
            }
            _ => lines.push(vec![letter]),
        }
    }
    let mut out = String::new();
    for mut line in lines {
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
        let mut end: Option<f64> = None;
        for letter in line {
            if end.is_none_or(|end| letter.x - end > 0.7 * letter.h) && !out.is_empty() {
                out.push(' ');
            }
            out.push(letter.c);
            end = Some(letter.x + letter.w);
        }
    }
    out
}

/// A point of the page as it came, on the page brought upright.
fn turned((x, y): (f64, f64), place: &Place) -> (f64, f64) {
    let (w, h) = (f64::from(place.size.0), f64::from(place.size.1));
    match place.turns {
        1 => (h - y, x),
        2 => (w - x, h - y),
        3 => (y, w - x),
        _ => (x, y),
    }
}

/// The blank has print where the letter stands.
fn is_printed(letter: &Letter, blank: &Blank) -> bool {
    let (x0, y0) = (letter.x.floor() as i32, letter.y.floor() as i32);
    let (w, h) = (letter.w.ceil().clamp(1.0, 400.0) as i32, letter.h.ceil().clamp(1.0, 400.0) as i32);
    let print = |m: &Mask| m.window((x0, y0), w, h);
    let (ink, rules) = (print(&blank.ink), print(&blank.rules));
    let on = ink.bits.iter().zip(&rules.bits).filter(|(ink, rule)| **ink && !**rule).count();
    on as f64 > PRINTED * f64::from(w * h)
}

/// Kanji of which the readers know only one form, or cannot tell two forms apart: the usual one first.
const FORMS: [(char, char); 5] = [('崎', '﨑'), ('吉', '𠮷'), ('濱', '濵'), ('高', '髙'), ('邊', '邉')];

/// The text with every form of a kanji as the usual one, and small kana as large ones.
fn usual(text: &str) -> String {
    let one = |c: char| FORMS.iter().find(|(_, other)| *other == c).map_or(c, |(usual, _)| *usual);
    fold_small(&text.chars().map(one).collect::<String>())
}

impl Witness {
    /// The digits of it, and 元: what a year, a month or a day is written with.
    pub(super) fn digits(&self) -> String {
        let digits: String = self.text.chars().filter(|c| c.is_ascii_digit() || *c == '元').collect();
        // 07 is 7.
        if digits.len() > 1 { digits.trim_start_matches('0').to_owned() } else { digits }
    }

    /// What it says as a value of the type.
    fn value(&self, kind: &FieldType) -> String {
        let written = number_text::written(kind, vec![(self.text.clone(), 1.0)]);
        plain(&written.first().map_or(String::new(), |(text, _)| text.clone()))
    }

    /// Its letters are painted, so that what they are is what they look like.
    pub(super) const fn tells_forms(&self) -> bool {
        self.shown
    }

    /// It says what was read.
    pub(super) fn bears_out(&self, kind: &FieldType, read: &str) -> bool {
        // Of these types the value is what is left of a text, and may be another number.
        let less = self.more && matches!(kind, FieldType::Digits | FieldType::Money | FieldType::Time);
        let (said, read) = (self.value(kind), plain(read));
        // The rule that settled the layer's text does not know the towns that the readers know.
        let town = matches!(kind, FieldType::Address { .. }) && said == settled(&read, &Charset::Address);
        !less && (said == read || town || (!self.shown && usual(&said) == usual(&read)))
    }

    /// What was read, in the forms of kanji and kana that the visible layer has; none where it has no others, or says
    /// something else.
    pub(super) fn spelling(&self, kind: &FieldType, read: &str) -> Option<String> {
        let (said, bare) = (self.value(kind), plain(read));
        let other = self.shown && said != bare && usual(&said) == usual(&bare);
        if !other || said.chars().count() != bare.chars().count() {
            return None;
        }
        let mut letters = said.chars();
        Some(read.chars().map(|c| if c.is_whitespace() { c } else { letters.next().unwrap_or(c) }).collect())
    }

    /// The reading with what the layer says taken into account: a person where it is something else.
    pub(super) fn heard(&self, mut draft: Draft, kind: &FieldType) -> Draft {
        let read = draft.options.first().and_then(|(v, _)| v.as_str()).unwrap_or_default().to_owned();
        if draft.empty {
            return draft.ask("画像には何も見えませんが、PDF の文字情報には文字があります");
        }
        if self.bears_out(kind, &read) {
            draft.reasons.push("PDF の文字情報と一致しました".to_owned());
            return draft;
        }
        // The person is offered both.
        let at = draft.options.len().min(1);
        draft.options.insert(at, (Value::String(self.value(kind)), 0.5));
        draft.ask("PDF の文字情報と画像の読みが違います")
    }
}

/// In compatibility form, without spaces.
fn plain(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Charset, Draft, FieldType, Layer, Letter, Rect, Witness};
    use serde_json::{Value, json};

    fn letters(text: &str, x: f64, y: f64, shown: bool) -> Vec<Letter> {
        let letter = |(i, c): (usize, char)| Letter { c, x: x + 20.0 * i as f64, y, w: 18.0, h: 18.0, shown };
        text.chars().enumerate().filter(|(_, c)| *c != ' ').map(letter).collect()
    }

    fn said(text: &str, shown: bool, charset: &Charset) -> Witness {
        let rect = Rect { x: 0.0, y: 0.0, w: 90.0, h: 20.0 };
        Layer(letters(text, 30.0, 40.0, shown)).witness(rect, charset).expect("it says something")
    }

    fn heard(read: &str, witness: &Witness) -> Draft {
        let options = vec![(Value::String(read.to_owned()), 0.9)];
        let draft = Draft { options, probability: 0.9, empty: read.is_empty(), ..Draft::default() };
        witness.heard(draft, &FieldType::PersonName)
    }

    #[test]
    fn what_says_the_same_bears_the_reading_out() {
        let witness = said("山田 花子", true, &Charset::Name);
        assert!(witness.bears_out(&FieldType::PersonName, "山田 花子"));
        assert!(!heard("山田 花子", &witness).person);
        let money = said("１，２３４円", true, &Charset::Money);
        assert!(money.bears_out(&FieldType::Money, "1234"));
    }

    #[test]
    fn a_town_that_the_rule_would_change_is_borne_out() {
        let kind = FieldType::Address { postal_code: None };
        let witness = said("天カ須賀1-2", true, &Charset::Address);
        assert!(witness.bears_out(&kind, "天カ須賀1-2") && !witness.bears_out(&kind, "天賀須カ1-2"));
    }

    #[test]
    fn what_says_more_than_the_number_is_another_number() {
        for (layer, charset, kind, read) in [
            ("3万円", Charset::Money, FieldType::Money, "3"),
            ("1.5", Charset::Digits, FieldType::Digits, "15"),
            ("翌1:30", Charset::Time, FieldType::Time, "01:30"),
            ("▲1,234", Charset::Money, FieldType::Money, "1234"),
            ("300-500", Charset::Money, FieldType::Money, "300500"),
        ] {
            assert!(!said(layer, true, &charset).bears_out(&kind, read), "{layer} {read}");
        }
        for (layer, charset, kind, read) in [
            ("金1,234円也", Charset::Money, FieldType::Money, "1234"),
            ("30分", Charset::Digits, FieldType::Digits, "30"),
            ("6ヶ月", Charset::Digits, FieldType::Digits, "6"),
            ("〒305-0005", Charset::Digits, FieldType::PostalCode, "3050005"),
        ] {
            assert!(said(layer, true, &charset).bears_out(&kind, read), "{layer} {read}");
        }
    }

    #[test]
    fn visible_letters_tell_forms_of_a_kanji_apart_and_hidden_ones_do_not() {
        let kind = FieldType::PersonName;
        let shown = said("山﨑和子", true, &Charset::Name);
        assert_eq!(shown.spelling(&kind, "山崎 和子").as_deref(), Some("山﨑 和子"));
        let hidden = said("山﨑和子", false, &Charset::Name);
        assert!(hidden.spelling(&kind, "山崎 和子").is_none() && hidden.bears_out(&kind, "山崎 和子"));
    }

    #[test]
    fn what_says_something_else_is_shown_to_a_person_and_never_believed() {
        for layer in ["佐藤太郎", "山崎和夫", "山崎"] {
            let draft = heard("山崎 和子", &said(layer, true, &Charset::Name));
            assert!(draft.person && draft.options[0].0 == json!("山崎 和子"), "{layer}");
            assert_eq!(draft.options[1].0, json!(layer), "the person is offered it");
        }
        assert!(heard("", &said("1000000", false, &Charset::Money)).person);
    }

    #[test]
    fn letters_outside_the_field_say_nothing_about_it() {
        let layer = Layer(letters("山田", 30.0, 40.0, true));
        assert!(layer.witness(Rect { x: 20.0, y: 0.0, w: 50.0, h: 20.0 }, &Charset::Name).is_none());
    }

    #[test]
    fn two_lines_are_read_one_after_the_other() {
        let mut all = letters("中央2-3", 30.0, 70.0, true);
        all.extend(letters("つくば市", 30.0, 40.0, true));
        let rect = Rect { x: 0.0, y: 0.0, w: 90.0, h: 20.0 };
        assert_eq!(
            Layer(all).witness(rect, &Charset::Address).map(|w| w.text).as_deref(),
            Some("つくば市中央2-3")
        );
    }
}
