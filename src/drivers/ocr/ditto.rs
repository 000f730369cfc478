//! 同上 and ditto marks: what was written stands elsewhere on the sheet, and is never the value itself.

use super::charset::Charset;
use crate::form::FieldType;

/// What says that the same is meant as elsewhere.
const WORDS: &[&str] = &[
    "同上",
    "同左",
    "同右",
    "同前",
    "前同",
    "右同",
    "左同",
    "上同",
    "同じ",
    "右同じ",
    "左同じ",
    "上同じ",
    "前同じ",
    "上記同じ",
    "上記同様",
    "前記同様",
];

/// How a sentence ends that says so: 上記に同じ, 世帯主と同じ.
const ENDS: &[&str] = &["に同じ", "と同じ"];

/// How an address begins that says so and goes on: 同上101号.
const BEGINNINGS: &[&str] = &["同上", "同左", "同右", "仝", "〃"];

/// Marks that say it with one sign; a mere tick above the line is dirt.
const MARKS: &str = "〃仝々\"“”″";
/// Ticks that say it in twos.
const TICKS: &str = "'’´`′";
/// What is written around or behind them.
const AROUND: &str = "。.、,・()（）「」:：";

/// What the field says in place of a value: the words, or the mark. None where it says something itself.
pub(super) fn said(kind: &FieldType, charset: &Charset, value: &str, raw: &str) -> Option<String> {
    if !charset.spaced() {
        return None;
    }
    [value, raw].into_iter().map(bare).find(|text| is_ditto(kind, text))
}

/// Without spaces, and without what stands around the words.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !AROUND.contains(*c)).collect()
}

fn is_ditto(kind: &FieldType, text: &str) -> bool {
    let marks = !text.is_empty() && text.chars().all(|c| MARKS.contains(c) || TICKS.contains(c));
    if marks && (text.chars().count() > 1 || !text.chars().any(|c| TICKS.contains(c))) {
        return true;
    }
    let begun = matches!(kind, FieldType::Address { .. }) && BEGINNINGS.iter().any(|b| text.starts_with(b));
    // In a remark 前回と同じ is a sentence of its own.
    let place = matches!(kind, FieldType::Address { .. } | FieldType::PersonName | FieldType::Furigana);
    let ended = ENDS.iter().any(|end| text.ends_with(end));
    let here = matches!(text, "上記に同じ" | "上に同じ" | "右に同じ" | "左に同じ" | "前記に同じ");
    WORDS.contains(&text) || begun || here || (place && ended)
}

#[cfg(test)]
mod tests {
    use super::{Charset, FieldType, said};

    #[test]
    fn what_stands_elsewhere_is_no_value() {
        let (address, free) = (FieldType::Address { postal_code: None }, FieldType::Text);
        let in_address = |text: &str| said(&address, &Charset::Address, text, text).is_some();
        let in_text = |text: &str| said(&free, &Charset::Free, text, text).is_some();
        for text in ["同上", "同 上", "（同上）", "〃", "〃 〃", "々々", "仝", "\"", "''", "同左", "前同"]
        {
            assert!(in_address(text) && in_text(text), "{text}");
        }
        for text in ["上記に同じ", "右に同じ", "右同じ"] {
            assert!(in_address(text) && in_text(text), "{text}");
        }
        assert!(in_address("同上101号") && in_address("世帯主に同じ") && !in_text("前回と同じ"));
        for text in ["", "中央1-2-3", "'", "佐々木町1", "同心町2", "上同1-2"] {
            assert!(!in_address(text) && !in_text(text), "{text}");
        }
    }

    #[test]
    fn a_mark_that_the_field_does_not_hold_is_seen_in_what_was_read_before_any_rule() {
        let name = |value, raw| said(&FieldType::PersonName, &Charset::Name, value, raw);
        assert_eq!(name("", "〃").as_deref(), Some("〃"));
        assert_eq!(name("同上", "同上").as_deref(), Some("同上"));
        assert_eq!((name("佐々木", "佐々木"), name("", "")), (None, None));
        let kana = said(&FieldType::Furigana, &Charset::Kana, "ドウジョウ", "ドウジョウ");
        assert_eq!(kana, None, "道上 is a surname");
        assert_eq!(said(&FieldType::Digits, &Charset::Digits, "11", "\""), None, "digits are no words");
    }
}
