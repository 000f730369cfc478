//! Overtime of city staff (時間外勤務): hours by rate, money with every yen explained, the hours above sixty, the limits.
//!
//! - [`Ordinance`]: what a city's ordinance says, as data; the default is the national model.
//! - [`Entry`]: one line of a 命令簿; [`split`] cuts it where the rate changes.
//! - [`month_pay`]: a month of one person: pieces in time order, the sixty-hour point, buckets, hours, yen, the explanation.
//! - [`lieu_offer`]: 代休時間 in place of the higher rate above sixty hours.
//! - [`check_limits`]: 45/360/100/80/six months, with warnings at 80 %.
//! - [`Sheet`]: reading the lines of a 命令簿 and everything that may be wrong with them.
//! - [`Person`]: one person's month, settled.

mod day_kind;
mod entry;
mod hourly;
mod lieu;
mod limits;
mod month;
mod ordinance;
mod person;
mod pieces;
mod sheet;
mod sheet_text;
mod sixty;

#[cfg(test)]
mod sheet_vectors;
#[cfg(test)]
mod vectors;

pub use day_kind::{DayKind, Days};
pub use entry::{Entry, EntryKind, WorkingHours};
pub use hourly::{Hourly, Pay};
pub use lieu::{LieuLine, LieuOffer, lieu_offer, paid_with_lieu};
pub use limits::{Counter, LimitNote, Limits, MonthHours, PostLimits, Standing, check_limits};
pub use month::{MonthPay, PayLine, month_pay};
pub use ordinance::{DaysOff, HourRounding, Midnight, Ordinance, Rate, Rates};
pub use person::{Difference, PaidBefore, Person, Settled, differences};
pub use pieces::{Allowance, Piece, WorkClass, split};
pub use sheet::{Away, Badge, Fault, Line, Outcome, Reading, Sheet, month_of, months_between};
