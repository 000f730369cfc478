//! 代休時間: time off in place of what the rate above sixty hours adds.

use super::{MonthPay, Ordinance, Pay, Piece, month::paid};
use crate::{calendar::CalendarError, rules::Ratio};
use serde::Serialize;

/// The shortest time off, in minutes.
const UNIT: u32 = 4 * 60;

/// Minutes above sixty hours under one pair of rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LieuLine {
    /// The rate up to sixty hours, in per cent.
    pub from_percent: u32,
    /// The rate above.
    pub to_percent: u32,
    /// Minutes worked above sixty hours.
    pub minutes: u32,
    /// Minutes of time off they are worth.
    pub worth: Ratio,
}

/// What time off a month gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LieuOffer {
    /// By rates.
    pub lines: Vec<LieuLine>,
    /// Minutes of time off altogether.
    pub minutes: i64,
    /// Units of four hours that can be taken without adding leave.
    pub half_days: u32,
    /// Whole days that can be taken without adding leave.
    pub whole_days: u32,
}

/// What time off the pieces of a month give.
///
/// # Panics
/// Never for a month: its minutes fit.
#[must_use]
pub fn lieu_offer(pieces: &[Piece], ordinance: &Ordinance) -> LieuOffer {
    let mut lines: Vec<LieuLine> = Vec::new();
    for piece in pieces.iter().filter(|p| p.over) {
        let from_percent = under(piece, ordinance);
        match lines.iter_mut().find(|l| (l.from_percent, l.to_percent) == (from_percent, piece.percent)) {
            Some(line) => line.minutes += piece.minutes(),
            None => lines.push(LieuLine {
                from_percent,
                to_percent: piece.percent,
                minutes: piece.minutes(),
                worth: Ratio::ZERO,
            }),
        }
    }
    for line in &mut lines {
        let share = Ratio::new(i128::from(line.to_percent) - i128::from(line.from_percent), 100);
        line.worth = Ratio::whole(i64::from(line.minutes)) * share;
    }
    let minutes = lines.iter().map(|l| l.worth).sum::<Ratio>().floor();
    let whole = u32::try_from(minutes.max(0)).expect("a month's minutes");
    LieuOffer { lines, minutes, half_days: whole / UNIT, whole_days: whole / ordinance.day_minutes.max(1) }
}

/// The rate a piece above sixty hours would have below.
fn under(piece: &Piece, ordinance: &Ordinance) -> u32 {
    piece.class.rate(ordinance).percent(piece.night, false)
}

/// The pay of a month in which `taken` minutes of time off were taken: the earliest hours above sixty fall back to the lower rate.
///
/// # Errors
/// When the holidays of a year are not known.
pub fn paid_with_lieu(
    month: &MonthPay,
    taken: u32,
    pays: &[Pay],
    ordinance: &Ordinance,
) -> Result<MonthPay, CalendarError> {
    let mut left = Ratio::whole(i64::from(taken));
    let mut pieces = Vec::with_capacity(month.pieces.len() + 1);
    for piece in &month.pieces {
        let base = under(piece, ordinance);
        let share = Ratio::new(i128::from(piece.percent) - i128::from(base), 100);
        if !piece.over || share <= Ratio::ZERO || left <= Ratio::ZERO {
            pieces.push(piece.clone());
            continue;
        }
        let needed = u32::try_from(-(-(left / share)).floor()).unwrap_or(u32::MAX);
        let used = needed.min(piece.minutes());
        left = left - Ratio::whole(i64::from(used)) * share;
        let mid = piece.from + used;
        let low = Piece { to: mid, percent: base, ..piece.clone() };
        pieces.extend([low, Piece { from: mid, ..piece.clone() }].into_iter().filter(|p| p.minutes() > 0));
    }
    paid(pieces, pays, ordinance)
}
