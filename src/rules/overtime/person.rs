//! One person's month, settled: the sheet read, the hours paid, the limits looked at, the difference to what was paid before.

use super::{
    Days, Fault, LieuOffer, LimitNote, MonthHours, MonthPay, Ordinance, Outcome, Pay, Sheet, WorkingHours,
    check_limits, lieu_offer, month_pay, months_between, paid_with_lieu,
};
use crate::{calendar::CalendarError, rules::Ratio};
use jiff::{ToSpan, civil::Date};

/// What is known of a person for one month.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// The pay, from the earliest day on; at least one.
    pub pays: Vec<Pay>,
    /// The regular hours.
    pub hours: WorkingHours,
    /// Whether others set the amount of work (他律的業務).
    pub other_directed: bool,
    /// The sheet and what stands beside it.
    pub sheet: Sheet,
    /// Earlier months, for the limits.
    pub earlier: Vec<MonthHours>,
    /// Minutes of 代休時間 that the person took for this month.
    pub lieu_taken: u32,
}

/// A month, settled.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Hours and yen.
    pub pay: MonthPay,
    /// What a person should see.
    pub faults: Vec<Fault>,
    /// What 代休時間 the month gives.
    pub lieu: LieuOffer,
    /// Limits that are near or passed.
    pub limits: Vec<LimitNote>,
    /// The month's hours by both counters.
    pub hours: MonthHours,
}

impl Person {
    /// Settles the month that begins on `month`.
    ///
    /// # Errors
    /// When the holidays of that year are not known.
    pub fn settle(&self, month: Date, ordinance: &Ordinance, days: &Days) -> Result<Settled, CalendarError> {
        let mut reading = self.sheet.read(month, days, &self.hours)?;
        let entries: Vec<_> = reading.entries.into_iter().map(|(_, entry)| entry).collect();
        let whole = month_pay(&entries, &self.pays, ordinance, days, &self.hours)?;
        let lieu = lieu_offer(&whole.pieces, ordinance);
        reading.faults.extend(self.too_much_lieu(&lieu));
        let hours = MonthHours { month, plain: whole.minutes(false), whole: whole.minutes(true) };
        let pay = match self.lieu_taken {
            0 => whole,
            taken => paid_with_lieu(&whole, taken, &self.pays, ordinance)?,
        };
        let limits = check_limits(&self.months(hours), self.other_directed, &ordinance.limits);
        Ok(Settled { pay, faults: reading.faults, lieu, limits, hours })
    }

    /// More time off than the month gives is for a person to decide.
    fn too_much_lieu(&self, lieu: &LieuOffer) -> Option<Fault> {
        let too_much = i64::from(self.lieu_taken) > lieu.minutes;
        let why =
            format!("代休時間 {}分は、この月に与えられる {}分を超えています", self.lieu_taken, lieu.minutes);
        too_much.then_some(Fault { line: 0, day: None, outcome: Outcome::Decide, why })
    }

    /// All months up to this one; a month without work has zero hours.
    fn months(&self, now: MonthHours) -> Vec<MonthHours> {
        let earlier = || self.earlier.iter().filter(|m| m.month < now.month);
        let oldest = now.month.checked_sub(12.months()).unwrap_or(now.month);
        let first = earlier().map(|m| m.month).min().unwrap_or(now.month).max(oldest);
        let known = |month: Date| earlier().find(|m| m.month == month).copied();
        let empty = |month| MonthHours { month, plain: 0, whole: 0 };
        let before = months_between(first, now.month).into_iter().filter(|m| *m < now.month);
        before.map(|m| known(m).unwrap_or(empty(m))).chain([now]).collect()
    }
}

/// What was paid before under one allowance and rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidBefore {
    /// The allowance's name.
    pub allowance: String,
    /// Per cent.
    pub percent: u32,
    /// Hours.
    pub hours: Ratio,
    /// Yen.
    pub yen: i64,
}

/// A correction: what is still to be paid, or to be paid back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The allowance's name.
    pub allowance: String,
    /// Per cent.
    pub percent: u32,
    /// Hours, negative where too many were paid.
    pub hours: Ratio,
    /// Yen, negative where too much was paid.
    pub yen: i64,
}

/// The difference between a month and what was paid for it before; lines without any difference are left out.
#[must_use]
pub fn differences(month: &MonthPay, before: &[PaidBefore]) -> Vec<Difference> {
    let mut all: Vec<Difference> = Vec::new();
    let mut add = |allowance: &str, percent, hours: Ratio, yen: i64| match all
        .iter_mut()
        .find(|d| d.allowance == allowance && d.percent == percent)
    {
        Some(found) => (found.hours, found.yen) = (found.hours + hours, found.yen + yen),
        None => all.push(Difference { allowance: allowance.to_owned(), percent, hours, yen }),
    };
    for line in &month.lines {
        add(line.allowance.label(), line.percent, line.hours, line.yen);
    }
    for line in before {
        add(&line.allowance, line.percent, -line.hours, -line.yen);
    }
    all.retain(|d| d.hours != Ratio::ZERO || d.yen != 0);
    all
}
