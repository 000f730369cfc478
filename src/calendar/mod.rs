//! The city's calendar: holidays, open days, fiscal years, deadlines, and when schedules come due.
//!
//! [`Schedule`] is a fenced [`Cron`] expression and what the [`OfficeCalendar`] makes of it; [`Moment`] says when and why.

pub mod age;
pub mod cron;
pub mod deadline;
pub mod due;
#[cfg(test)]
mod due_tests;
pub mod holiday;
pub mod hours;
pub mod open_day;
pub mod schedule;

pub use age::age_on;
pub use cron::{Cron, CronError};
pub use deadline::deadline_14_days;
pub use due::{Displaced, Moment, Standing};
pub use holiday::holiday_name;
pub use hours::{Hours, Usable};
pub use open_day::{CalendarError, OfficeCalendar, OpenDays, fiscal_year};
pub use schedule::{Days, MissedPolicy, OfMonth, Schedule, ScheduleError, Shift};
