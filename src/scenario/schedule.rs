//! Reads `schedule:` and the hours of a system.

use super::{keys::Keys, load::Loader, tree::Node, units};
use crate::calendar::{Cron, Days, Hours, MissedPolicy, OfMonth, Schedule, ScheduleError, Shift};
use jiff::civil::Date;

const DAYS: &[(&str, Days)] = &[("open", Days::Open), ("closed", Days::Closed), ("all", Days::All)];
const SHIFT: &[(&str, Shift)] =
    &[("none", Shift::None), ("previous", Shift::Previous), ("next", Shift::Next)];
const MISSED: &[(&str, MissedPolicy)] =
    &[("hold", MissedPolicy::Hold), ("run_once", MissedPolicy::RunOnce), ("skip", MissedPolicy::Skip)];

/// Minutes before the close in which nothing begins, where the scenario does not say.
const MARGIN: u16 = 5;
/// No month has more open days.
const MOST_OPEN: i8 = 23;

impl Loader<'_> {
    /// All schedules of a scenario.
    pub(super) fn schedule(&mut self, node: Option<&Node>) -> Vec<Schedule> {
        let nodes = node.map_or(&[][..], |n| self.lint.list(n));
        nodes.iter().filter_map(|n| self.one_schedule(n)).collect()
    }

    fn one_schedule(&mut self, node: &Node) -> Option<Schedule> {
        let before = self.lint.problems.len();
        let mut keys = Keys::open(&mut self.lint, node, "schedule ")?;
        let at_node = keys.need("at");
        let at = at_node.and_then(|n| self.cron(n));
        let days = keys.get("days").and_then(|n| self.lint.choice(n, DAYS));
        let shift = keys.get("shift").and_then(|n| self.lint.choice(n, SHIFT));
        let of_month = self.of_month(&mut keys);
        let from = keys.get("from").and_then(|n| self.date(n));
        let until = keys.get("until").and_then(|n| self.date(n));
        let missed = keys.get("missed").and_then(|n| self.lint.choice(n, MISSED));
        keys.close(&mut self.lint);
        let schedule = Schedule {
            at: at?,
            days: days.unwrap_or(Days::Open),
            shift: shift.unwrap_or(Shift::None),
            of_month,
            from,
            until,
            missed: missed.unwrap_or(MissedPolicy::Hold),
        };
        if self.lint.problems.len() == before
            && let Err(error) = schedule.check(&self.office.calendar)
        {
            self.unsuitable(at_node.unwrap_or(node), &schedule, error);
        }
        Some(schedule)
    }

    /// Says why a schedule is refused.
    fn unsuitable(&mut self, node: &Node, schedule: &Schedule, error: ScheduleError) {
        let plain = schedule.of_month.is_none() && schedule.from.is_none() && schedule.until.is_none();
        if error == ScheduleError::NeverFires && plain {
            let days = if schedule.days == Days::Closed { "閉庁日" } else { "開庁日" };
            let message = format!("この日時は{days}に当たることがないため、一度も始まりません");
            let help = "日時か days を直します。休みの日に当たったら動かすなら「shift: next」を書きます";
            self.lint.say("SHK0135", node.mark(), message, help);
            return;
        }
        let help = "`shoki schedule next` で、いつ始まるかを確かめられます";
        self.lint.say("SHK0140", node.mark(), error.to_string(), help);
    }

    fn cron(&mut self, node: &Node) -> Option<Cron> {
        let text = self.lint.words(node)?;
        let read = Cron::parse(&text);
        if let Err(error) = &read {
            let help = "分 時 日 月 曜日 の順に書きます。例: \"30 20 * * *\"（毎日 20時30分）";
            self.lint.say("SHK0125", node.mark(), error.to_string(), help);
        }
        read.ok()
    }

    /// `nth_open` or `month_end`.
    fn of_month(&mut self, keys: &mut Keys<'_>) -> Option<OfMonth> {
        let nth = keys.get("nth_open").and_then(|n| self.nth_open(n));
        let end = keys.get("month_end").and_then(|n| self.lint.flag(n)).unwrap_or(false);
        if nth.is_some() && end {
            let message = "nth_open と month_end は一緒に使えません";
            self.lint.say("SHK0140", keys.place("month_end"), message, "どちらかを消します");
        }
        nth.map(OfMonth::NthOpen).or_else(|| end.then_some(OfMonth::End))
    }

    fn nth_open(&mut self, node: &Node) -> Option<i8> {
        let text = self.lint.words(node)?;
        let found = match text.as_str() {
            "first" => Some(1),
            "last" => Some(-1),
            number => number.parse::<i8>().ok().filter(|n| *n != 0 && (-MOST_OPEN..=MOST_OPEN).contains(n)),
        };
        if found.is_none() {
            let message = format!("「{text}」は何番目の開庁日か分かりません");
            let help =
                "1 から 23 の数、first（最初）、last（最後）、末から数える -1 から -23 のどれかを書きます";
            self.lint.say("SHK0140", node.mark(), message, help);
        }
        found
    }

    fn date(&mut self, node: &Node) -> Option<Date> {
        let text = self.lint.words(node)?;
        let found = text.parse().ok().filter(|_| text.len() == 10);
        if found.is_none() {
            let message = format!("「{text}」は日付として読めません");
            self.lint.say("SHK0109", node.mark(), message, "\"2026-04-01\" のように書きます");
        }
        found
    }

    /// `hours: "08:30-21:30"`, `days`, `margin`.
    pub(super) fn hours(&mut self, keys: &mut Keys<'_>) -> Option<Hours> {
        let node = keys.get("hours");
        let days = keys.get("days").and_then(|n| self.lint.choice(n, DAYS));
        let margin_node = keys.get("margin");
        let margin = margin_node.and_then(|n| self.duration(n));
        let Some(node) = node else {
            if let Some(key) = ["days", "margin"].iter().find(|k| keys.has(k)) {
                let message = format!("「{key}」は hours（利用時間）と一緒に書きます");
                let help = "hours: \"08:30-21:30\" のように書き足します";
                self.lint.say("SHK0141", keys.place(key), message, help);
            }
            return None;
        };
        let text = self.lint.words(node)?;
        let Some(range) = units::hours(&text) else {
            let message = format!("「{text}」は時間帯として読めません");
            let help = "\"08:30-21:30\" のように書きます（日をまたげません）";
            self.lint.say("SHK0109", node.mark(), message, help);
            return None;
        };
        let margin = margin.map_or(MARGIN, |m| u16::try_from(m.as_secs().div_ceil(60)).unwrap_or(u16::MAX));
        let hours = Hours { from: range.start, to: range.end, margin, days: days.unwrap_or(Days::All) };
        if !hours.ever_open() {
            let message =
                format!("この時間帯では一度も操作できません（終わりの {margin} 分前からは始めないため）");
            self.lint.say("SHK0141", node.mark(), message, "時間帯を広げるか、margin（余裕）を短くします");
        }
        Some(hours)
    }
}
