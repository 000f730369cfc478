//! Filters over dates, which are ISO texts: `2026-04-01`.

use super::refused;
use crate::calendar::{CalendarError, OfficeCalendar, age_on, fiscal_year};
use jiff::{Span, civil::Date};
use minijinja::{Environment, Error};

/// Gives them to the evaluator.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("date_add", |text: &str, days: i64| moved(text, Span::new().try_days(days).ok()));
    environment
        .add_filter("month_add", |text: &str, months: i64| moved(text, Span::new().try_months(months).ok()));
    environment.add_filter("month_end", |text: &str| Ok::<_, Error>(date(text)?.last_of_month().to_string()));
    environment.add_filter("weekday", |text: &str| Ok::<_, Error>(weekday(date(text)?)));
    environment.add_filter("fiscal_year", |text: &str| Ok::<_, Error>(fiscal_year(date(text)?)));
    environment.add_filter("open_day_add", |text: &str, days: i32| {
        open_day(text, |calendar, day| calendar.add_open_days(day, days))
    });
    environment
        .add_filter("open_day_on_or_after", |text: &str| open_day(text, OfficeCalendar::open_on_or_after));
    environment
        .add_filter("open_day_on_or_before", |text: &str| open_day(text, OfficeCalendar::open_on_or_before));
    environment.add_function("is_open_day", |text: &str| {
        OfficeCalendar::new().is_open(date(text)?).map_err(|e| unknown(&e))
    });
    environment.add_function("days_between", days_between);
    environment.add_function("age_on", |birth: &str, day: &str| {
        age_on(date(birth)?, date(day)?).ok_or_else(|| refused("生年月日がその日より後です"))
    });
}

/// The date of an ISO text.
fn date(text: &str) -> Result<Date, Error> {
    text.trim().parse().map_err(|_| refused("日付として読めません（2026-04-01 の形で渡します）"))
}

/// The date that much later.
fn moved(text: &str, span: Option<Span>) -> Result<String, Error> {
    let day = date(text)?;
    let moved = span.and_then(|span| day.checked_add(span).ok());
    moved.map(|d| d.to_string()).ok_or_else(|| refused("日付の範囲を超えます"))
}

/// A day of the calendar that every office has: national holidays, weekends, the turn of the year.
fn open_day(
    text: &str,
    find: impl Fn(&OfficeCalendar, Date) -> Result<Date, CalendarError>,
) -> Result<String, Error> {
    find(&OfficeCalendar::new(), date(text)?).map(|day| day.to_string()).map_err(|e| unknown(&e))
}

fn unknown(_: &CalendarError) -> Error {
    refused("祝日がまだ決まっていない年の日付です。開庁日を決められません")
}

fn days_between(from: &str, to: &str) -> Result<i64, Error> {
    let days = date(to)?.since(date(from)?).map_err(|_| refused("日付の範囲を超えます"))?;
    Ok(i64::from(days.get_days()))
}

fn weekday(day: Date) -> &'static str {
    let names = ["月", "火", "水", "木", "金", "土", "日"];
    let index = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
    names[index % names.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_months() {
        assert_eq!(days_between("2026-01-01", "2027-01-01").ok(), Some(365));
        assert_eq!(days_between("2026-05-01", "2026-04-01").ok(), Some(-30));
    }
}
