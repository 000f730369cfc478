//! What a person may answer about a field of a given type, and what the answer then means.

use crate::text::{
    Email, Furigana, TimeOfDay, contact::PostalCode, corporate_number::CorporateNumber, money,
    my_number::MyNumber, numeral, wareki, width,
};
use serde_json::{Value, json};

/// The key of an answer that says that the paper cannot be read there: `{"unreadable": "faint"}`.
const UNREADABLE: &str = "unreadable";

/// Why a person cannot read a field: the word on record and what people see.
pub const UNREADABLE_REASONS: &[(&str, &str)] = &[
    ("faint", "薄い・かすれている"),
    ("smeared", "にじみ・汚れ・折り目で見えない"),
    ("overwritten", "訂正や重ね書きで判別できない"),
    ("cut_off", "紙の端で切れている"),
    ("outside", "枠の外に書かれている"),
    ("illegible", "文字として判別できない"),
    (MISSING, "何も書かれていない"),
];

/// The reason of [`UNREADABLE_REASONS`] for a place that is blank although something has to stand there.
const MISSING: &str = "missing";

/// What a person is told who leaves a required field blank.
pub const REQUIRED: &str =
    "必須の項目です。紙にも書かれていないときは、「読めない」で「何も書かれていない」を選んでください。";

/// The answer of a person who cannot read the field, for one of [`UNREADABLE_REASONS`].
#[must_use]
pub fn unreadable(reason: &str) -> Option<Value> {
    let known = UNREADABLE_REASONS.iter().any(|(word, _)| *word == reason);
    known.then(|| json!({ UNREADABLE: reason }))
}

/// Why the field cannot be read, for people, when that is what the answer says.
#[must_use]
pub fn why_unreadable(answer: &Value) -> Option<&'static str> {
    let word = answer.get(UNREADABLE)?.as_str()?;
    UNREADABLE_REASONS.iter().find(|(known, _)| *known == word).map(|(_, label)| *label)
}

/// Whether the answer says that nothing is written there.
#[must_use]
pub fn is_missing(answer: &Value) -> bool {
    answer.get(UNREADABLE).and_then(Value::as_str) == Some(MISSING)
}

/// Whether an accepted value is none.
#[must_use]
pub fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// The value an answer stands for in a field of type `kind` that may hold one of `options` (none: anything the type allows).
///
/// # Errors
/// What is wrong with the answer, in Japanese, to be shown beside the field. It never quotes the answer.
pub fn accept(kind: &str, options: &[String], answer: &Value) -> Result<Value, &'static str> {
    let text = match answer {
        Value::Bool(_) if is_flag(kind) => return Ok(answer.clone()),
        Value::Array(words) if kind == "choice" => return choices(words, options),
        Value::Null if is_flag(kind) => String::new(),
        Value::Null => return Ok(Value::Null),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Object(_) if why_unreadable(answer).is_some() => return Ok(answer.clone()),
        _ => return Err("この項目には一つの値を文字で入力してください。"),
    };
    match kind {
        "checkbox" | "stamp" => flag(&text),
        _ if text.is_empty() => Ok(Value::Null),
        "date" => date(&text),
        "choice" | "code" => option(&text, options),
        "postal_code" => PostalCode::parse(&text)
            .map(|p| json!(p.digits()))
            .map_err(|_| "郵便番号は数字7桁で入力してください。"),
        "digits" => numeral::digits_only(&text).map(Value::String).ok_or("数字で入力してください。"),
        "my_number" => my_number(&text),
        "corporate_number" => corporate_number(&text),
        "money" => yen(&text),
        "time" => time(&text),
        "phone" => phone(&text),
        "email" => email(&text),
        "furigana" => furigana(&text),
        "barcode" => Ok(Value::String(code(text))),
        _ => Ok(Value::String(text)),
    }
}

fn is_flag(kind: &str) -> bool {
    matches!(kind, "checkbox" | "stamp")
}

fn flag(text: &str) -> Result<Value, &'static str> {
    match text {
        "true" | "はい" | "有" | "あり" => Ok(Value::Bool(true)),
        "false" | "いいえ" | "無" | "なし" => Ok(Value::Bool(false)),
        _ => Err("「true」（あり）か「false」（なし）で答えてください。"),
    }
}

/// A day in any usual spelling, western or Japanese; never one that does not exist.
fn date(text: &str) -> Result<Value, &'static str> {
    let day = wareki::parse_date(text).ok().and_then(|d| d.plain_date());
    day.map(|d| json!(d.to_string())).ok_or("日付を「2026-04-01」か「令和8年4月1日」の形で入力してください。")
}

fn yen(text: &str) -> Result<Value, &'static str> {
    let amount = money::parse_yen(text).map(|yen| json!(yen.to_string()));
    amount.map_err(|_| "金額を「12300」か「12,300円」の形で入力してください。")
}

/// A time as HH:MM, after midnight as 25:30. 午後12時 is noon to some and midnight to others.
fn time(text: &str) -> Result<Value, &'static str> {
    let folded = width::remove_spaces(&width::fold_width(text));
    let of_half = folded.strip_prefix("午前").or_else(|| folded.strip_prefix("午後"));
    let unclear = of_half.is_some_and(|hour| hour.starts_with("12") || hour.starts_with("十二"));
    let minutes = TimeOfDay::parse(&folded).ok().filter(|_| !unclear).map(TimeOfDay::minutes);
    minutes.map(|m| json!(format!("{:02}:{:02}", m / 60, m % 60))).ok_or(
        "時刻を「17:15」か「17時15分」の形で入力してください。日をまたぐ時刻は「25:30」のように入力します。",
    )
}

/// A telephone number as the readers write it. What is short of an area code may stand on the paper like that.
fn phone(text: &str) -> Result<Value, &'static str> {
    let folded = width::fold_dashes(&width::fold_width(text));
    let bare = folded.replace("内線", "").replace(['(', ')', '+', '.', ':', '・'], "");
    let known = numeral::digits_only(&bare).is_some_and(|digits| !digits.is_empty());
    let joined = folded.replace(['(', ')'], "-").trim_matches('-').replace("--", "-");
    known.then_some(Value::String(joined)).ok_or("電話番号を「029-883-1111」の形で入力してください。")
}

fn email(text: &str) -> Result<Value, &'static str> {
    let folded = width::fold_dashes(&width::ascii_to_halfwidth(text));
    let good = Email::parse(&folded).is_ok();
    good.then_some(Value::String(folded))
        .ok_or("メールアドレスを「soumu@city.example.jp」の形で入力してください。")
}

/// A reading as the readers write it: full-width katakana, one space between the parts.
fn furigana(text: &str) -> Result<Value, &'static str> {
    let kana = Furigana::parse(text).map(|kana| json!(kana.as_str().replace('\u{3000}', " ")));
    kana.map_err(|_| "フリガナはかなだけで入力してください。")
}

/// A code holds what it holds; only the full width of an input method is taken off.
fn code(text: String) -> String {
    let folded = width::ascii_to_halfwidth(&text);
    if folded.is_ascii() { folded } else { text }
}

fn my_number(text: &str) -> Result<Value, &'static str> {
    let number = MyNumber::parse(text).map(|n| json!(n.expose()));
    number.map_err(|_| "個人番号（12桁）の桁数か検査数字が合いません。原本を見て入力し直してください。")
}

fn corporate_number(text: &str) -> Result<Value, &'static str> {
    let number = CorporateNumber::parse(text).map(|n| json!(n.as_str()));
    number.map_err(|_| "法人番号（13桁）の桁数か検査数字が合いません。原本を見て入力し直してください。")
}

fn choices(words: &[Value], options: &[String]) -> Result<Value, &'static str> {
    let words = words.iter().map(|v| option(v.as_str().unwrap_or_default(), options));
    Ok(Value::Array(words.collect::<Result<_, _>>()?))
}

fn option(text: &str, options: &[String]) -> Result<Value, &'static str> {
    let good = options.is_empty() || options.iter().any(|k| k == text);
    good.then(|| Value::String(text.to_owned())).ok_or("帳票にある選択肢の言葉で答えてください。")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_knows_what_it_accepts() {
        let accepted = |kind: &str, answer: Value| accept(kind, &[], &answer).ok();
        assert_eq!(accepted("date", json!("令和８年４月１日")), Some(json!("2026-04-01")));
        assert_eq!(accepted("date", json!("令和8年2月30日")), None);
        assert_eq!(accepted("date", json!("")), Some(Value::Null));
        assert_eq!(accepted("postal_code", json!("〒064-0941")), Some(json!("0640941")));
        assert_eq!(accepted("postal_code", json!("064094")), None);
        assert_eq!(accepted("my_number", json!("123456789012")), None);
        assert_eq!(accepted("my_number", json!("1234 5678 9018")), Some(json!("123456789018")));
        assert_eq!(accepted("checkbox", json!("あり")), Some(json!(true)));
        assert_eq!(accepted("checkbox", Value::Null), None);
        assert_eq!(accepted("choice", json!(["x"])), Some(json!(["x"])));
        assert_eq!(accepted("person_name", json!(" 𠮷野 ")), Some(json!("𠮷野")));
        assert_eq!(accepted("person_name", json!({"名": 1})), None);
    }

    #[test]
    fn what_a_person_types_has_the_shape_of_a_reading() {
        for (kind, typed, value) in [
            ("money", "１２，３００円", "12300"),
            ("money", "12300", "12300"),
            ("time", "８時１５分", "08:15"),
            ("time", "17:15", "17:15"),
            ("time", "翌1:30", "25:30"),
            ("phone", "０３－１２３４－５６７８", "03-1234-5678"),
            ("phone", "０３ー１２３４ー５６７８", "03-1234-5678"),
            ("phone", "029(883)1111", "029-883-1111"),
            ("phone", "883-1111", "883-1111"),
            ("phone", "029-883-1111 内線12", "029-883-1111 内線12"),
            ("email", "ｓｏｕｍｕ＠city.example.jp", "soumu@city.example.jp"),
            ("furigana", "たかはし　ﾊﾅｺ", "タカハシ ハナコ"),
            ("barcode", "Ａ１２３－４", "A123-4"),
            ("barcode", "申請１２", "申請１２"),
        ] {
            assert_eq!(accept(kind, &[], &json!(typed)), Ok(json!(value)), "{kind} {typed}");
            assert_eq!(accept(kind, &[], &json!(value)), Ok(json!(value)), "{kind} {value} stays");
        }
    }

    #[test]
    fn what_cannot_be_of_the_type_is_refused() {
        for (kind, typed) in [
            ("money", "abc"),
            ("money", "12.5円"),
            ("time", "17:80"),
            ("time", "夕方"),
            ("time", "午後12時30分"),
            ("phone", "なし"),
            ("phone", "-"),
            ("email", "soumu"),
            ("furigana", "髙橋"),
        ] {
            assert!(accept(kind, &[], &json!(typed)).is_err(), "{kind} {typed}");
            assert_eq!(accept(kind, &[], &json!("　")), Ok(Value::Null), "{kind}: nothing is nothing");
        }
    }

    #[test]
    fn an_option_is_one_of_the_list() {
        let options = ["転入".to_owned(), "転居".to_owned()];
        assert_eq!(accept("choice", &options, &json!("転居")), Ok(json!("転居")));
        assert!(accept("choice", &options, &json!("転生")).is_err());
        assert!(accept("choice", &options, &json!(["転入", "転生"])).is_err());
    }

    #[test]
    fn a_person_may_say_that_a_field_cannot_be_read() {
        let faint = unreadable("faint").unwrap_or_default();
        assert_eq!(accept("date", &[], &faint), Ok(faint.clone()));
        assert_eq!(why_unreadable(&faint), Some("薄い・かすれている"));
        assert_eq!(unreadable("because"), None);
        assert!(is_missing(&unreadable("missing").unwrap_or_default()) && !is_missing(&faint));
        assert!(accept("text", &[], &json!({ "unreadable": "because" })).is_err());
        assert_eq!(why_unreadable(&json!("faint")), None);
    }
}
