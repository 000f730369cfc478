//! The moments at which a schedule comes due, each with its reason in words.

use super::{
    open_day::{CalendarError, Closed, OfficeCalendar},
    schedule::{Days, OfMonth, Schedule, Shift},
};
use jiff::{
    SignedDuration, Zoned,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use std::collections::BTreeMap;

/// The most moments one question is answered with: a schedule of every minute for a week.
const MOST: usize = 10_080;
/// The newest moments are looked for from the end: in the last day first, where a schedule of every minute has enough.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// Then week by week: what comes less often than that is answered in full for a week, with all that moved into it.
const A_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One moment of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Zoned,
    /// Why then, or why not, in words for a clerk.
    pub why: String,
    /// What becomes of it.
    pub standing: Standing,
}

/// What becomes of a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The scenario should start.
    Fires,
    /// It falls on an unsuitable day and is left out.
    LeftOut,
    /// Nobody can tell whether the day suits; a person decides.
    Unknown(CalendarError),
}

/// A moment that other open days put elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Displaced {
    /// Where it was, if it came at all.
    pub was: Option<Zoned>,
    /// Where it is now.
    pub is: Moment,
}

/// What a schedule makes of one day.
enum Verdict {
    Suits(String),
    /// It says so only if a person would wonder.
    Out(Option<String>),
    Moves(Date, String),
    Unknown(CalendarError),
}

impl Schedule {
    /// The moments after `after` and not after `until`, in order; at most a week of minutes.
    #[must_use]
    pub fn moments(&self, calendar: &OfficeCalendar, after: &Zoned, until: &Zoned) -> Vec<Moment> {
        let (mut at, last) = self.window(calendar, after, until);
        let mut found: Vec<(Moment, bool)> = Vec::new();
        while found.len() < MOST
            && let Some(next) = self.at.next_after(&at).filter(|next| *next <= last)
        {
            let verdict = self.verdict(calendar, next.date());
            at = if matches!(verdict, Verdict::Out(_)) { end_of_day(&next) } else { next.clone() };
            let moved = matches!(verdict, Verdict::Moves(..));
            let moment = moment(next, verdict).filter(|m| m.at > *after && m.at <= *until);
            found.extend(moment.map(|moment| (moment, moved)));
        }
        // What belongs on a day is said before what moved there.
        found.sort_by(|(a, moved), (b, other)| (&a.at, moved).cmp(&(&b.at, other)));
        merged(found.into_iter().map(|(moment, _)| moment))
    }

    /// The last `most` moments after `after` and not after `until`, in order, without those left out; however long that
    /// time is.
    #[must_use]
    pub fn newest(
        &self,
        calendar: &OfficeCalendar,
        after: &Zoned,
        until: &Zoned,
        most: usize,
    ) -> Vec<Moment> {
        let (mut found, mut end, mut step) = (Vec::new(), until.clone(), A_DAY);
        while found.len() < most && end > *after {
            let start = end.checked_sub(step).unwrap_or_else(|_| after.clone()).max(after.clone());
            let mut earlier = self.moments(calendar, &start, &end);
            earlier.retain(|m| m.standing != Standing::LeftOut);
            earlier.append(&mut found);
            (found, end, step) = (earlier, start, A_WEEK);
        }
        found.split_off(found.len().saturating_sub(most))
    }

    /// Whether open days can put its moments on other days.
    #[must_use]
    pub const fn moves(&self) -> bool {
        !matches!(self.shift, Shift::None) || matches!(self.of_month, Some(OfMonth::NthOpen(_)))
    }

    /// The moments that `new` open days put elsewhere than `old` ones did, as far as the cron line has them between `after`
    /// and `until`.
    #[must_use]
    pub fn displaced(
        &self,
        (old, new): (&OfficeCalendar, &OfficeCalendar),
        after: &Zoned,
        until: &Zoned,
    ) -> Vec<Displaced> {
        let mut found = Vec::new();
        if !self.moves() {
            return found;
        }
        let before = self.days_by_place(old, after, until);
        for (place, (day, why)) in self.days_by_place(new, after, until) {
            let was = before.get(&place).map(|(day, _)| *day);
            if was == Some(day) {
                continue;
            }
            for time in self.times(place, after.time_zone()) {
                let on = |day: Date| day.to_datetime(time).to_zoned(after.time_zone().clone()).ok();
                let Some(at) = on(day) else { continue };
                let is = Moment { at, why: why.clone(), standing: Standing::Fires };
                found.push(Displaced { was: was.and_then(on), is });
            }
        }
        found
    }

    /// The times at which it fires on a day, as far as the cron line has them between `after` and `until`.
    #[must_use]
    pub fn times_on(&self, calendar: &OfficeCalendar, day: Date, after: &Zoned, until: &Zoned) -> Vec<Time> {
        let mut days = self.days_by_place(calendar, after, until);
        days.retain(|_, (fires, _)| *fires == day);
        days.into_keys().flat_map(|place| self.times(place, after.time_zone())).collect()
    }

    /// The days on which it fires, with the reason, by what open days do not change: the day of the cron line, or the first
    /// of the month in which an open day is counted.
    fn days_by_place(
        &self,
        calendar: &OfficeCalendar,
        after: &Zoned,
        until: &Zoned,
    ) -> BTreeMap<Date, (Date, String)> {
        let counted = matches!(self.of_month, Some(OfMonth::NthOpen(_)));
        let (mut at, mut days) = (after.clone(), BTreeMap::new());
        while let Some(next) = self.at.next_after(&at).filter(|next| next <= until) {
            let day = next.date();
            let fires = match self.verdict(calendar, day) {
                Verdict::Suits(why) => Some((day, why)),
                Verdict::Moves(to, why) => Some((to, why)),
                Verdict::Out(_) | Verdict::Unknown(_) => None,
            };
            let place = if counted { day.first_of_month() } else { day };
            days.extend(fires.map(|fires| (place, fires)));
            at = end_of_day(&next);
        }
        days
    }

    /// The times of the cron line on one of its days.
    fn times(&self, day: Date, zone: &TimeZone) -> Vec<Time> {
        let eve = day.yesterday().ok().and_then(|eve| eve.at(23, 59, 59, 0).to_zoned(zone.clone()).ok());
        let (mut at, mut times) = (eve, Vec::new());
        while let Some(next) = at.and_then(|at| self.at.next_after(&at)).filter(|next| next.date() == day) {
            times.push(next.time());
            at = Some(next);
        }
        times
    }

    /// Between which moments of the cron line those lie that fall between `after` and `until` once they have moved.
    fn window(&self, calendar: &OfficeCalendar, after: &Zoned, until: &Zoned) -> (Zoned, Zoned) {
        let open = match self.shift {
            Shift::None => return (after.clone(), until.clone()),
            Shift::Next => calendar.previous_open(after.date()),
            Shift::Previous => calendar.next_open(until.date()),
        };
        let day = open.ok().and_then(|day| day.at(0, 0, 0, 0).to_zoned(after.time_zone().clone()).ok());
        match (day, self.shift) {
            (Some(day), Shift::Next) => (day, until.clone()),
            (Some(day), _) => (after.clone(), day),
            (None, _) => (after.clone(), until.clone()),
        }
    }

    fn verdict(&self, calendar: &OfficeCalendar, day: Date) -> Verdict {
        if self.from.is_some_and(|from| day < from) || self.until.is_some_and(|until| day > until) {
            return Verdict::Out(None);
        }
        match self.of_month {
            Some(OfMonth::NthOpen(n)) => nth_open(calendar, day, n),
            Some(OfMonth::End) if day != day.last_of_month() => Verdict::Out(None),
            _ => self.by_days(calendar, day),
        }
    }

    fn by_days(&self, calendar: &OfficeCalendar, day: Date) -> Verdict {
        let end = if self.of_month == Some(OfMonth::End) { "月末の" } else { "" };
        if self.days == Days::All {
            return Verdict::Suits(format!("{end}予定です（開庁・閉庁を問いません）"));
        }
        let closed = match calendar.closed_because(day) {
            Ok(closed) => closed,
            Err(error) => return Verdict::Unknown(error),
        };
        match (closed, self.days) {
            (None, Days::Closed) => Verdict::Out(None),
            (None, _) => {
                let opening = calendar.opening(day).map(|name| format!("{name}のため開庁日です。"));
                Verdict::Suits(format!("{}{end}開庁日の予定です", opening.unwrap_or_default()))
            }
            (Some(why), Days::Closed) => Verdict::Suits(format!("{end}閉庁日の予定です（{}）", why.label())),
            (Some(why), _) => {
                let weekend = why == Closed::Weekend;
                let why = if weekend { "閉庁日" } else { why.label() };
                self.shifted(calendar, day, &format!("{}は{why}のため", in_words(day)), weekend)
            }
        }
    }

    /// Where a moment on a closed day goes.
    fn shifted(&self, calendar: &OfficeCalendar, day: Date, because: &str, weekend: bool) -> Verdict {
        let (to, word) = match self.shift {
            Shift::None => {
                return Verdict::Out((!weekend).then(|| format!("{because}、開始しません")));
            }
            Shift::Next => (calendar.next_open(day), "次"),
            Shift::Previous => (calendar.previous_open(day), "前"),
        };
        match to {
            Ok(to) => Verdict::Moves(to, format!("{because}、{word}の開庁日に移しました")),
            Err(error) => Verdict::Unknown(error),
        }
    }
}

/// Whether a day is the n-th open day of its month.
fn nth_open(calendar: &OfficeCalendar, day: Date, n: i8) -> Verdict {
    let days = match calendar.open_days_of_month(day.year(), day.month()) {
        Ok(days) => days,
        // Once a month is enough to say that nobody can tell.
        Err(error) if day.day() == 1 => return Verdict::Unknown(error),
        Err(_) => return Verdict::Out(None),
    };
    let back = usize::from(n.unsigned_abs());
    let at = if n > 0 { Some(back - 1) } else { days.len().checked_sub(back) };
    if at.and_then(|at| days.get(at)) != Some(&day) {
        return Verdict::Out(None);
    }
    let month = day.month();
    let year = match (n, month) {
        (1, 4) => "（年度初め）",
        (-1, 3) => "（年度末）",
        (-1, 12) => "（仕事納め）",
        (1, 1) => "（仕事始め）",
        _ => "",
    };
    Verdict::Suits(match n {
        1 => format!("{month}月の最初の開庁日{year}です"),
        -1 => format!("{month}月の最後の開庁日{year}です"),
        n if n > 0 => format!("{month}月の第{n}開庁日です"),
        _ => format!("{month}月の最後から{back}番目の開庁日です"),
    })
}

fn moment(at: Zoned, verdict: Verdict) -> Option<Moment> {
    let (at, why, standing) = match verdict {
        Verdict::Suits(why) => (at, why, Standing::Fires),
        Verdict::Out(why) => (at, why?, Standing::LeftOut),
        Verdict::Moves(day, why) => {
            let moved = day.to_datetime(at.time()).to_zoned(at.time_zone().clone()).ok()?;
            (moved, why, Standing::Fires)
        }
        Verdict::Unknown(error) => {
            let why = format!("開庁日かどうか分からないため保留します（{error}）");
            (at, why, Standing::Unknown(error))
        }
    };
    Some(Moment { at, why, standing })
}

/// Moments that fall together become one, with all their reasons.
fn merged(all: impl Iterator<Item = Moment>) -> Vec<Moment> {
    let mut one: Vec<Moment> = Vec::new();
    for moment in all {
        match one.last_mut() {
            Some(last) if last.at == moment.at && last.standing == moment.standing => {
                last.why = format!("{}。{}", last.why, moment.why);
            }
            _ => one.push(moment),
        }
    }
    one
}

fn end_of_day(at: &Zoned) -> Zoned {
    at.date().at(23, 59, 59, 0).to_zoned(at.time_zone().clone()).unwrap_or_else(|_| at.clone())
}

/// `1月1日（木）`.
#[must_use]
pub fn in_words(day: Date) -> String {
    format!("{}月{}日（{}）", day.month(), day.day(), weekday(day.weekday()))
}

/// `月`.
const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "月",
        Weekday::Tuesday => "火",
        Weekday::Wednesday => "水",
        Weekday::Thursday => "木",
        Weekday::Friday => "金",
        Weekday::Saturday => "土",
        Weekday::Sunday => "日",
    }
}
