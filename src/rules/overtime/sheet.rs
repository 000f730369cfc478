//! The lines of a 命令簿 of one person and month: reading them, and everything that may be wrong with them.

use super::{DayKind, Days, Entry, EntryKind, WorkingHours, sheet_text};
use crate::{
    calendar::CalendarError,
    text::{TimeError, TimeOfDay},
};
use jiff::{ToSpan, civil::Date};
use serde::Serialize;

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// One line as it was written; `None` where the sheet has no such column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// 月日.
    pub day: String,
    /// 命令時間 自.
    pub ordered_from: Option<String>,
    /// 命令時間 至.
    pub ordered_to: Option<String>,
    /// 実績 自.
    pub from: String,
    /// 実績 至.
    pub to: String,
    /// 休憩: minutes, or from–to.
    pub pause: String,
    /// 区分.
    pub kind: String,
    /// The kind of day somebody wrote.
    pub day_kind: String,
    /// 命令権者印.
    pub seal: Option<bool>,
}

/// What is known of one person beside the sheet.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// The lines, from top to bottom.
    pub lines: Vec<Line>,
    /// 休暇, 振替, 出張.
    pub away: Vec<Away>,
    /// The IC-card log; none where there is no log at all.
    pub badges: Option<Vec<Badge>>,
    /// Minutes by which sheet and log may differ.
    pub tolerance: u32,
}

/// A stretch in which the person was away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// The day.
    pub day: Date,
    /// From and to in minutes after midnight; none: the whole day.
    pub span: Option<(u32, u32)>,
    /// 休暇, 振替, 出張.
    pub what: String,
}

/// The first and last mark of the IC card on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// The day.
    pub day: Date,
    /// In, in minutes after midnight.
    pub from: Option<u32>,
    /// Out; after midnight above 1,440.
    pub to: Option<u32>,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Outcome {
    /// Counted; shown.
    #[serde(rename = "補正")]
    Noted,
    /// Counted; the section is asked.
    #[serde(rename = "差異")]
    Differs,
    /// Not counted until the head of the section has decided.
    #[serde(rename = "要判断")]
    Decide,
    /// Not counted: the line is not right.
    #[serde(rename = "中止")]
    Stopped,
}

/// Something about a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// Its day, where it could be read.
    pub day: Option<Date>,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Why, in Japanese.
    pub why: String,
}

/// A sheet, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What counts, in the order of the sheet, with the line it came from.
    pub entries: Vec<(usize, Entry)>,
    /// What a person should see.
    pub faults: Vec<Fault>,
}

impl Sheet {
    /// Reads the sheet of the month that begins on `month`.
    ///
    /// # Errors
    /// When the holidays of that year are not known.
    pub fn read(&self, month: Date, days: &Days, hours: &WorkingHours) -> Result<Reading, CalendarError> {
        let mut reading = Reading::default();
        for (n, line) in (1..).zip(&self.lines) {
            let mut reader = Reader { sheet: self, days, hours, month, line, notes: Vec::new(), day: None };
            let end = reader.entry().and_then(|entry| match clash(&entry, &reading.entries) {
                Some(other) => Err(stopped(format!("{other}行目の勤務と時間が重なっています"))),
                None => Ok(entry),
            });
            let day = reader.day;
            let last = match end {
                Ok(entry) => {
                    reader.compare(&entry)?;
                    reading.entries.push((n, entry));
                    None
                }
                Err(Unread::Calendar(error)) => return Err(error),
                Err(Unread::Line(outcome, why)) => Some((outcome, why)),
            };
            let found = reader.notes.into_iter().chain(last);
            reading.faults.extend(found.map(|(outcome, why)| Fault { line: n, day, outcome, why }));
        }
        Ok(reading)
    }
}

/// Why a line does not count.
enum Unread {
    Line(Outcome, String),
    Calendar(CalendarError),
}

fn stopped(why: impl Into<String>) -> Unread {
    Unread::Line(Outcome::Stopped, why.into())
}

fn decide(why: impl Into<String>) -> Unread {
    Unread::Line(Outcome::Decide, why.into())
}

/// The line of an entry that overlaps.
fn clash(entry: &Entry, others: &[(usize, Entry)]) -> Option<usize> {
    let span = |e: &Entry| {
        let start = i64::from((e.day - entry.day).get_days()) * i64::from(DAY);
        (start + i64::from(e.from), start + i64::from(e.to))
    };
    let own = span(entry);
    others.iter().find(|(_, other)| overlap(own, span(other))).map(|(n, _)| *n)
}

fn overlap<T: PartialOrd + Copy>(a: (T, T), b: (T, T)) -> bool {
    a.0 < b.1 && b.0 < a.1
}

/// A stretch of the next day, counted from this day's midnight.
const fn next_day(span: (u32, u32)) -> (u32, u32) {
    (span.0 + DAY, span.1 + DAY)
}

struct Reader<'a> {
    sheet: &'a Sheet,
    days: &'a Days,
    hours: &'a WorkingHours,
    month: Date,
    line: &'a Line,
    notes: Vec<(Outcome, String)>,
    day: Option<Date>,
}

impl Reader<'_> {
    fn entry(&mut self) -> Result<Entry, Unread> {
        let day = sheet_text::day(&self.line.day, self.month).map_err(stopped)?;
        self.day = Some(day);
        if sheet_text::weekday(&self.line.day).is_some_and(|written| written != day.weekday()) {
            return Err(decide("日付と曜日が合いません。どちらが正しいかを確かめてください"));
        }
        if day.first_of_month() != self.month {
            return Err(stopped("この月の日付ではありません。過月分は、その月の追給処理で計算してください"));
        }
        let kind = EntryKind::from_word(&self.line.kind)
            .ok_or_else(|| stopped("区分が「時間外・休日・振替・代休・夜間」のどれでもありません"))?;
        let (from, to) = self.span()?;
        let mut entry = Entry { kind, ..Entry::new(day, from, to) };
        let pause = sheet_text::pause(&self.line.pause, from).map_err(stopped)?;
        (entry.breaks, entry.break_minutes) = pause;
        if entry.breaks.iter().any(|(a, b)| *a < from || *b > to) || entry.minutes() == 0 {
            return Err(stopped("休憩が勤務の時間に収まっていません"));
        }
        self.ordered(from, to)?;
        self.allowed(&entry)?;
        Ok(entry)
    }

    /// From and to in minutes.
    fn span(&mut self) -> Result<(u32, u32), Unread> {
        if self.line.from.trim().is_empty() && self.line.to.trim().is_empty() {
            return Err(decide("実績の時刻がありません。勤務したかどうかを確かめてください"));
        }
        let from = self.time(&self.line.from, "開始")?;
        let to = self.time(&self.line.to, "終了")?;
        match (from, to) {
            _ if from < to && to - from <= DAY => Ok((from, to)),
            _ if from < to => Err(stopped("1回の勤務が24時間を超えています")),
            _ => Err(stopped(
                "終了が開始より前か同じです。翌日にまたがるときは「25:30」か「翌1:30」と書いてください",
            )),
        }
    }

    fn time(&mut self, text: &str, which: &str) -> Result<u32, Unread> {
        let time = sheet_text::time(text).map_err(|e: TimeError| stopped(format!("{which}の{e}")))?;
        let shown = time.to_string();
        if time.minutes() >= DAY && text.trim() != shown {
            self.notes
                .push((Outcome::Noted, format!("{which}「{}」を {shown} として計算しました", text.trim())));
        }
        Ok(time.minutes())
    }

    /// No order, no pay; work beyond the order is decided by the head of the section.
    fn ordered(&mut self, from: u32, to: u32) -> Result<(), Unread> {
        if self.line.seal == Some(false) {
            return Err(decide("命令権者の印がありません"));
        }
        let (Some(first), Some(last)) = (self.line.ordered_from.clone(), self.line.ordered_to.clone()) else {
            return Ok(());
        };
        if first.trim().is_empty() || last.trim().is_empty() {
            return Err(decide("命令の時刻がありません（命令のない勤務には支給できません）"));
        }
        let (first, last) = (self.time(&first, "命令の開始")?, self.time(&last, "命令の終了")?);
        if from < first || to > last {
            return Err(decide(format!(
                "実績が命令の時間（{}–{}）を超えています",
                clock(first),
                clock(last)
            )));
        }
        Ok(())
    }

    /// Not while away, and not inside the regular hours of a working day.
    fn allowed(&mut self, entry: &Entry) -> Result<(), Unread> {
        if let Some(away) = self.sheet.away.iter().find(|away| self.meets(away, entry)) {
            return Err(stopped(format!("{}と時間が重なっています", away.what)));
        }
        let kind = self.days.kind(entry.day).map_err(Unread::Calendar)?;
        let written = DayKind::from_word(&self.line.day_kind);
        if written.is_some_and(|w| !same_kind(w, kind)) {
            let why = format!(
                "日の種類「{}」を、暦により「{}」として計算しました",
                self.line.day_kind.trim(),
                kind.label()
            );
            self.notes.push((Outcome::Noted, why));
        }
        let outside = matches!(entry.kind, EntryKind::Overtime | EntryKind::Lieu);
        if outside && self.inside_regular_hours(entry, kind)? {
            let why = if entry.kind == EntryKind::Lieu {
                "正規の勤務時間に重なっています（代休の行には、代休の日ではなく、勤務した休日を書いてください）"
            } else {
                "正規の勤務時間に重なっています"
            };
            return Err(stopped(why));
        }
        Ok(())
    }

    /// Whether the work falls into an absence. Who worked on after midnight may take the whole next day off: only its regular
    /// hours count then.
    fn meets(&self, away: &Away, entry: &Entry) -> bool {
        let span = (entry.from, entry.to);
        let later = (away.day - entry.day).get_days();
        match (later, away.span) {
            (0, absence) => absence.is_none_or(|s| overlap(s, span)),
            (1, Some(absence)) => overlap(next_day(absence), span),
            (1, None) => self.hours.0.iter().any(|h| overlap(next_day(*h), span)),
            _ => false,
        }
    }

    /// Whether the work falls into the regular hours of its day, of which the kind is given, or of the next.
    fn inside_regular_hours(&self, entry: &Entry, kind: DayKind) -> Result<bool, Unread> {
        let span = (entry.from, entry.to);
        let hit = |shift: fn((u32, u32)) -> (u32, u32)| self.hours.0.iter().any(|h| overlap(shift(*h), span));
        if kind == DayKind::Workday && hit(|h| h) {
            return Ok(true);
        }
        let Ok(tomorrow) = entry.day.tomorrow() else { return Ok(false) };
        Ok(hit(next_day) && self.days.kind(tomorrow).map_err(Unread::Calendar)? == DayKind::Workday)
    }

    /// The IC-card log beside the sheet.
    fn compare(&mut self, entry: &Entry) -> Result<(), CalendarError> {
        let Some(badges) = &self.sheet.badges else { return Ok(()) };
        let Some(badge) = badges.iter().find(|b| b.day == entry.day) else {
            self.notes.push((Outcome::Differs, "この日の入退庁の記録がありません".to_owned()));
            return Ok(());
        };
        let off_day = self.days.kind(entry.day)? != DayKind::Workday;
        let before_work = entry.to <= self.hours.0.first().map_or(0, |h| h.0);
        let ends = [
            ("開始", entry.from, badge.from.filter(|_| off_day || before_work)),
            ("終了", entry.to, badge.to.filter(|_| off_day || !before_work)),
        ];
        for (which, own, log) in ends {
            let Some(log) = log.filter(|log| log.abs_diff(own) > self.sheet.tolerance) else { continue };
            let why = format!(
                "{which} {} が入退庁の記録 {} と {}分違います",
                clock(own),
                clock(log),
                log.abs_diff(own)
            );
            self.notes.push((Outcome::Differs, why));
        }
        Ok(())
    }
}

/// A 週休日 written without saying which is either of the two.
fn same_kind(written: DayKind, kind: DayKind) -> bool {
    let weekend = |k| matches!(k, DayKind::Saturday | DayKind::Sunday);
    written == kind || (weekend(written) && weekend(kind))
}

fn clock(minutes: u32) -> String {
    TimeOfDay::from_minutes(minutes).map_or_else(String::new, |t| t.to_string())
}

/// The month's first day out of `2026-07`, `令和8年7月`, `R8.7` or a day of it.
#[must_use]
pub fn month_of(text: &str) -> Option<Date> {
    sheet_text::month(text)
}

/// The months from the first to the last of the given ones, gaps filled.
#[must_use]
pub fn months_between(first: Date, last: Date) -> Vec<Date> {
    first.series(1.month()).take_while(|m| *m <= last).collect()
}
