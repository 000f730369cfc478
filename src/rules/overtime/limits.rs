//! The upper limits: 45 hours a month, 360 a year; for posts whose work others set, below 100, mean of 80, 720, six months.

use crate::{calendar::fiscal_year, rules::Ratio};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which hours a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    /// 時間外勤務だけ。
    WithoutHolidays,
    /// 休日勤務を含む。
    WithHolidays,
}

/// The limits of one kind of post, in hours. What is left out is not limited.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostLimits {
    /// 1か月の上限（この時間まで）。
    pub month: Option<u32>,
    /// 1か月の上限（この時間に達してはならない）。
    pub month_below: Option<u32>,
    /// 1年度の上限。
    pub year: Option<u32>,
    /// 2か月から6か月の平均の上限。
    pub mean: Option<u32>,
    /// 1年度に `month_over` を超えてよい月の数。
    pub months: Option<u32>,
    /// months で数える月の時間。
    #[serde(default = "forty_five")]
    pub month_over: u32,
}

const fn forty_five() -> u32 {
    45
}

/// The limits of a city.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// 一般の職。
    pub general: PostLimits,
    /// 他律的業務の比重が高い職。
    pub other_directed: PostLimits,
    /// month・year・months が数える時間。
    pub plain_counter: Counter,
    /// `month_below`・mean が数える時間。
    pub whole_counter: Counter,
    /// 警告を出す割合（百分率）。
    pub warn_percent: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            general: PostLimits {
                month: Some(45),
                month_below: None,
                year: Some(360),
                mean: None,
                months: None,
                month_over: 45,
            },
            other_directed: PostLimits {
                month: None,
                month_below: Some(100),
                year: Some(720),
                mean: Some(80),
                months: Some(6),
                month_over: 45,
            },
            plain_counter: Counter::WithoutHolidays,
            whole_counter: Counter::WithHolidays,
            warn_percent: 80,
        }
    }
}

/// The minutes of one month, by both counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthHours {
    /// The first day of the month.
    pub month: Date,
    /// Without holiday work.
    pub plain: u32,
    /// With holiday work.
    pub whole: u32,
}

impl MonthHours {
    const fn minutes(&self, counter: Counter) -> u32 {
        match counter {
            Counter::WithoutHolidays => self.plain,
            Counter::WithHolidays => self.whole,
        }
    }
}

/// Where a limit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Standing {
    /// 80 % of the limit are reached.
    #[serde(rename = "警告")]
    Warning,
    /// The limit is passed.
    #[serde(rename = "超過")]
    Over,
}

/// A limit that is near or passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitNote {
    /// Near or passed.
    pub standing: Standing,
    /// Which limit, in Japanese.
    pub limit: String,
    /// The hours, or the number of months.
    pub actual: Ratio,
    /// The limit's number.
    pub allowed: u32,
}

/// The limits that are near or passed in the last of `months`. They are in time order, without gaps, at most one per month.
#[must_use]
pub fn check_limits(months: &[MonthHours], other_directed: bool, limits: &Limits) -> Vec<LimitNote> {
    let Some(now) = months.last() else { return Vec::new() };
    let post = if other_directed { &limits.other_directed } else { &limits.general };
    let check = Check { limits, post, months, now };
    [check.month(), check.month_below(), check.year()]
        .into_iter()
        .flatten()
        .chain(check.means())
        .chain(check.months())
        .collect()
}

struct Check<'a> {
    limits: &'a Limits,
    post: &'a PostLimits,
    months: &'a [MonthHours],
    now: &'a MonthHours,
}

impl Check<'_> {
    fn note(&self, limit: String, actual: Ratio, allowed: u32, below: bool) -> Option<LimitNote> {
        let bound = Ratio::whole(i64::from(allowed));
        let warn = bound * Ratio::new(i128::from(self.limits.warn_percent), 100);
        let over = if below { actual >= bound } else { actual > bound };
        let standing = match over {
            true => Standing::Over,
            false if actual >= warn => Standing::Warning,
            false => return None,
        };
        Some(LimitNote { standing, limit, actual, allowed })
    }

    fn month(&self) -> Option<LimitNote> {
        let allowed = self.post.month?;
        let actual = hours(self.now.minutes(self.limits.plain_counter));
        self.note(format!("1か月 {allowed}時間以下"), actual, allowed, false)
    }

    fn month_below(&self) -> Option<LimitNote> {
        let allowed = self.post.month_below?;
        let actual = hours(self.now.minutes(self.limits.whole_counter));
        self.note(format!("1か月 {allowed}時間未満"), actual, allowed, true)
    }

    /// The months of the present fiscal year.
    fn this_year(&self) -> impl Iterator<Item = &MonthHours> {
        let year = fiscal_year(self.now.month);
        self.months.iter().filter(move |m| fiscal_year(m.month) == year)
    }

    fn year(&self) -> Option<LimitNote> {
        let allowed = self.post.year?;
        let minutes = self.this_year().map(|m| m.minutes(self.limits.plain_counter)).sum();
        self.note(format!("1年度 {allowed}時間以下"), hours(minutes), allowed, false)
    }

    /// The mean of the last 2, 3, 4, 5 and 6 months, each a limit of its own.
    fn means(&self) -> Vec<LimitNote> {
        let Some(allowed) = self.post.mean else { return Vec::new() };
        let mean = |n: usize| {
            let last = &self.months[self.months.len() - n..];
            let minutes = last.iter().map(|m| m.minutes(self.limits.whole_counter)).sum();
            let actual = hours(minutes) / Ratio::new(i128::try_from(n).expect("at most six"), 1);
            self.note(format!("{n}か月平均 {allowed}時間以下"), actual, allowed, false)
        };
        (2..=6.min(self.months.len())).filter_map(mean).collect()
    }

    fn months(&self) -> Option<LimitNote> {
        let allowed = self.post.months?;
        let bound = self.post.month_over * 60;
        let found = self.this_year().filter(|m| m.minutes(self.limits.plain_counter) > bound).count();
        let actual = Ratio::new(i128::try_from(found).expect("twelve months"), 1);
        self.note(format!("{}時間を超える月 年{allowed}回以下", self.post.month_over), actual, allowed, false)
    }
}

fn hours(minutes: u32) -> Ratio {
    Ratio::new(i128::from(minutes), 60)
}
