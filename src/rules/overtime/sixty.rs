//! The sixty-hour point: work in time order, cut where the month's counted hours pass it.

use super::{Ordinance, Piece};

/// Marks what lies above the sixty hours. The pieces come out in time order; `before` are minutes already counted this month.
pub(super) fn cross(mut pieces: Vec<Piece>, ordinance: &Ordinance, before: u32) -> Vec<Piece> {
    pieces.sort_by_key(|p| (p.day, p.from));
    let mut room = (ordinance.sixty_hours * 60).saturating_sub(before);
    let mut out = Vec::with_capacity(pieces.len() + 1);
    for piece in pieces {
        let rate = piece.class.rate(ordinance);
        if !rate.counts() {
            out.push(piece);
            continue;
        }
        let under = room.min(piece.minutes());
        room -= under;
        let mid = piece.from + under;
        let percent = rate.percent(piece.night, true);
        let above = Piece { from: mid, over: true, percent, ..piece.clone() };
        out.extend([Piece { to: mid, ..piece }, above].into_iter().filter(|p| p.minutes() > 0));
    }
    out
}
