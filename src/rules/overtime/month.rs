//! A month of one person: pieces, buckets, hours, yen, and the lines that explain them.

use super::{
    Allowance, Days, Entry, HourRounding, Hourly, Ordinance, Pay, Piece, WorkingHours, sixty, split,
};
use crate::{
    calendar::{CalendarError, fiscal_year},
    rules::Ratio,
    text::{TimeOfDay, money::format_yen},
};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What is paid under one allowance, one rate and one hourly pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayLine {
    /// Under which allowance.
    pub allowance: Allowance,
    /// Per cent of the hourly pay.
    pub percent: u32,
    /// Minutes of the month.
    pub minutes: u32,
    /// Hours paid; whole unless the ordinance pays by the minute.
    pub hours: Ratio,
    /// The pay of one hour in yen.
    pub hourly: i64,
    /// The pay of one hour under this rate: in yen, whole where the ordinance rounds it first.
    pub premium: Ratio,
    /// What is paid.
    pub yen: i64,
    /// How it came about.
    pub why: String,
}

/// A month of one person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MonthPay {
    /// Every minute once, in time order.
    pub pieces: Vec<Piece>,
    /// What is paid, by allowance and rate.
    pub lines: Vec<PayLine>,
    /// The sum.
    pub yen: i64,
    /// The lines that explain it, from the pieces to the sum.
    pub explanation: Vec<String>,
}

impl MonthPay {
    /// Minutes of work outside the regular hours: all but regular night duty and work for which another day is given.
    #[must_use]
    pub fn minutes(&self, with_holidays: bool) -> u32 {
        let counted = |p: &&Piece| match p.class.allowance() {
            Allowance::Overtime => true,
            Allowance::Holiday => with_holidays,
            Allowance::Night => false,
        };
        self.pieces.iter().filter(counted).map(Piece::minutes).sum()
    }
}

/// The pay of a month. `pays` begin on their days, the first counts from ever; there is at least one.
///
/// # Errors
/// When the holidays of a year are not known.
///
/// # Panics
/// When `pays` is empty.
pub fn month_pay(
    entries: &[Entry],
    pays: &[Pay],
    ordinance: &Ordinance,
    days: &Days,
    hours: &WorkingHours,
) -> Result<MonthPay, CalendarError> {
    let mut pieces = Vec::new();
    for entry in entries {
        pieces.extend(split(entry, ordinance, days, hours)?);
    }
    paid(sixty::cross(pieces, ordinance, 0), pays, ordinance)
}

/// The pay of pieces whose rates are settled.
pub(super) fn paid(
    pieces: Vec<Piece>,
    pays: &[Pay],
    ordinance: &Ordinance,
) -> Result<MonthPay, CalendarError> {
    let mut explanation: Vec<_> = pieces.iter().map(shown).collect();
    let mut known: BTreeMap<(Date, i16), Hourly> = BTreeMap::new();
    let mut buckets: BTreeMap<(Allowance, u32, i64), u32> = BTreeMap::new();
    for piece in &pieces {
        let pay = pays.iter().rev().find(|p| p.from <= piece.day).unwrap_or(&pays[0]);
        let key = (pay.from, fiscal_year(piece.day));
        if let std::collections::btree_map::Entry::Vacant(free) = known.entry(key) {
            free.insert(ordinance.hourly(pay, key.1)?);
        }
        *buckets.entry((piece.class.allowance(), piece.percent, known[&key].yen)).or_default() +=
            piece.minutes();
    }
    explanation.extend(known.into_values().map(|hourly| hourly.why));
    let paid = |((allowance, percent, hourly), minutes)| line(allowance, percent, hourly, minutes, ordinance);
    let lines: Vec<_> = buckets.into_iter().filter(|((_, percent, _), _)| *percent > 0).map(paid).collect();
    let yen = lines.iter().map(|l| l.yen).sum();
    explanation.extend(lines.iter().map(|l| l.why.clone()));
    explanation.push(format!("合計 {}円", format_yen(yen)));
    Ok(MonthPay { pieces, lines, yen, explanation })
}

/// `2026-07-01 17:15–20:00 勤務日 125/100 165分`.
fn shown(piece: &Piece) -> String {
    let time = |m| TimeOfDay::from_minutes(m).map_or_else(String::new, |t| t.to_string());
    let night = if piece.night { "・深夜" } else { "" };
    let over = if piece.over { "・月60時間超" } else { "" };
    format!(
        "{} {}–{} {}{night}{over} {}/100 {}分",
        piece.day,
        time(piece.from),
        time(piece.to),
        piece.class.label(),
        piece.percent,
        piece.minutes()
    )
}

fn line(allowance: Allowance, percent: u32, hourly: i64, minutes: u32, ordinance: &Ordinance) -> PayLine {
    let exact = Ratio::whole(hourly) * Ratio::new(i128::from(percent), 100);
    let premium = if ordinance.round_premium { Ratio::whole(exact.round_half_up()) } else { exact };
    let (hours, rounding) = match ordinance.hours {
        HourRounding::HalfHour => (Ratio::whole(i64::from((minutes + 30) / 60)), "（30分以上切上げ）"),
        HourRounding::Minutes => (Ratio::new(i128::from(minutes), 60), ""),
    };
    let yen = (premium * hours).round_half_up();
    let why = format!(
        "{} {percent}/100: {minutes}分 → {hours}時間{rounding} × {premium}円（{}円 × {percent}/100 ＝ {exact}）＝ {}円",
        allowance.label(),
        format_yen(hourly),
        format_yen(yen)
    );
    PayLine { allowance, percent, minutes, hours, hourly, premium, yen, why }
}
