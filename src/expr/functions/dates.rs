//! Filters over dates, which are ISO texts: `2026-04-01`.

use super::refused;
use jiff::{Span, civil::Date};
use minijinja::{Environment, Error};

/// Gives them to the evaluator.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("date_add", date_add);
    environment.add_filter("fiscal_year", |text: &str| Ok(fiscal_year(date(text)?)));
}

/// The date of an ISO text.
fn date(text: &str) -> Result<Date, Error> {
    text.trim().parse().map_err(|_| refused("日付として読めません（2026-04-01 の形で渡します）"))
}

/// The date that many days later.
fn date_add(text: &str, days: i64) -> Result<String, Error> {
    let moved = Span::new().try_days(days).ok().and_then(|span| date(text).ok()?.checked_add(span).ok());
    date(text)?;
    moved.map(|d| d.to_string()).ok_or_else(|| refused("日付の範囲を超えます"))
}

/// The year that begins in April.
fn fiscal_year(date: Date) -> i16 {
    if date.month() < 4 { date.year() - 1 } else { date.year() }
}
