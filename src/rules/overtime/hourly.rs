//! The pay of one hour.

use super::Ordinance;
use crate::{calendar::CalendarError, rules::Ratio, text::money::format_yen};
use jiff::civil::Date;

/// What a person is paid from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pay {
    /// The first day.
    pub from: Date,
    /// The monthly pay in yen.
    pub base: i64,
    /// Allowances in yen by name; the ordinance says which count.
    pub allowances: Vec<(String, i64)>,
}

/// The pay of one hour, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hourly {
    /// In yen, rounded half up.
    pub yen: i64,
    /// The line that explains it.
    pub why: String,
}

impl Ordinance {
    /// The pay of one hour: (base + allowances) × 12 ÷ (hours a week × 52 − hours a day × N), half a yen goes up.
    ///
    /// # Errors
    /// When N is counted and the holidays of that year are not known.
    ///
    /// # Panics
    /// When the ordinance leaves no working hours in the year.
    pub fn hourly(&self, pay: &Pay, fiscal_year: i16) -> Result<Hourly, CalendarError> {
        let off = self.days_off_in(fiscal_year)?;
        let counted = |name: &str| self.allowances.as_ref().is_none_or(|all| all.iter().any(|a| a == name));
        let allowances: i64 = pay.allowances.iter().filter(|(n, _)| counted(n)).map(|(_, yen)| yen).sum();
        let minutes = i64::from(self.week_minutes) * 52 - i64::from(self.day_minutes) * i64::from(off);
        assert!(minutes > 0, "an ordinance leaves working hours");
        let hours = Ratio::whole(minutes) / Ratio::whole(60);
        let raw = Ratio::whole((pay.base + allowances) * 12) / hours;
        let yen = raw.round_half_up();
        let why = format!(
            "時間単価: （給料月額 {}円 ＋ 手当 {}円）× 12 ÷ {hours}時間（除く日数 {off}日）＝ {raw} → {}円",
            format_yen(pay.base),
            format_yen(allowances),
            format_yen(yen)
        );
        Ok(Hourly { yen, why })
    }
}
