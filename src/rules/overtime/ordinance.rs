//! What a city's ordinance on overtime says, as data. The default is the national model.

use super::Limits;
use crate::text::TimeOfDay;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The rules of one fiscal year. Whatever is left out is the national model.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ordinance {
    /// この規則を使う年度（4月からの年）。0 はすべての年度です。
    pub fiscal_year: i16,
    /// 手当の種類ごとの支給割合（百分率）。
    pub rates: Rates,
    /// 支給割合が上がる時間（月、時間）。
    pub sixty_hours: u32,
    /// 深夜の始まり（その日）。
    pub night_from: TimeOfDay,
    /// 深夜の終わり（その日の朝）。
    pub night_to: TimeOfDay,
    /// 日付をまたいだ後の分の日の種類。
    pub after_midnight: Midnight,
    /// 1週間の正規の勤務時間（分）。
    pub week_minutes: u32,
    /// 1日の正規の勤務時間（分）。
    pub day_minutes: u32,
    /// 1年の勤務時間から除く日数を、どう決めるか。
    pub days_off: DaysOff,
    /// `days_off` が fixed のときの日数。
    pub days_off_fixed: u32,
    /// 時間単価に入れる手当の名前。書かなければすべて入れます。
    pub allowances: Option<Vec<String>>,
    /// 支給割合を掛けた1時間当たりの額を先に円に丸めるか。
    pub round_premium: bool,
    /// 月の合計時間の端数。
    pub hours: HourRounding,
    /// 1回の勤務の単位（分）。これに満たない端数は切り捨てます。
    pub unit_minutes: u32,
    /// 1回の勤務がこれより短ければ支給しない（分）。
    pub least_minutes: u32,
    /// 休日（祝日・年末年始）に加える庁独自の休日（2026-07-06: 開庁記念日 の形）。
    pub holidays: BTreeMap<String, String>,
    /// 上限の時間。
    pub limits: Limits,
}

/// How the year's working hours are lessened by N days of 7 h 45 min.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DaysOff {
    /// 毎年同じ日数（`days_off_fixed`）。
    Fixed,
    /// その年度の、月曜から金曜にある休日の日数。
    Weekdays,
    /// その年度の休日の日数から、土曜の休日と、土日の年末年始を除いた日数（日曜の祝日を含む）。
    Literal,
}

/// Whose day the minutes after midnight are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Midnight {
    /// 暦日。
    CalendarDay,
    /// 勤務を始めた日。
    StartDay,
}

/// What becomes of the minutes that do not fill an hour, after a month's sum per rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HourRounding {
    /// 30分以上は1時間に、30分未満は切り捨て。
    HalfHour,
    /// 分のまま計算し、円の端数は四捨五入。
    Minutes,
}

/// Rates in per cent of the hourly pay: by day (5:00–22:00), by night, and each above sixty hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// 5時から22時まで。
    pub day: u32,
    /// 22時から5時まで。
    pub night: u32,
    /// 月60時間を超えた分の昼。書かなければ60時間に数えず、割合も変わりません。
    pub over_day: Option<u32>,
    /// 月60時間を超えた分の深夜。
    pub over_night: Option<u32>,
}

impl Rate {
    const fn new(day: u32, night: u32, over: Option<(u32, u32)>) -> Self {
        match over {
            Some((over_day, over_night)) => {
                Self { day, night, over_day: Some(over_day), over_night: Some(over_night) }
            }
            None => Self { day, night, over_day: None, over_night: None },
        }
    }

    /// Whether this work counts towards the sixty hours.
    #[must_use]
    pub const fn counts(&self) -> bool {
        self.over_day.is_some() || self.over_night.is_some()
    }

    /// The rate in per cent.
    #[must_use]
    pub fn percent(&self, night: bool, over: bool) -> u32 {
        match (night, over) {
            (false, true) => self.over_day.unwrap_or(self.day),
            (true, true) => self.over_night.unwrap_or(self.night),
            (false, false) => self.day,
            (true, false) => self.night,
        }
    }
}

/// The rate of each class of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// 勤務日の正規の勤務時間外。
    pub workday: Rate,
    /// 土曜の週休日。
    pub saturday: Rate,
    /// 日曜の週休日。
    pub sunday: Rate,
    /// 休日の、正規の勤務時間に当たる時間（休日勤務手当）。
    pub holiday_inside: Rate,
    /// 休日の、正規の勤務時間外。
    pub holiday_outside: Rate,
    /// 代休を指定された休日（休日勤務手当）。
    pub holiday_in_lieu: Rate,
    /// 正規の勤務時間として深夜に割り振られた時間（夜間勤務手当）。
    pub regular_night: Rate,
    /// 週休日の振替で、1週間の正規の勤務時間を超えた時間。
    pub substitute: Rate,
    /// 短時間勤務の職員の、1日の正規の勤務時間（7時間45分）に達するまでの時間。
    pub short_time: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            workday: Rate::new(125, 150, Some((150, 175))),
            saturday: Rate::new(135, 160, Some((150, 175))),
            sunday: Rate::new(135, 160, None),
            holiday_inside: Rate::new(135, 160, None),
            holiday_outside: Rate::new(135, 160, Some((150, 175))),
            holiday_in_lieu: Rate::new(0, 25, None),
            regular_night: Rate::new(0, 25, None),
            substitute: Rate::new(25, 25, Some((50, 50))),
            short_time: Rate::new(100, 125, Some((150, 175))),
        }
    }
}

impl Default for Ordinance {
    fn default() -> Self {
        let time = |hour: u32| TimeOfDay::from_minutes(hour * 60).expect("within two days");
        Self {
            fiscal_year: 0,
            rates: Rates::default(),
            sixty_hours: 60,
            night_from: time(22),
            night_to: time(5),
            after_midnight: Midnight::CalendarDay,
            week_minutes: 38 * 60 + 45,
            day_minutes: 7 * 60 + 45,
            days_off: DaysOff::Fixed,
            days_off_fixed: 18,
            allowances: None,
            round_premium: true,
            hours: HourRounding::HalfHour,
            unit_minutes: 1,
            least_minutes: 0,
            holidays: BTreeMap::new(),
            limits: Limits::default(),
        }
    }
}
