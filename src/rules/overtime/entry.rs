//! One line of a 命令簿, read.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is special about the work of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum EntryKind {
    /// 時間外・休日の勤務。日の種類は暦から。
    #[default]
    #[serde(rename = "時間外")]
    Overtime,
    /// 週休日の振替で、1週間の正規の勤務時間を超えた勤務。
    #[serde(rename = "振替")]
    Substitute,
    /// 代休を指定された休日の勤務。
    #[serde(rename = "代休")]
    Lieu,
    /// 正規の勤務時間として深夜に割り振られた勤務。
    #[serde(rename = "夜間")]
    RegularNight,
}

impl EntryKind {
    /// The kind by the word a person wrote; nothing written is overtime.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word.trim() {
            "" | "時間外" | "休日" | "超過" => Self::Overtime,
            "振替" => Self::Substitute,
            "代休" => Self::Lieu,
            "夜間" => Self::RegularNight,
            _ => return None,
        })
    }
}

/// One stretch of work. Minutes count from the midnight before `day` and may go on to the end of the next day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The day it is written for.
    pub day: Date,
    /// Its first minute.
    pub from: u32,
    /// The minute after its last.
    pub to: u32,
    /// Breaks with known times, inside it.
    pub breaks: Vec<(u32, u32)>,
    /// Minutes of break whose time is not known.
    pub break_minutes: u32,
    /// What is special about it.
    pub kind: EntryKind,
}

impl Entry {
    /// Plain overtime without a break.
    #[must_use]
    pub const fn new(day: Date, from: u32, to: u32) -> Self {
        Self { day, from, to, breaks: Vec::new(), break_minutes: 0, kind: EntryKind::Overtime }
    }

    /// Minutes of work: the stretch without its breaks.
    #[must_use]
    pub fn minutes(&self) -> u32 {
        let pauses: u32 = self.breaks.iter().map(|(from, to)| to - from).sum();
        (self.to - self.from).saturating_sub(pauses + self.break_minutes)
    }
}

/// The regular hours of a person on a working day, in minutes after midnight, without the midday break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingHours(pub Vec<(u32, u32)>);

impl WorkingHours {
    /// Whether the minute is one of them.
    #[must_use]
    pub fn hold(&self, minute: u32) -> bool {
        self.0.iter().any(|(from, to)| (*from..*to).contains(&minute))
    }

    /// How many minutes they have.
    #[must_use]
    pub fn minutes(&self) -> u32 {
        self.0.iter().map(|(from, to)| to - from).sum()
    }
}

/// 8:30 to 12:00 and 13:00 to 17:15.
impl Default for WorkingHours {
    fn default() -> Self {
        Self(vec![(8 * 60 + 30, 12 * 60), (13 * 60, 17 * 60 + 15)])
    }
}
