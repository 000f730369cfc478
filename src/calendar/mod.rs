//! The city's calendar: holidays, open days, fiscal years, deadlines, and the fenced cron expressions of schedules.

pub mod age;
pub mod cron;
pub mod deadline;
pub mod holiday;
pub mod open_day;

pub use age::age_on;
pub use cron::{Cron, CronError};
pub use deadline::deadline_14_days;
pub use holiday::holiday_name;
pub use open_day::{CalendarError, OfficeCalendar, fiscal_year};
