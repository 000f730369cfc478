//! Cutting a stretch of work where its rate changes.

use super::{DayKind, Days, Entry, EntryKind, Midnight, Ordinance, Rate, WorkingHours};
use crate::calendar::CalendarError;
use jiff::{ToSpan, civil::Date};
use serde::Serialize;

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// Under which rate a minute of work falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum WorkClass {
    /// 勤務日.
    Workday,
    /// 週休日, Saturday.
    Saturday,
    /// 週休日, Sunday.
    Sunday,
    /// 休日, inside the regular hours.
    HolidayInside,
    /// 休日, outside the regular hours.
    HolidayOutside,
    /// 休日 for which a day off in lieu is given.
    HolidayInLieu,
    /// Regular hours at night.
    RegularNight,
    /// 振替 above the week's hours.
    Substitute,
    /// Short-time staff up to the full day.
    ShortTime,
}

/// The allowance under which it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Allowance {
    /// 時間外勤務手当.
    #[serde(rename = "時間外勤務手当")]
    Overtime,
    /// 休日勤務手当.
    #[serde(rename = "休日勤務手当")]
    Holiday,
    /// 夜間勤務手当.
    #[serde(rename = "夜間勤務手当")]
    Night,
}

impl Allowance {
    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Overtime => "時間外勤務手当",
            Self::Holiday => "休日勤務手当",
            Self::Night => "夜間勤務手当",
        }
    }
}

impl WorkClass {
    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Workday => "勤務日",
            Self::Saturday => "週休日（土）",
            Self::Sunday => "週休日（日）",
            Self::HolidayInside => "休日（正規の勤務時間内）",
            Self::HolidayOutside => "休日（正規の勤務時間外）",
            Self::HolidayInLieu => "休日（代休指定）",
            Self::RegularNight => "正規の深夜勤務",
            Self::Substitute => "週休日の振替",
            Self::ShortTime => "短時間勤務（1日の正規時間まで）",
        }
    }

    /// The allowance under which it is paid.
    #[must_use]
    pub const fn allowance(self) -> Allowance {
        match self {
            Self::HolidayInside | Self::HolidayInLieu => Allowance::Holiday,
            Self::RegularNight => Allowance::Night,
            _ => Allowance::Overtime,
        }
    }

    /// Its rates in an ordinance.
    #[must_use]
    pub const fn rate(self, ordinance: &Ordinance) -> &Rate {
        let rates = &ordinance.rates;
        match self {
            Self::Workday => &rates.workday,
            Self::Saturday => &rates.saturday,
            Self::Sunday => &rates.sunday,
            Self::HolidayInside => &rates.holiday_inside,
            Self::HolidayOutside => &rates.holiday_outside,
            Self::HolidayInLieu => &rates.holiday_in_lieu,
            Self::RegularNight => &rates.regular_night,
            Self::Substitute => &rates.substitute,
            Self::ShortTime => &rates.short_time,
        }
    }
}

/// Minutes of one day under one rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The calendar day.
    pub day: Date,
    /// Minutes after its midnight.
    pub from: u32,
    /// The minute after the last; 1,440 at most.
    pub to: u32,
    /// Under which rate.
    pub class: WorkClass,
    /// Whether it lies in the night.
    pub night: bool,
    /// Whether it lies above the sixty hours; set by `sixty`.
    pub over: bool,
    /// Per cent of the hourly pay.
    pub percent: u32,
}

impl Piece {
    /// How long it is.
    #[must_use]
    pub const fn minutes(&self) -> u32 {
        self.to - self.from
    }
}

/// Cuts an entry where its rate changes: at midnight, where the night begins and ends, where the regular hours begin and end.
/// Breaks without a time lie in the midday break where the work spans it; what is left is taken from the end of the daytime
/// part, then from the end of the rest.
///
/// # Errors
/// When the holidays of its year are not known.
pub fn split(
    entry: &Entry,
    ordinance: &Ordinance,
    days: &Days,
    hours: &WorkingHours,
) -> Result<Vec<Piece>, CalendarError> {
    let entry = &with_midday(entry, hours);
    let cutter = Cutter { entry, ordinance, days, hours };
    let mut pieces = Vec::new();
    for (from, to) in without_breaks(entry) {
        cutter.cut(from, to, &mut pieces)?;
    }
    let unpaid = entry.break_minutes + too_fine(&pieces, entry, ordinance);
    take_out(&mut pieces, unpaid);
    short_time(&mut pieces, ordinance, hours);
    Ok(pieces)
}

/// The entry with a break of unknown time in the midday break, as far as that goes and the work spans it.
fn with_midday(entry: &Entry, hours: &WorkingHours) -> Entry {
    let mut entry = entry.clone();
    let gap = hours
        .0
        .windows(2)
        .map(|two| (two[0].1, two[1].0))
        .find(|(from, to)| entry.from <= *from && *to <= entry.to);
    if let (Some((from, to)), true) = (gap, entry.breaks.is_empty()) {
        let placed = entry.break_minutes.min(to - from);
        entry.break_minutes -= placed;
        entry.breaks.extend((placed > 0).then_some((from, from + placed)));
    }
    entry
}

/// The stretches of work between the breaks.
fn without_breaks(entry: &Entry) -> Vec<(u32, u32)> {
    let mut breaks = entry.breaks.clone();
    breaks.sort_unstable();
    let (mut stretches, mut at) = (Vec::new(), entry.from);
    for (from, to) in breaks {
        stretches.push((at, from.clamp(at, entry.to)));
        at = to.clamp(at, entry.to);
    }
    stretches.push((at, entry.to));
    stretches.retain(|(from, to)| from < to);
    stretches
}

/// Minutes that are not paid because an entry is too short or does not fill the unit.
fn too_fine(pieces: &[Piece], entry: &Entry, ordinance: &Ordinance) -> u32 {
    let worked = pieces.iter().map(Piece::minutes).sum::<u32>().saturating_sub(entry.break_minutes);
    if worked < ordinance.least_minutes { worked } else { worked % ordinance.unit_minutes.max(1) }
}

/// Takes minutes out, from the end: first by day, then by night.
fn take_out(pieces: &mut Vec<Piece>, mut minutes: u32) {
    for night in [false, true] {
        for piece in pieces.iter_mut().rev().filter(|p| p.night == night) {
            let taken = minutes.min(piece.minutes());
            piece.to -= taken;
            minutes -= taken;
        }
    }
    pieces.retain(|p| p.minutes() > 0);
}

/// Short-time staff on a working day: until the full day is reached, another rate.
fn short_time(pieces: &mut Vec<Piece>, ordinance: &Ordinance, hours: &WorkingHours) {
    let mut room = ordinance.day_minutes.saturating_sub(hours.minutes());
    let mut cut = Vec::with_capacity(pieces.len());
    for piece in pieces.drain(..) {
        let inside = if piece.class == WorkClass::Workday { room.min(piece.minutes()) } else { 0 };
        room -= inside;
        let mid = piece.from + inside;
        let percent = WorkClass::ShortTime.rate(ordinance).percent(piece.night, false);
        cut.push(Piece { to: mid, class: WorkClass::ShortTime, percent, ..piece.clone() });
        cut.push(Piece { from: mid, ..piece });
    }
    cut.retain(|p| p.minutes() > 0);
    *pieces = cut;
}

struct Cutter<'a> {
    entry: &'a Entry,
    ordinance: &'a Ordinance,
    days: &'a Days,
    hours: &'a WorkingHours,
}

impl Cutter<'_> {
    /// Where a rate may change, in minutes after the entry's midnight, over two days.
    fn borders(&self) -> Vec<u32> {
        let night = [self.ordinance.night_to.minutes(), self.ordinance.night_from.minutes()];
        let regular = self.hours.0.iter().flat_map(|(from, to)| [*from, *to]);
        let one: Vec<_> = night.into_iter().chain(regular).chain([DAY]).collect();
        let mut all: Vec<_> = one.iter().copied().chain(one.iter().map(|m| m + DAY)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn cut(&self, from: u32, to: u32, pieces: &mut Vec<Piece>) -> Result<(), CalendarError> {
        let mut at = from;
        for end in self.borders().into_iter().filter(|b| *b > from && *b < to).chain([to]) {
            let piece = self.piece(at, end)?;
            match pieces.last_mut().filter(|p| joins(p, &piece)) {
                Some(last) => last.to = piece.to,
                None => pieces.push(piece),
            }
            at = end;
        }
        Ok(())
    }

    fn piece(&self, from: u32, to: u32) -> Result<Piece, CalendarError> {
        let (later, minute) = (from / DAY, from % DAY);
        let day = self.entry.day.checked_add(i64::from(later).days()).unwrap_or(self.entry.day);
        let pay_day = if self.ordinance.after_midnight == Midnight::StartDay { self.entry.day } else { day };
        let night =
            minute < self.ordinance.night_to.minutes() || minute >= self.ordinance.night_from.minutes();
        let class = self.class(self.days.kind(pay_day)?, minute);
        let percent = class.rate(self.ordinance).percent(night, false);
        Ok(Piece { day, from: minute, to: minute + to - from, class, night, over: false, percent })
    }

    fn class(&self, kind: DayKind, minute: u32) -> WorkClass {
        match (self.entry.kind, kind) {
            (EntryKind::Substitute, _) => WorkClass::Substitute,
            (EntryKind::RegularNight, _) => WorkClass::RegularNight,
            (EntryKind::Lieu, DayKind::Holiday) if self.hours.hold(minute) => WorkClass::HolidayInLieu,
            (_, DayKind::Workday) => WorkClass::Workday,
            (_, DayKind::Saturday) => WorkClass::Saturday,
            (_, DayKind::Sunday) => WorkClass::Sunday,
            (_, DayKind::Holiday) if self.hours.hold(minute) => WorkClass::HolidayInside,
            (_, DayKind::Holiday) => WorkClass::HolidayOutside,
        }
    }
}

/// Whether the second goes on where the first ends, under the same rate.
fn joins(first: &Piece, second: &Piece) -> bool {
    (first.day, first.to, first.class, first.night) == (second.day, second.from, second.class, second.night)
}
