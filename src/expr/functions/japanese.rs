//! Filters over Japanese text: eras, widths, kana, digits.

use super::refused;
use crate::text::{MatchLevel, WarekiStyle, address, era, kana, kanji, numeral, parse_date, width};
use jiff::civil::Date;
use minijinja::{Environment, Error, Value};

/// Gives them to the evaluator.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("wareki", wareki);
    environment.add_filter("seireki", |text: &str| Ok::<_, Error>(day(text)?.to_string()));
    environment.add_filter("zenkaku", |text: &str| width::to_fullwidth(text));
    environment.add_filter("hankaku", |text: &str| width::to_halfwidth(text));
    environment.add_filter("katakana", |text: &str| kana::to_katakana(&width::kana_to_fullwidth(text)));
    environment.add_filter("hiragana", |text: &str| kana::to_hiragana(&width::kana_to_fullwidth(text)));
    environment.add_filter("digits", digits);
    environment.add_filter("fold_kanji", |text: &str| kanji::fold(text, MatchLevel::OldNew));
    environment.add_filter("address_key", |text: &str| address::key(text));
}

/// The one day that a text in any spelling means.
pub(super) fn day(text: &str) -> Result<Date, Error> {
    let read = parse_date(text).ok().and_then(|read| read.date());
    read.ok_or_else(|| refused("日付として読めません（2026-04-01 や 令和8年4月1日 の形で渡します）"))
}

/// A date in era years: `full`, `short` or `padded`.
fn wareki(text: &str, style: Option<&str>) -> Result<String, Error> {
    let style = match style {
        None | Some("full") => WarekiStyle::Full,
        Some("short") => WarekiStyle::Short,
        Some("padded") => WarekiStyle::Padded,
        Some(_) => return Err(refused("和暦の形は 'full'、'short'、'padded' のどれかです")),
    };
    era::format(day(text)?, style).map_err(|_| refused("和暦にできない日付です（明治より前です）"))
}

/// The digits of a text in any spelling, as half-width digits.
fn digits(text: &Value) -> Result<String, Error> {
    let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
    numeral::digits_only(&text).ok_or_else(|| refused("数字だけの文として読めません"))
}
