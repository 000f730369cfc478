//! Fields for one kind of value: dates, times, numbers, colours. They hold a value in a form of their own whatever the screen shows,
//! and keys mean different things in them in each language, so that form is made first and set as a whole.

use super::{BrowserError, Cause, ReadBack, Screen, fill::LEAVE, find::Found, kept::Left};
use crate::text::{TimeOfDay, numeral::without_commas, wareki, width};
use jiff::civil::{ISOWeekDate, Weekday};
use serde::Deserialize;
use serde_json::json;
use thirtyfour::{WebElement, error::WebDriverResult};

/// What such a field would make of a value, tried on a copy of it that the page does not see.
const TRY: &str = "
    const copy = arguments[0].cloneNode(false);
    copy.value = arguments[1];
    const { rangeUnderflow: under, rangeOverflow: over, stepMismatch: between } = copy.validity;
    return { holds: copy.value, under, over, between, min: copy.min, max: copy.max, step: copy.step };";
/// Sets it as the browser's own calendar does, past what the page's scripts have put over `value`, and tells the page.
const SET: &str = "
    const e = arguments[0], page = e.ownerDocument.defaultView;
    e.focus();
    Object.getOwnPropertyDescriptor(page.HTMLInputElement.prototype, 'value').set.call(e, arguments[1]);
    e.dispatchEvent(new page.InputEvent('input', { bubbles: true, composed: true }));
    e.dispatchEvent(new page.Event('change', { bubbles: true }));";

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// A kind of value that a field takes and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Date,
    Time,
    DateTime,
    Month,
    Week,
    Number,
    Range,
    Color,
}

/// What a field makes of a value.
#[derive(Debug, Deserialize)]
struct Tried {
    holds: String,
    under: bool,
    over: bool,
    between: bool,
    min: String,
    max: String,
    step: String,
}

impl Entry {
    /// Of a field of that `type`; none for all that take any text.
    pub(super) fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "date" => Self::Date,
            "time" => Self::Time,
            "datetime-local" => Self::DateTime,
            "month" => Self::Month,
            "week" => Self::Week,
            "number" => Self::Number,
            "range" => Self::Range,
            "color" => Self::Color,
            _ => return None,
        })
    }

    /// The value in the form that the field holds; none where it is no such value. Nothing stays nothing.
    pub(super) fn form(self, value: &str) -> Option<String> {
        let plain = width::fold_spaces(&width::fold_width(value)).trim().to_owned();
        if plain.is_empty() {
            return matches!(
                self,
                Self::Date | Self::Time | Self::DateTime | Self::Month | Self::Week | Self::Number
            )
            .then(String::new);
        }
        match self {
            Self::Date => day(&plain),
            Self::Time => time(&plain),
            Self::DateTime => moment(&plain),
            Self::Month => month(&plain),
            Self::Week => week(&plain),
            Self::Number | Self::Range => number(&plain),
            Self::Color => colour(&plain),
        }
    }

    /// What it takes, for messages, with an example.
    fn what(self) -> &'static str {
        match self {
            Self::Date => "日付（例: 2026-11-23）",
            Self::Time => "時刻（例: 09:30）",
            Self::DateTime => "日付と時刻（例: 2026-11-23 09:30）",
            Self::Month => "年月（例: 2026-11）",
            Self::Week => "週（例: 2026-W48）",
            Self::Number | Self::Range => "数（例: 1234）",
            Self::Color => "色（例: #ff0000）",
        }
    }

    /// Between which values there is none, as the page says it.
    fn steps(self, step: &str) -> String {
        let step = if step.is_empty() { "1" } else { step };
        match (self, step) {
            (Self::Time | Self::DateTime, "1") => "秒のない時刻".into(),
            (Self::Time | Self::DateTime, seconds) => format!(" {seconds} 秒刻みの時刻"),
            (Self::Date, days) => format!(" {days} 日おきの日付"),
            (Self::Month | Self::Week, _) => "決まった間隔の年月や週".into(),
            _ => format!(" {step} 刻みの値"),
        }
    }

    /// Whether what stands there afterwards is the value: of a number also as the page writes it, 1.5 for 1.50.
    fn stands(self, left: &str, form: &str, back: &ReadBack) -> bool {
        let is_number = matches!(self, Self::Number | Self::Range);
        match back {
            ReadBack::Shows(shown) => left == shown || self.form(shown).is_some_and(|shown| shown == left),
            ReadBack::Exact => left == form,
            _ => left == form || is_number && number(left).is_some_and(|left| short(&left) == short(form)),
        }
    }
}

impl Screen {
    /// Puts a value into a field of that kind and leaves it; gives what stood there before and after it was left.
    ///
    /// Refused before anything is typed where the field cannot hold it.
    pub(super) async fn enter_value(
        &mut self,
        (field, found): (&str, &Found),
        element: &WebElement,
        (entry, value): (Entry, &str),
        back: &ReadBack,
    ) -> Result<Left, BrowserError> {
        let Some(form) = entry.form(value) else { return Err(misfit(field, &not_a(entry))) };
        let tried = match self.try_value(element, &form).await {
            Ok(tried) => tried,
            Err(e) => return Err(self.fail(e).await),
        };
        if let Some(why) = tried.lack(entry, &form) {
            return Err(misfit(field, &why));
        }
        let set = match entry {
            // Scripts that look at each key as it comes are many in fields for numbers.
            Entry::Number if found.tag == "input" => self.type_into(element, &form).await,
            _ => self.set_value(element, &form).await,
        };
        let (typed, left) = match set {
            Ok(values) => values,
            Err(e) => return Err(self.fail(e).await),
        };
        let shows = matches!(back, ReadBack::Shows(_));
        if !(entry.stands(&left.value, &form, back) && (shows || entry.stands(&typed, &form, back))) {
            return Err(Cause::Changed(field.to_owned()).into());
        }
        Ok(left)
    }

    async fn try_value(&self, element: &WebElement, form: &str) -> WebDriverResult<Tried> {
        self.browser.execute(TRY, vec![element.to_json()?, json!(form)]).await?.convert()
    }

    async fn set_value(&self, element: &WebElement, form: &str) -> WebDriverResult<(String, Left)> {
        self.browser.execute(SET, vec![element.to_json()?, json!(form)]).await?;
        self.browser.execute(LEAVE, vec![element.to_json()?]).await?.convert()
    }
}

impl Tried {
    /// Why the field does not take it.
    fn lack(&self, entry: Entry, form: &str) -> Option<String> {
        if form.is_empty() {
            return None;
        }
        let limits = between(&self.min, &self.max);
        if self.under || self.over {
            return Some(format!("この欄に入るのは{limits}です"));
        }
        if self.between {
            return Some(format!("この欄に入るのは{}です", entry.steps(&self.step)));
        }
        if entry == Entry::Range && self.is_moved(form) {
            return Some(format!("この欄に入るのは{limits}、{}です", entry.steps(&self.step)));
        }
        self.is_moved(form).then(|| not_a(entry))
    }

    /// Whether the field would hold another value.
    fn is_moved(&self, form: &str) -> bool {
        self.holds != form
    }
}

fn misfit(field: &str, why: &str) -> BrowserError {
    Cause::Misfit { field: field.to_owned(), why: why.to_owned() }.into()
}

fn not_a(entry: Entry) -> String {
    format!("この欄に入るのは{}です", entry.what())
}

/// The limits of a field, of which one may be missing.
fn between(min: &str, max: &str) -> String {
    match (min, max) {
        ("", "") => "決まった範囲の値".into(),
        (min, "") => format!(" {min} 以上"),
        ("", max) => format!(" {max} 以下"),
        (min, max) => format!(" {min} から {max} まで"),
    }
}

/// A day that is certain, in the calendar of the office or the Western one.
fn day(text: &str) -> Option<String> {
    wareki::parse_date(text).ok()?.plain_date().map(|date| date.to_string())
}

/// A time of one day, as people write it: `9:30`, `9時半`, `午後1時`, `0930`; with its seconds, `9:30:15`.
fn time(text: &str) -> Option<String> {
    let minutes = TimeOfDay::parse(text).ok()?.minutes();
    let seconds = text.rsplit_once(':').filter(|(clock, seconds)| clock.contains(':') && *seconds != "00");
    let seconds = seconds.map(|(_, seconds)| format!(":{seconds}")).unwrap_or_default();
    (minutes < DAY).then(|| format!("{:02}:{:02}{seconds}", minutes / 60, minutes % 60))
}

/// A day and a time, parted by white space, `T` or the last 日.
fn moment(text: &str) -> Option<String> {
    let ways = [text.rsplit_once('T'), text.split_once(' ')];
    let after_day = text.rfind('日').map(|at| text.split_at(at + '日'.len_utf8()));
    ways.into_iter()
        .chain([after_day])
        .flatten()
        .find_map(|(date, clock)| Some(format!("{}T{}", day(date.trim())?, time(clock.trim())?)))
}

/// `2026-11`, `2026年11月`, `令和8年11月`, `202611`; a whole day is none.
fn month(text: &str) -> Option<String> {
    let first = match text {
        _ if text.len() == 6 && is_figures(text) => format!("{text}01"),
        _ if text.ends_with('月') => format!("{text}1日"),
        _ => format!("{text}-1"),
    };
    day(&first).map(|day| day[..7].to_owned())
}

/// `2026-W48`, `2026年第48週`.
fn week(text: &str) -> Option<String> {
    let plain = text.replace("年第", "-W").replace(['週', ' '], "").to_uppercase();
    let (year, week) = plain.split_once('W')?;
    let year = year.strip_suffix('-').unwrap_or(year);
    if year.len() != 4 || !is_figures(year) || !is_figures(week) {
        return None;
    }
    let date = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?;
    Some(format!("{:04}-W{:02}", date.year(), date.week()))
}

/// `1,234`, `-1.50`, `▲1,000`: without the commas of thousands, otherwise as it is written.
fn number(text: &str) -> Option<String> {
    let below = text.strip_prefix(['-', '−', '‐', '▲', '△']);
    let unsigned = below.unwrap_or_else(|| text.strip_prefix('+').unwrap_or(text));
    let (whole, rest) =
        unsigned.split_once('.').map_or((unsigned, None), |(whole, rest)| (whole, Some(rest)));
    let figures = without_commas(whole)?;
    if !is_figures(&figures) || rest.is_some_and(|rest| !is_figures(rest)) {
        return None;
    }
    let sign = if below.is_some() { "-" } else { "" };
    Some(format!("{sign}{figures}{}", rest.map(|rest| format!(".{rest}")).unwrap_or_default()))
}

/// `#ff0000` or `#f00`.
fn colour(text: &str) -> Option<String> {
    let figures = text.strip_prefix('#')?.to_ascii_lowercase();
    let hex = figures.bytes().all(|b| b.is_ascii_hexdigit());
    match figures.len() {
        6 if hex => Some(format!("#{figures}")),
        3 if hex => Some(format!("#{}", figures.chars().flat_map(|c| [c, c]).collect::<String>())),
        _ => None,
    }
}

fn is_figures(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number without what does not change it: 1.50 is 1.5, 007 is 7.
fn short(number: &str) -> String {
    let (sign, figures) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, rest) = figures.split_once('.').unwrap_or((figures, ""));
    let (whole, rest) = (whole.trim_start_matches('0'), rest.trim_end_matches('0'));
    let sign = if whole.is_empty() && rest.is_empty() { "" } else { sign };
    format!("{sign}{whole}.{rest}")
}

#[cfg(test)]
mod tests {
    use super::{Entry, ReadBack, Tried};

    #[test]
    fn a_value_is_put_in_the_form_of_its_field() {
        for (entry, value, form) in [
            (Entry::Date, "2026-11-23", "2026-11-23"),
            (Entry::Date, "2026/1/5", "2026-01-05"),
            (Entry::Date, "令和8年11月23日", "2026-11-23"),
            (Entry::Date, "Ｒ８．１１．２３", "2026-11-23"),
            (Entry::Date, "", ""),
            (Entry::Time, "9:30", "09:30"),
            (Entry::Time, "午後1時5分", "13:05"),
            (Entry::Time, "午前12時半", "00:30"),
            (Entry::Time, "9時", "09:00"),
            (Entry::Time, "0930", "09:30"),
            (Entry::Time, "9:30:15", "09:30:15"),
            (Entry::DateTime, "2026-11-23 9:30", "2026-11-23T09:30"),
            (Entry::DateTime, "2026-11-23T09:30:00", "2026-11-23T09:30"),
            (Entry::DateTime, "令和8年11月23日9時30分", "2026-11-23T09:30"),
            (Entry::Month, "2026-11", "2026-11"),
            (Entry::Month, "令和8年4月", "2026-04"),
            (Entry::Month, "202604", "2026-04"),
            (Entry::Week, "2026-W48", "2026-W48"),
            (Entry::Week, "2026年第5週", "2026-W05"),
            (Entry::Number, "1,234", "1234"),
            (Entry::Number, "１，２３４", "1234"),
            (Entry::Number, "▲1,000", "-1000"),
            (Entry::Number, "1.50", "1.50"),
            (Entry::Range, "30", "30"),
            (Entry::Color, "#F0a", "#ff00aa"),
        ] {
            assert_eq!(entry.form(value).as_deref(), Some(form), "{value}");
        }
    }

    #[test]
    fn what_is_no_such_value_has_no_form() {
        for (entry, value) in [
            (Entry::Date, "未定"),
            (Entry::Date, "2026-02-30"),
            (Entry::Date, "令和8年11月日不詳"),
            (Entry::Date, "8/11/23"),
            (Entry::Time, "25:00"),
            (Entry::Time, "9"),
            (Entry::DateTime, "2026-11-23"),
            (Entry::Month, "2026-11-23"),
            (Entry::Month, "2026-13"),
            (Entry::Week, "2026-W60"),
            (Entry::Number, "1-23"),
            (Entry::Number, "1,23"),
            (Entry::Number, "12人"),
            (Entry::Number, "5."),
            (Entry::Range, ""),
            (Entry::Color, "赤"),
        ] {
            assert_eq!(entry.form(value), None, "{value}");
        }
    }

    #[test]
    fn a_number_may_be_written_otherwise_by_the_page_and_a_date_may_not() {
        let back = ReadBack::default();
        assert!(Entry::Number.stands("1.5", "1.50", &back) && Entry::Number.stands("007", "7", &back));
        assert!(
            !Entry::Number.stands("15", "1.5", &back)
                && !Entry::Number.stands("1.5", "1.50", &ReadBack::Exact)
        );
        assert!(!Entry::Number.stands("", "0", &back) && Entry::Number.stands("0", "-0", &back));
        assert!(!Entry::Date.stands("2026-01-11", "2026-11-01", &back));
        let shown = ReadBack::Shows("令和8年11月23日".into());
        assert!(Entry::Date.stands("2026-11-23", "2026-11-23", &shown));
        assert!(!Entry::Date.stands("2026-11-24", "2026-11-23", &shown));
    }

    #[test]
    fn what_a_field_does_not_take_is_said_with_its_limits() {
        let tried = |holds: &str, under, between| Tried {
            holds: holds.into(),
            under,
            over: false,
            between,
            min: "1".into(),
            max: String::new(),
            step: "0.5".into(),
        };
        let why = |tried: &Tried, form| tried.lack(Entry::Number, form).unwrap_or_default();
        assert!(why(&tried("0", true, false), "0").contains("1 以上"));
        assert!(why(&tried("1.2", false, true), "1.2").contains("0.5 刻み"));
        assert_eq!(why(&tried("1.5", false, false), "1.5"), "");
        assert_eq!(why(&tried("", false, false), ""), "", "it may be emptied");
    }
}
