//! A field of a case as the screen shows it. Pure.

use crate::{
    console::words,
    control::checks::CaseField,
    run::{UNREADABLE_REASONS, why_unreadable},
};
use serde_json::{Value, json};

/// Types whose values are digits and the marks between them.
const NUMERIC: [&str; 8] =
    ["date", "time", "postal_code", "phone", "digits", "money", "my_number", "corporate_number"];
/// Shown around a field, in mm.
const AROUND: f64 = 4.0;

/// A field.
#[expect(clippy::struct_excessive_bools, reason = "each is one mark in the page, and they are independent")]
pub(super) struct FieldView {
    /// Its place in the case, from 0: forms and scripts name it by this.
    pub(super) at: usize,
    /// Its name.
    pub(super) name: String,
    /// For people: what kind of value it holds.
    pub(super) kind: &'static str,
    /// Why a person is asked.
    pub(super) reasons: Vec<String>,
    /// What may be picked with a key: the options of the form, or what the readers thought of.
    pub(super) picks: Vec<Pick>,
    /// What stands in the input.
    pub(super) text: String,
    /// What was read, for people.
    pub(super) read: String,
    /// The version on record.
    pub(super) version: i64,
    /// Why it cannot be read, if somebody said so.
    pub(super) unreadable: Vec<Reason>,
    /// A person is asked about it.
    pub(super) asked: bool,
    /// This person has to confirm it yet.
    pub(super) open: bool,
    /// It is confirmed, and by this person.
    pub(super) done: bool,
    /// What another person typed.
    pub(super) earlier: Option<(String, String)>,
    /// Two people stand for different values.
    pub(super) disagreed: bool,
    /// Two people must agree.
    pub(super) two: bool,
    /// It is typed twice.
    pub(super) twice: bool,
    /// It is hidden unless it is held.
    pub(super) secret: bool,
    /// What is typed into it may well begin with a digit, so that digits cannot pick.
    pub(super) digits: bool,
    /// Nothing but digits and their marks is typed into it.
    pub(super) numeric: bool,
    /// Words of a list of the office belong into it.
    pub(super) listed: bool,
    /// Of an address: the field with its postal code.
    pub(super) postal: Option<String>,
    /// The field's box in mm: x, y, width, height; none where it is on no paper.
    pub(super) rect: Option<[f64; 4]>,
    /// The part of the page to show.
    pub(super) part: String,
}

/// Something that may be picked.
pub(super) struct Pick {
    /// With which number.
    pub(super) key: usize,
    /// The value as typed.
    pub(super) text: String,
}

/// Why a field cannot be read.
pub(super) struct Reason {
    /// On record.
    pub(super) word: &'static str,
    /// For people.
    pub(super) label: &'static str,
    /// It is what was said.
    pub(super) chosen: bool,
}

impl FieldView {
    /// The field at place `at` of a case; `second`: somebody has looked before.
    pub(super) fn of(at: usize, field: &CaseField, second: bool) -> Self {
        let (question, manner) = (&field.question, &field.question.manner);
        let kind = manner.kind.as_str();
        let secret = kind == "my_number";
        // Who looks second, or types twice, or types what must stay hidden, begins with an empty field.
        let blind = secret || manner.twice || (manner.two && second);
        let earlier = field.earlier.as_ref().filter(|_| !secret);
        let start = match (&field.typed, earlier) {
            (Some(typed), _) if !secret => &typed.text,
            (None, Some(earlier)) if !field.disagreed => &earlier.text,
            _ if blind => &Value::Null,
            _ => &question.value,
        };
        let typed = field.typed.as_ref();
        let because = why_unreadable(start);
        let numeric = NUMERIC.contains(&kind);
        Self {
            at,
            name: question.field.clone(),
            kind: kind_label(kind),
            reasons: question.reasons.iter().filter(|r| !r.is_empty()).cloned().collect(),
            picks: if blind { Vec::new() } else { picks(field) },
            text: if because.is_some() { String::new() } else { as_typed(start) },
            read: if secret {
                "（個人番号は表示しません）".to_owned()
            } else {
                for_people(&question.value)
            },
            version: typed.map_or(0, |t| t.version),
            unreadable: UNREADABLE_REASONS
                .iter()
                .map(|(word, label)| Reason { word, label, chosen: because == Some(label) })
                .collect(),
            asked: field.asked,
            open: field.open,
            done: typed.is_some_and(|t| t.done),
            earlier: earlier.map(|e| (e.person.clone(), for_people(&e.text))),
            disagreed: field.disagreed,
            two: manner.two,
            twice: manner.twice,
            secret,
            digits: numeric || matches!(kind, "email" | "barcode"),
            numeric,
            listed: false,
            postal: manner.postal_code.as_ref().map(|code| beside(&question.field, code)),
            rect: question.rect,
            part: question.rect.map_or_else(String::new, part),
        }
    }

    /// Whether a plain form holds for this field what it was given, word for word.
    pub(super) fn is_as_shown(&self, text: &str, unreadable: &str) -> bool {
        let chosen = self.unreadable.iter().find(|r| r.chosen).map_or("", |r| r.word);
        self.text == text && chosen == unreadable
    }
}

/// The field `name` in the same row: `郵便番号` beside `異動者[1].住所` is `異動者[1].郵便番号`.
fn beside(field: &str, name: &str) -> String {
    match field.rsplit_once('.') {
        Some((row, _)) if !name.contains('.') => format!("{row}.{name}"),
        _ => name.to_owned(),
    }
}

/// The part of the page around a box, as an SVG `viewBox`.
fn part([x, y, w, h]: [f64; 4]) -> String {
    format!("{:.1} {:.1} {:.1} {:.1}", x - AROUND, y - AROUND, w + 2.0 * AROUND, h + 2.0 * AROUND)
}

fn picks(field: &CaseField) -> Vec<Pick> {
    let question = &field.question;
    let mut texts: Vec<String> = question.manner.options.clone();
    if matches!(question.manner.kind.as_str(), "checkbox" | "stamp") {
        texts = vec!["あり".to_owned(), "なし".to_owned()];
    }
    if texts.is_empty() {
        texts.push(as_typed(&question.value));
        texts.extend(question.candidates.iter().map(|c| as_typed(&c.value)));
    }
    let mut kept: Vec<String> = Vec::new();
    for text in texts.into_iter().filter(|t| !t.is_empty()) {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept.into_iter().take(9).enumerate().map(|(at, text)| Pick { key: at + 1, text }).collect()
}

/// A value as one would type it.
pub(super) fn as_typed(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Bool(true) => "あり".into(),
        Value::Bool(false) => "なし".into(),
        Value::String(text) => text.clone(),
        Value::Array(words) => words.iter().map(as_typed).collect::<Vec<_>>().join("、"),
        Value::Number(number) => number.to_string(),
    }
}

/// A value as a person reads it.
pub(super) fn for_people(value: &Value) -> String {
    if let Some(why) = why_unreadable(value) {
        return format!("読めない（{why}）");
    }
    let text = as_typed(value);
    if text.is_empty() { "（空欄）".into() } else { text }
}

/// What was typed as the answer that it is: several options are written with 、 between them.
pub(super) fn meant(kind: &str, text: &str) -> Value {
    if kind == "choice" && text.contains('、') {
        return text.split('、').map(|word| json!(word.trim())).collect();
    }
    json!(text)
}

/// What a person is told about another who tried to save the same case.
pub(super) fn told(check: i64, who: &str, at: &str) -> String {
    format!(
        "確認番号 {check} を {who} さんも保存しようとしました（{}）。保存されたのはあなたの入力です。値が違うかもしれないときは、{who} さんに確かめてください。",
        words::moment(at)
    )
}

/// For people: what kind of value a field of this type holds.
pub(in crate::console) fn kind_label(kind: &str) -> &'static str {
    match kind {
        "person_name" => "氏名",
        "furigana" => "フリガナ",
        "address" => "住所",
        "date" => "日付（例: 令和8年4月1日、2026-04-01）",
        "time" => "時刻",
        "postal_code" => "郵便番号（数字7けた）",
        "phone" => "電話番号",
        "digits" => "数字",
        "money" => "金額",
        "my_number" => "個人番号（12けた）",
        "corporate_number" => "法人番号（13けた）",
        "choice" => "選択",
        "checkbox" => "チェック（あり・なし）",
        "stamp" => "押印（あり・なし）",
        "code" => "一覧の語",
        "email" => "メールアドレス",
        "barcode" => "バーコード",
        _ => "文字",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Candidate, Manner, Question};

    fn field(kind: &str, manner: Manner) -> CaseField {
        let candidate = |text: &str| Candidate { value: json!(text), probability: 0.3 };
        let question = Question {
            candidates: vec![candidate("高橋"), candidate("髙橋")],
            rect: Some([10.0, 20.0, 50.0, 8.0]),
            manner: Manner { kind: kind.into(), ..manner },
            ..Question::plain("氏名", json!("高橋"), "2つの読みが違います")
        };
        CaseField { question, asked: true, open: true, typed: None, earlier: None, disagreed: false }
    }

    #[test]
    fn a_field_shows_what_was_read_and_what_may_be_picked() {
        let view = FieldView::of(0, &field("person_name", Manner::default()), false);
        assert_eq!((view.text.as_str(), view.part.as_str()), ("高橋", "6.0 16.0 58.0 16.0"));
        let picks: Vec<_> = view.picks.iter().map(|p| (p.key, p.text.as_str())).collect();
        assert_eq!(picks, [(1, "高橋"), (2, "髙橋")]);
        assert!(!view.digits);
        let mail = FieldView::of(0, &field("email", Manner::default()), false);
        assert!(mail.digits && !mail.numeric, "an address may begin with a digit");
    }

    #[test]
    fn who_must_type_it_does_not_see_what_was_read() {
        let two = Manner { two: true, ..Manner::default() };
        assert_eq!(FieldView::of(0, &field("date", two.clone()), false).text, "高橋");
        assert_eq!(FieldView::of(0, &field("date", two), true).text, "");
        let twice = Manner { twice: true, ..Manner::default() };
        assert_eq!(FieldView::of(0, &field("money", twice), false).text, "");
        let secret = FieldView::of(0, &field("my_number", Manner::default()), false);
        assert!(secret.text.is_empty() && !secret.read.contains("高橋") && secret.picks.is_empty());
    }

    #[test]
    fn an_address_knows_its_postal_code() {
        assert_eq!(beside("旧住所", "旧郵便番号"), "旧郵便番号");
        assert_eq!(beside("異動者[2].住所", "郵便番号"), "異動者[2].郵便番号");
    }

    #[test]
    fn several_options_are_typed_with_a_comma() {
        assert_eq!(meant("choice", "転入、転居"), json!(["転入", "転居"]));
        assert_eq!(meant("text", "転入、転居"), json!("転入、転居"));
        assert_eq!(as_typed(&json!(["a", "b"])), "a、b");
    }
}
