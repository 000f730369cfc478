//! When a scenario should start: a cron line and what the office's calendar makes of it.

use super::{
    cron::Cron,
    due::{Moment, Standing},
    holiday,
    open_day::OfficeCalendar,
};
use jiff::{Zoned, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// On which days a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Days {
    /// 開庁日.
    Open,
    /// 閉庁日.
    Closed,
    /// 毎日.
    All,
}

/// Where a due moment on an unsuitable day goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// It is left out.
    None,
    /// To the previous open day.
    Previous,
    /// To the next open day.
    Next,
}

/// What happens with a moment the daemon slept through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissedPolicy {
    /// Shown to a person.
    Hold,
    /// Started once.
    RunOnce,
    /// Left out.
    Skip,
}

impl MissedPolicy {
    /// The word in YAML and in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::RunOnce => "run_once",
            Self::Skip => "skip",
        }
    }
}

/// One day of each month that cron cannot name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfMonth {
    /// The n-th open day: 1 is the first, -1 the last, -2 the last but one. Never 0.
    NthOpen(i8),
    /// The last day of the calendar; closed or open.
    End,
}

/// When a scenario should start. Civil time, Asia/Tokyo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Five fields.
    pub at: Cron,
    /// On which days.
    pub days: Days,
    /// Where it moves.
    pub shift: Shift,
    /// On one day of the month only.
    pub of_month: Option<OfMonth>,
    /// Not before this day.
    pub from: Option<Date>,
    /// Not after this day.
    pub until: Option<Date>,
    /// When missed.
    pub missed: MissedPolicy,
}

/// Why a schedule is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// `nth_open` or `month_end` beside a restricted day or weekday.
    #[error(
        "日は nth_open・month_end で決まるため、at の「日」と「曜日」は「*」にしてください。例: \"0 21 * * *\""
    )]
    DayTwice,
    /// `nth_open` with `days` or `shift`.
    #[error("nth_open は開庁日を選ぶので、days と shift は書けません")]
    AlwaysOpen,
    /// `shift` on a schedule that does not want open days.
    #[error("shift は開庁日だけの予定（days: open）でしか使えません")]
    NothingToShift,
    /// `until` before `from`.
    #[error("until が from より前の日です")]
    Backwards,
    /// No day suits.
    #[error(
        "この予定は一度も来ません。days・shift・nth_open・from・until と日付の組み合わせを確かめてください"
    )]
    NeverFires,
}

/// The first year in which a schedule may have its first due moment: that of the first release.
const FIRST_SERVED: i16 = 2026;

impl Schedule {
    /// Says what is wrong with it, as far as the calendar is known.
    ///
    /// # Errors
    /// When keys contradict each other, or it never comes due.
    ///
    /// # Panics
    /// Never: the first day of a year exists.
    pub fn check(&self, calendar: &OfficeCalendar) -> Result<(), ScheduleError> {
        if self.of_month.is_some() && !self.at.is_on_any_day() {
            return Err(ScheduleError::DayTwice);
        }
        if matches!(self.of_month, Some(OfMonth::NthOpen(_)))
            && (self.days != Days::Open || self.shift != Shift::None)
        {
            return Err(ScheduleError::AlwaysOpen);
        }
        if self.shift != Shift::None && self.days != Days::Open {
            return Err(ScheduleError::NothingToShift);
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until < from
        {
            return Err(ScheduleError::Backwards);
        }
        let begin = Date::new(FIRST_SERVED, 1, 1).expect("the day exists");
        let begin = self.from.map_or(begin, |from| from.max(begin));
        let zone = TimeZone::UTC; // No zone changes which days suit.
        let before = begin.yesterday().ok().and_then(|day| day.at(23, 59, 59, 0).to_zoned(zone).ok());
        let first = before.and_then(|before| self.next_after(calendar, &before));
        let known = |moment: &Moment| moment.standing == Standing::Fires || begin.year() > holiday::LAST_YEAR;
        first.filter(known).map(|_| ()).ok_or(ScheduleError::NeverFires)
    }

    /// The next moment after `now` at which it fires, or at which nobody can tell whether it should.
    #[must_use]
    pub fn next_after(&self, calendar: &OfficeCalendar, now: &Zoned) -> Option<Moment> {
        let mut from = now.clone();
        // A month, a year, ever: most schedules come within the first.
        for days in [40, 400, 30_000] {
            let to = from.checked_add(jiff::Span::new().days(days)).ok()?;
            let mut found = self.moments(calendar, &from, &to).into_iter();
            if let Some(moment) = found.find(|m| m.standing != Standing::LeftOut) {
                return Some(moment);
            }
            from = to;
        }
        None
    }
}
