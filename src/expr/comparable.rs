//! Which values have an order among each other. The evaluator puts any value before any other one: an empty cell before 500000
//! and 「未定」 behind it, 2026/10/1 before 2026/9/30. What has no order is refused.

use super::functions::refused;
use crate::text::{money, numeral, parse_date, width};
use jiff::civil::Date;
use minijinja::{
    Error, ErrorKind, Value,
    value::{Kwargs, ValueKind},
};

/// That two values have an order.
pub(super) fn comparable(left: &Value, right: &Value) -> Result<(), Error> {
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        return texts(left, right);
    }
    match (left.kind(), right.kind()) {
        (ValueKind::Undefined, _) | (_, ValueKind::Undefined) => Err(ErrorKind::UndefinedError.into()),
        (ValueKind::None, _) | (_, ValueKind::None) => Err(refused(
            "空の値には大小がありません（空もありうるなら「値 is not none and 値 > 0」のように書きます）",
        )),
        (ValueKind::Number, ValueKind::Number) => Ok(()),
        (ValueKind::Number, ValueKind::String) | (ValueKind::String, ValueKind::Number) => {
            Err(refused("文字と数の大小は比べられません（文字の側に「| int」を付けます）"))
        }
        _ => Err(refused("一覧や「はい・いいえ」の大小は比べられません（件数なら「| length」を付けます）")),
    }
}

/// That `min` or `max` can tell which element of a list comes first, by the keys that it was given.
pub(super) fn has_first(list: &Value, names: &Kwargs) -> Result<(), Error> {
    by_keys(list, names, all_comparable)
}

/// That `sort` can. Names and addresses have an order as texts, and empty ones stand together; days and numbers must have one.
pub(super) fn sortable(list: &Value, names: &Kwargs) -> Result<(), Error> {
    by_keys(list, names, all_arrangeable)
}

fn by_keys(list: &Value, names: &Kwargs, check: fn(&[Value]) -> Result<(), Error>) -> Result<(), Error> {
    let Ok(items) = list.try_iter() else { return Ok(()) };
    let items: Vec<Value> = items.collect();
    match names.peek::<Option<&str>>("attribute")? {
        None if items.len() > 1 && items.iter().any(|item| item.kind() == ValueKind::Map) => {
            Err(refused("行には大小がありません（attribute='項目' を付けて、どの項目で比べるかを書きます）"))
        }
        None => check(&items),
        Some(keys) => keys.split(',').map(str::trim).filter(|key| !key.is_empty()).try_for_each(|key| {
            let values: Vec<Value> = items.iter().map(|item| under(item, key)).collect();
            check(&values)
        }),
    }
}

/// What an element has under a key, or under keys with dots between.
fn under(item: &Value, keys: &str) -> Value {
    keys.split('.').fold(item.clone(), |value, key| {
        let found = match key.parse() {
            Ok(index) => value.get_item_by_index(index),
            Err(_) => value.get_attr(key),
        };
        found.unwrap_or_default()
    })
}

/// That each of the values has an order with the first one, and so with every other one.
fn all_comparable(values: &[Value]) -> Result<(), Error> {
    let Some((first, others)) = values.split_first() else { return Ok(()) };
    let is_empty_text = |value: &Value| value.as_str() == Some("");
    let empty_texts = values.iter().filter(|value| is_empty_text(value)).count();
    let is_mixed = empty_texts > 0 && empty_texts < values.len();
    if !others.is_empty() && (is_mixed || values.iter().any(Value::is_none)) {
        return Err(refused(
            "空の値には大小がありません（空の行を先に「| rejectattr('項目', 'none')」「| rejectattr('項目', 'equalto', '')」で除きます）",
        ));
    }
    others.iter().try_for_each(|other| comparable(first, other))
}

/// That the days, the numbers and the times among the values have an order, and that texts and numbers are not mixed.
fn all_arrangeable(values: &[Value]) -> Result<(), Error> {
    let filled = || values.iter().filter(|value| !value.is_none() && value.as_str() != Some(""));
    let of = |is: fn(&str) -> bool| filled().filter(move |value| value.as_str().is_some_and(is));
    let one_order = |mut alike: Box<dyn Iterator<Item = &Value> + '_>| {
        let Some(first) = alike.next() else { return Ok(()) };
        alike.try_for_each(|other| comparable(first, other))
    };
    one_order(Box::new(of(is_day)))?;
    one_order(Box::new(of(is_figures)))?;
    one_order(Box::new(of(is_time)))?;
    let text = filled().find(|value| value.kind() == ValueKind::String);
    let first = text.or_else(|| filled().next());
    let mut others = filled().filter(|value| value.kind() != ValueKind::String);
    first.map_or(Ok(()), |first| others.try_for_each(|other| comparable(first, other)))
}

fn is_figures(text: &str) -> bool {
    text.contains(is_digit) && money::parse_yen(text).is_ok()
}

fn is_time(text: &str) -> bool {
    text.contains(':') && text.chars().all(|c| c.is_ascii_digit() || c == ':')
}

/// That two texts have an order, such as two days of one spelling. As texts, 9 comes behind 10.
fn texts(left: &str, right: &str) -> Result<(), Error> {
    if left.is_empty() != right.is_empty() {
        return Err(refused(
            "空の文字には大小がありません（空もありうるなら「値 != '' and 値 > '…'」のように書きます）",
        ));
    }
    let alike = outline(left).is_some_and(|outline_left| outline(right) == Some(outline_left));
    if alike || adds_seconds(left, right) || adds_seconds(right, left) {
        Ok(())
    } else {
        Err(refused(unlike(left, right)))
    }
}

/// What is written in digits only at fixed places, so that the later text is the later day.
const DAYS: [&str; 4] = ["00000000", "0000-00-00", "0000/00/00", "0000.00.00"];

/// A text with each digit as `0` and, in a code, each letter as `A` or `a`: of two texts with one outline the later in characters is
/// the later day or the larger number. None where that does not hold: 令和8年10月 comes behind 令和8年9月, −5 before −4. A text
/// without digits has an empty one.
fn outline(text: &str) -> Option<String> {
    if !text.chars().any(is_digit) {
        return (!is_day(text) && !is_kanji_number(text)).then(String::new);
    }
    let (is_era, is_code) =
        (is_short_era(text), text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let drawn = |c: char| match c {
        '0'..='9' => '0',
        '０'..='９' => '０',
        'A'..='Z' if is_code && !is_era => 'A',
        'a'..='z' if is_code && !is_era => 'a',
        other => other,
    };
    let outline: String = text.chars().map(drawn).collect();
    let is_in_order = is_era || DAYS.contains(&outline.as_str()) || !is_day(text);
    (is_in_order && !is_negative(text)).then_some(outline)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９')
}

/// `R080401`: in order within one era only, for S comes before T.
fn is_short_era(text: &str) -> bool {
    let digits = text.strip_prefix(['M', 'T', 'S', 'H', 'R', 'm', 't', 's', 'h', 'r']);
    digits.is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a text is a day in any spelling.
fn is_day(text: &str) -> bool {
    parse_date(text).is_ok_and(|read| read.date().is_some())
}

/// 三万円; a circle alone is a mark in a list.
fn is_kanji_number(text: &str) -> bool {
    text.chars().any(|c| c != '〇' && numeral::is_kanji_numeral(c)) && money::parse_yen(text).is_ok()
}

fn is_negative(text: &str) -> bool {
    let amount = text.trim_start().trim_start_matches(['¥', '￥', '\\', '金']);
    amount.starts_with(|c: char| width::is_dash(c) || matches!(c, '▲' | '△'))
}

/// Whether two moments differ in that only the second one shows seconds, as a workbook does where there are any.
fn adds_seconds(short: &str, long: &str) -> bool {
    let (Some(before), Some(after)) = (outline(short), outline(long)) else { return false };
    before.ends_with("0:00") && after.strip_suffix(":00") == Some(before.as_str()) && !long.ends_with(":00")
}

/// Why two texts have no order, and what gives them one.
fn unlike(left: &str, right: &str) -> &'static str {
    let both = |is: fn(&str) -> bool| is(left) && is(right);
    if both(|text| text.bytes().all(|b| b.is_ascii_digit())) {
        "数字の文は桁数が違うと大小を比べられません（両方に「| int」を付けます）"
    } else if both(|text| text.get(..10).is_some_and(|day| day.parse::<Date>().is_ok())) {
        "日付と日時の大小は比べられません（日時の側に「[:10]」を付けて日付にします）"
    } else if is_day(left) || is_day(right) {
        "日付の文は「2026-04-01」の形にそろえないと大小を比べられません（両方に「| seireki」を付けます）"
    } else if money::parse_yen(left).is_ok() || money::parse_yen(right).is_ok() {
        "数や金額の文は書き方や桁数が違うと大小を比べられません（両方に「| money」を付けます）"
    } else if both(|text| text.contains(':')) {
        "時刻の文は桁数が違うと大小を比べられません（両方に「| replace(':', '') | int」を付けます）"
    } else {
        "数字の桁や区切りがそろわない文には大小がありません（日付なら「| seireki」、金額なら「| money」を両方に付けます）"
    }
}

#[cfg(test)]
#[path = "comparable_tests.rs"]
mod tests;
